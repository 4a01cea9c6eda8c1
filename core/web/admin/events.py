"""Writing down what happens to accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from core.ledger.entry import insert_entries
from core.web.admin.models import AccountEvent


def record(
    connection: Connection,
    *,
    now: datetime,
    user_id: int,
    username: str,
    what: str,
    by_id: int | None,
    by: str,
    **detail: str,
) -> None:
    """Write down what happened to an account, in the transaction it happens in; never a password."""
    row = {
        "at": now, "user_id": user_id, "username": username, "what": what, "detail": detail, "by_id": by_id, "by": by,
    }  # fmt: skip
    insert_entries(connection, AccountEvent.__table__, [row])
