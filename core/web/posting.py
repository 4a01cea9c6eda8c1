"""Forms that move value: a hidden key of their own, so that a double click or a resent page counts once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from flask import request as flask_request
from wtforms import HiddenField

from core.db.posting import Command, Operation, Posted, post
from core.ids import unguessable

KEY_LETTERS = 24


def form_key() -> str:
    """Return a key for a form or a button of a page that is being opened."""
    return unguessable(KEY_LETTERS)


def key_field() -> HiddenField:
    """Return the hidden field of a form's key; each page that is opened has another one."""
    return HiddenField(default=form_key)


def post_form(kind: str, key: str, request: Mapping[str, Any], command: Command) -> Posted:
    """Post what a form asks for; a corrected form is another operation, the same one sent again is not.

    Refuses with whatever the command refuses.
    """
    digest = Operation(kind, "", request).fingerprint[:16]
    return post(Operation(kind, f"{kind}:{key[:KEY_LETTERS]}:{digest}", request), command)


def post_action(kind: str, request: Mapping[str, Any], command: Command) -> Posted:
    """Post what a button of a page asks for, under the page's own key: opened again, it may be asked again.

    Refuses with whatever the command refuses.
    """
    return post_form(kind, flask_request.form.get("key") or form_key(), request, command)


def who() -> str:
    """Return the user name of whoever is logged in."""
    return str(g.user.username)
