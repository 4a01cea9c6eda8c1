"""Vouchers and their uses."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Brand, Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment

#: A use is never changed or removed; a return writes another row.
APPEND_ONLY = ("vouchers_use",)


class Voucher(StoreScoped, Base):
    """A voucher of one member and one brand; `store_id` is the store that issued it, value is fen."""

    __tablename__ = "vouchers_voucher"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[int] = mapped_column(Amount)
    remaining: Mapped[int] = mapped_column(Amount)
    status: Mapped[str] = mapped_column(String(20))
    uses: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[date] = mapped_column(Date)  # the last day on which it can be used
    source: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(120), default="")

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    brand: Mapped[Brand] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("remaining >= 0 AND remaining <= value", name="remaining"),
        CheckConstraint("kind IN ('cash','discount','gift','parking')", name="kind"),
        CheckConstraint("status IN ('active','used','void')", name="status"),
        Index("ix_vouchers_voucher_usable", "member_id", "brand_id", "status"),
    )

    def __str__(self) -> str:
        """Return the code."""
        return self.code or ""


class Use(StoreScoped, Base):
    """A voucher used on a receipt; `store_id` is the store that took it, amount is fen."""

    __tablename__ = "vouchers_use"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(Key, ForeignKey("vouchers_voucher.id"))
    use_number: Mapped[int]
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    receipt_id: Mapped[int] = mapped_column(Key, index=True)  # sales_receipt.id: sales builds on vouchers
    amount: Mapped[int] = mapped_column(Amount)
    at: Mapped[datetime] = mapped_column(Moment)

    voucher: Mapped[Voucher | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        UniqueConstraint("voucher_id", "use_number"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    def __str__(self) -> str:
        """Return the voucher and the number of the use."""
        return f"{self.voucher_id}-{self.use_number}"
