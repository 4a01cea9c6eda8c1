"""Forms that move value: a hidden key of their own, so that a double click or a resent page counts once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request
from wtforms import HiddenField

from core.db.posting import Command, Operation, Posted, post
from core.ids import unguessable

KEY_LETTERS = 24


def new_key() -> str:
    """Return a key for a form; each page that is opened has another one."""
    return unguessable(KEY_LETTERS)


def key_field() -> HiddenField:
    """Return the hidden field of a form's key."""
    return HiddenField(default=new_key)


def action_key() -> str:
    """Return the key of the button of an action that was pressed: a "no" of before is no answer on a page of now."""
    return request.form.get("key", "")


def post_form(kind: str, key: str, wanted: Mapping[str, Any], command: Command) -> Posted:
    """Post what a form asks for; a corrected form is another operation, the same one sent again is not.

    Refuses with whatever the command refuses.
    """
    digest = Operation(kind, "", wanted).fingerprint[:16]
    return post(Operation(kind, f"{kind}:{key[:KEY_LETTERS]}:{digest}", wanted), command)


def who() -> str:
    """Return the user name of whoever is logged in."""
    return str(g.user.username)
