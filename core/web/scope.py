"""Whose stores a request may see: told once a request and person, by the addon that knows the stores.

Lists, the first page and whatever else names a method in `follows_store` show the one store the person works in now,
if one was chosen. That only takes away: what is not within the person's own scope stays out of sight. A record that is
opened by its address, and whatever is written, knows all of one's stores as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from flask import session as kept
from sqlalchemy.orm import Session

from core.db.scope import NOBODY, Scope, provide_scope, system_scope
from core.db.session import reading
from core.web.here import builder

ScopeOf = Callable[[Session, int], Scope]

#: Where the session of a browser keeps the store its person works in now.
WORKS_IN = "works_in"


def set_up(app: Flask, scope_of: ScopeOf | None) -> None:
    """Let `scope_of(session, user_id)` tell the scope of each request; nobody sees anything without one."""
    app.extensions["guibin_scope_of"] = scope_of
    provide_scope(of_request)


def of_request() -> Scope:
    """Return the scope of the person of this request; NOBODY outside a request, for strangers and while finding out."""
    if not has_request_context() or g.get("finding_scope"):
        return NOBODY
    g.finding_scope = True
    try:
        user_id = _user_id()
        if user_id is None:
            return NOBODY
        scope = scope_of_person(user_id)
        return narrowed(scope) if follows_store() else scope
    finally:
        g.finding_scope = False


def narrowed(scope: Scope) -> Scope:
    """Return a scope that reads the store its person works in alone, the scope itself where none was chosen."""
    store_id = works_in(scope)
    return scope if store_id is None else replace(scope, reads=frozenset({store_id}))


def works_in(scope: Scope) -> int | None:
    """Return the store that was chosen to work in; None for all, and where it is not the person's any more."""
    store_id: int | None = kept.get(WORKS_IN)
    return store_id if store_id is not None and scope.may_read(store_id) else None


def follows_store() -> bool:
    """Tell whether the page of this request shows the store its person works in."""
    if "follows_store" not in g:
        name, _, method = (request.endpoint or "").partition(".")
        view = next((view for view in builder().baseviews if view.endpoint == name), None)
        g.follows_store = method in getattr(view, "follows_store", ())
    return bool(g.follows_store)


def _user_id() -> int | None:
    user: Any = builder().sm.person()
    return None if user is None else int(user.id)


def scope_of_person(user_id: int) -> Scope:
    """Return the scope of a person, once a request.

    By person: a token call begins as a stranger, so one scope for the whole request would
    freeze an empty one.
    """
    memo: dict[int, Scope] = g.setdefault("_scopes", {})
    if user_id not in memo:
        scope_of: ScopeOf | None = current_app.extensions["guibin_scope_of"]
        if scope_of is None:
            return NOBODY
        with system_scope("whose request this is"), reading() as session:
            memo[user_id] = scope_of(session, user_id)
    return memo[user_id]
