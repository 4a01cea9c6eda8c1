"""References to members: what a till holds after it found one.

A reference is signed and good in the store it was given to: numbers cannot be tried out, and everybody a till prices
or sells for was looked up before, which is kept (C31).
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from core.errors import NotFound


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="pos.member")


def reference(store_id: int, member_id: int) -> str:
    """Return the reference of a member for the tills of a store; the same one each time."""
    return _signer().dumps([store_id, member_id])


def member_of(reference: str, store_id: int) -> int:
    """Return the member of a reference; refuses with NotFound if it was not given to this store."""
    try:
        given_to, member_id = _signer().loads(reference)
    except (BadData, ValueError, RecursionError):
        given_to, member_id = None, None
    if given_to != store_id or not isinstance(member_id, int):
        raise NotFound(what="member", which=reference)
    return member_id
