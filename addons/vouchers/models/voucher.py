"""Vouchers as they stand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Brand, Store
from addons.vouchers.domain import BINDINGS, KINDS, STATUSES, standing
from addons.vouchers.models.origin import Batch, Terms
from core import clock
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.periods import local_day
from core.policy.ruled import Ruled


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the condition that a column holds one of these codes."""
    return f"{column} IN ({','.join(repr(value) for value in values)})"


class Voucher(StoreScoped, Base):
    """A voucher of one brand; `store_id` is the store that issued it, value and what remains are fen.

    What it is worth changes with entries of the ledger alone (services.changing). `entries` counts them, `uses` the
    redemptions. While a till holds it, all that remains is locked; whether the hold is over is judged by its moment.
    A voucher that was split off or given comes from `origin_id`, the voucher that was issued first.
    """

    __tablename__ = "vouchers_voucher"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    member_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"))
    binding: Mapped[str] = mapped_column(String(10), default="member")
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120), default="")  # the article of a gift, the name of a campaign
    value: Mapped[int] = mapped_column(Amount)
    remaining: Mapped[int] = mapped_column(Amount)
    status: Mapped[str] = mapped_column(String(20))
    uses: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)  # the last day on which it can be used
    source: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(120), default="")
    receipt_id: Mapped[int | None] = mapped_column(Key)  # sales_receipt.id it was issued with
    batch_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_batch.id"), index=True)
    budget_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_budget.id"), index=True)
    terms_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_terms.id"))
    origin_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_voucher.id"), index=True)
    settled: Mapped[bool] = mapped_column(default=False)  # what it was given for came back after it was used
    lock_till: Mapped[str | None] = mapped_column(String(80))
    lock_key: Mapped[str | None] = mapped_column(String(80))
    locked_until: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    brand: Mapped[Brand] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])
    batch: Mapped[Batch | None] = relationship(lazy="selectin", viewonly=True)
    terms: Mapped[Terms | None] = relationship(lazy="select", viewonly=True)

    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("remaining >= 0 AND remaining <= value", name="remaining"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("status = 'active' OR remaining = 0", name="gone"),
        CheckConstraint("status <> 'active' OR remaining > 0 OR value = 0", name="there"),
        CheckConstraint(one_of("binding", BINDINGS), name="binding"),
        CheckConstraint("binding <> 'member' OR member_id IS NOT NULL", name="holder"),
        CheckConstraint("binding <> 'bearer' OR member_id IS NULL", name="bearer"),
        CheckConstraint(
            "(lock_till IS NULL) = (locked_until IS NULL) AND (lock_till IS NULL) = (lock_key IS NULL)", name="lock"
        ),
        CheckConstraint("lock_till IS NULL OR status = 'active'", name="locked"),
        Index("ix_vouchers_voucher_usable", "member_id", "brand_id", "status"),
        Index(
            "ix_vouchers_voucher_receipt",
            "receipt_id",
            sqlite_where=text("receipt_id IS NOT NULL"),
            postgresql_where=text("receipt_id IS NOT NULL"),
        ),
        # What the night looks at: vouchers whose last day is over.
        Index(
            "ix_vouchers_voucher_ending",
            "valid_until",
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )

    @property
    def standing(self) -> str:
        """Return what has become of it as of today."""
        return standing(self.status, self.valid_until, local_day(clock.now()))

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book that decided, for those who read it."""
        return Ruled(self.rule, "", self.brand.code, self.issued_at)

    def __str__(self) -> str:
        """Return the code."""
        return self.code or ""
