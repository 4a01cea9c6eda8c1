"""What happened to accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.types import Json, Key, Moment
from core.ledger.entry import Sealed


class AccountEvent(Sealed, Base):
    """Who did what to which account, and when; append-only. Names stay as they were, whatever becomes of accounts."""

    __tablename__ = "core_account_event"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    user_id: Mapped[int] = mapped_column(index=True)
    username: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(30))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    by_id: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(64))


AccountEvent.__table__.info["append_only"] = True
