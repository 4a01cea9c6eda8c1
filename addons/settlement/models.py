"""The books between headquarters and franchisees: entries, what has been settled, and lines in dispute."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.settlement.domain import last_moment
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import Sealed
from core.policy.ruled import Ruled

#: What is owed is never changed or removed; a correction is another entry.
APPEND_ONLY = ("settlement_entry", "settlement_done")

SOURCES = ("sale", "return", "points", "voucher", "dispute")


def _listed(values: tuple[str, ...]) -> str:
    return ",".join(f"'{value}'" for value in values)


class Entry(Sealed, StoreScoped, Base):
    """Fen that one party owes another: `hq`, `franchisee:ID`, `partner`, or an account between them.

    `source` and `source_id` name what it follows from; `month` is the one it is settled in (YYYY-MM).
    """

    __tablename__ = "settlement_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    from_party: Mapped[str] = mapped_column(String(40))
    to_party: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3))
    rule: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(12))
    source_id: Mapped[int] = mapped_column(Key)
    part: Mapped[int]
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id
    day: Mapped[date] = mapped_column(Date)
    month: Mapped[str] = mapped_column(String(7))
    at: Mapped[datetime] = mapped_column(Moment)

    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        UniqueConstraint("source", "source_id", "part"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("from_party <> to_party", name="moves"),
        CheckConstraint(f"source IN ({_listed(SOURCES)})", name="source"),
        Index("ix_settlement_entry_store_month", "store_id", "month"),
    )

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book at the end of its month, as the statement of the month says it."""
        brand = "" if self.store is None else self.store.brand.code
        return Ruled(self.rule, "", brand, last_moment(self.month))

    def __str__(self) -> str:
        """Return who owes whom."""
        return f"{self.from_party} -> {self.to_party}"


class Done(Base):
    """Something that was settled, whether anybody owes anything for it or not: each source once."""

    __tablename__ = "settlement_done"

    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    source_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)

    __table_args__ = ({"sqlite_with_rowid": False},)

    def __str__(self) -> str:
        """Return the source."""
        return f"{self.source} {self.source_id}"


class Mark(Base):
    """Up to which key all rows of a source are settled, so that they are not looked at again."""

    __tablename__ = "settlement_mark"

    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    below: Mapped[int] = mapped_column(Key)

    def __str__(self) -> str:
        """Return the key."""
        return str(self.below)


class Dispute(StoreScoped, Base):
    """A line that a franchisee does not agree with; headquarters, another person, decides."""

    __tablename__ = "settlement_dispute"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    entry_id: Mapped[int] = mapped_column(Key, ForeignKey("settlement_entry.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(12))
    answer: Mapped[str] = mapped_column(String(400), default="")
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])
    entry: Mapped[Entry] = relationship(Entry, lazy="selectin", viewonly=True)  # other ledgers have an Entry too

    __table_args__ = (
        CheckConstraint("state IN ('asked','accepted','refused')", name="state"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
    )

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason or ""
