"""Quotes that were sold: each is sold once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Key, Moment


class SoldQuote(StoreScoped, Base):
    """A signed quote whose price was paid; `key` is the one of the receipt's posting."""

    __tablename__ = "pos_sold_quote"

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    sold_at: Mapped[datetime] = mapped_column(Moment)

    def __str__(self) -> str:
        """Return the number."""
        return self.number or ""
