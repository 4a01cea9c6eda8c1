"""Operations of tills: keys of their own, and what a body says as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from addons.pos.queries import KnownTill
from core.db.posting import Command, KeyReused, Operation, Posted, StillRunning, post


def own_key(till: KnownTill, key: str) -> str:
    """Return the key of an operation: two tills may choose the same one."""
    return f"pos:{till.key_id}:{key}"


def plain(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything a body says as plain data: under one key nothing of it may be another."""
    return {name: _plain(value) for name, value in asked.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def post_own(operation: Operation, command: Command, key: str) -> Posted:
    """Post an operation of a till; what is refused about its key names the key as the till chose it.

    Refuses like `post`.
    """
    try:
        return post(operation, command)
    except (KeyReused, StillRunning) as refused:
        raise type(refused)(key=key) from None
