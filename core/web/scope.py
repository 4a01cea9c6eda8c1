"""Whose stores a request may see: told once a request and person, by the addon that knows the stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, has_request_context
from sqlalchemy.orm import Session

from core.db.scope import NOBODY, Scope, provide_scope, system_scope
from core.db.session import reading
from core.web.here import builder

ScopeOf = Callable[[Session, int], Scope]


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
        return NOBODY if user_id is None else scope_of_person(user_id)
    finally:
        g.finding_scope = False


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
