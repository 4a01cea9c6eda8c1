"""Selling without a connection: packs that tills took along, sales they brought back, and what did not fit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.pos.models.tills import Till
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Json, Key, Moment

#: What a conflict is about.
KINDS = ("voucher", "limit", "under_price", "over_price", "unknown_member", "card_state", "pack", "clock", "not_posted")
#: Who bears the amount of a conflict; `customer`: it is owed to her.
BEARERS = ("nobody", "store", "headquarters", "customer")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class PriceList(Base):
    """List and special prices as a pack had them, by product code; one for all packs that had the same."""

    __tablename__ = "pos_price_list"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    prices: Mapped[dict[str, list[int | None]]] = mapped_column(Json)

    def __str__(self) -> str:
        """Return the digest."""
        return self.digest or ""


class Pack(StoreScoped, Base):
    """What a till took along: rules, prices and members of a moment, good until another."""

    __tablename__ = "pos_pack"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    till_id: Mapped[int] = mapped_column(Key, ForeignKey("pos_till.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))  # of the rule book
    prices_digest: Mapped[str] = mapped_column(String(64), ForeignKey("pos_price_list.digest"))
    products: Mapped[int]
    members: Mapped[int]

    __table_args__ = (CheckConstraint("valid_until > issued_at", name="span"),)

    def __str__(self) -> str:
        """Return its number."""
        return str(self.id)


class OfflineSale(StoreScoped, Base):
    """A sale a till made without a connection, under the key it chose; kept from the moment it came in.

    `posted`: its receipt is written; `held`: a person must look at it first; `closed`: looked at and not posted.
    """

    __tablename__ = "pos_offline_sale"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    till_id: Mapped[int] = mapped_column(Key, ForeignKey("pos_till.id"))
    key: Mapped[str] = mapped_column(String(100))
    pack_id: Mapped[int | None] = mapped_column(Key, ForeignKey("pos_pack.id"))
    sold_at: Mapped[datetime] = mapped_column(Moment)  # by the till's clock
    received_at: Mapped[datetime] = mapped_column(Moment)
    posted_at: Mapped[datetime | None] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10))
    paid: Mapped[int] = mapped_column(Amount)  # fen, in money
    body: Mapped[dict[str, Any] | None] = mapped_column(Json)  # while it is held
    receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("sales_receipt.id"))
    number: Mapped[str] = mapped_column(String(40), default="")  # of the receipt

    store: Mapped[Store] = relationship(lazy="selectin", viewonly=True)
    till: Mapped[Till | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        UniqueConstraint("till_id", "key"),
        CheckConstraint("state IN ('posted','held','closed')", name="state"),
        CheckConstraint("(state = 'posted') = (receipt_id IS NOT NULL)", name="receipt"),
        CheckConstraint("(state = 'posted') = (posted_at IS NOT NULL)", name="posted"),
        CheckConstraint("(state = 'posted') = (body IS NULL)", name="body"),
        CheckConstraint("paid >= 0", name="paid"),
    )

    def __str__(self) -> str:
        """Return the receipt's number, else the till's key."""
        return self.number or self.key or ""


class Conflict(StoreScoped, Base):
    """Something about a sale made offline that does not fit; the amount is fen, and somebody bears it."""

    __tablename__ = "pos_conflict"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    sale_id: Mapped[int] = mapped_column(Key, ForeignKey("pos_offline_sale.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(Amount)
    bearer: Mapped[str] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)  # of the sentence that tells it
    found_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")

    store: Mapped[Store] = relationship(lazy="selectin", viewonly=True)
    sale: Mapped[OfflineSale | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("bearer", BEARERS), name="bearer"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("(amount = 0) = (bearer = 'nobody')", name="borne"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by = '')", name="resolved"),
        CheckConstraint("(resolved_at IS NULL) = (reason = '')", name="reason"),
        Index(
            "ix_pos_conflict_open",
            "store_id",
            sqlite_where=resolved_at.is_(None),
            postgresql_where=resolved_at.is_(None),
        ),
    )

    @property
    def story(self) -> tuple[str, dict[str, Any]]:
        """Return kind and facts: what a screen makes its sentence of."""
        return self.kind, self.facts

    def __str__(self) -> str:
        """Return the kind."""
        return self.kind or ""
