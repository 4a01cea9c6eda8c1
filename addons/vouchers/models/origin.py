"""Where vouchers come from: patterns of codes, terms, budgets, and batches with their members."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Brand, Store
from core.db.archive import Archivable
from core.db.base import Base
from core.db.history import WithHistory
from core.db.scope import SharedWithScope, StoreScoped
from core.db.types import Amount, Json, Key, Moment
from core.policy.ruled import Ruled

BATCH_STATES = ("asked", "approved", "refused", "issued", "stopped")


class Pattern(WithHistory, Archivable, SharedWithScope, Base):
    """How the codes of one kind of vouchers of a brand are drawn (domain.codes)."""

    __tablename__ = "vouchers_pattern"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    kind: Mapped[str] = mapped_column(String(20))
    pattern: Mapped[str] = mapped_column(String(20))

    brand: Mapped[Brand] = relationship(lazy="selectin")

    __table_args__ = (
        UniqueConstraint("brand_id", "kind"),
        CheckConstraint("kind IN ('cash','discount','gift','parking')", name="kind"),
    )

    def __str__(self) -> str:
        """Return the pattern."""
        return self.pattern or ""


class Terms(Base):
    """Where and for what vouchers are good, beyond their brand and currency; None is no limit. Never changed.

    `key` is the same for all that say the same, so that they are kept once.
    """

    __tablename__ = "vouchers_terms"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    min_spend: Mapped[int] = mapped_column(Amount, default=0)  # fen, over the goods it is good for
    stores: Mapped[list[int] | None] = mapped_column(Json)  # keys of stores
    categories: Mapped[list[str] | None] = mapped_column(Json)  # codes of product categories, with all their parts
    products: Mapped[list[str] | None] = mapped_column(Json)  # codes of styles or products; beside the categories
    key: Mapped[str | None] = mapped_column(String(64), index=True)

    __table_args__ = (CheckConstraint("min_spend >= 0", name="min_spend"),)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.id)


class Budget(WithHistory, Archivable, SharedWithScope, Base):
    """Fen that vouchers may be issued for: by the batches that name it, and by one rule of the brand.

    `used` is what was issued and not made void since; it never passes `granted`.
    """

    __tablename__ = "vouchers_budget"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    name: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str | None] = mapped_column(String(120))  # a name of the rule book
    granted: Mapped[int] = mapped_column(Amount)
    used: Mapped[int] = mapped_column(Amount, default=0)

    brand: Mapped[Brand] = relationship(lazy="selectin")

    __table_args__ = (
        UniqueConstraint("brand_id", "name"),
        UniqueConstraint("brand_id", "rule"),
        CheckConstraint("used >= 0 AND used <= granted", name="floor"),
    )

    @property
    def ruled(self) -> Ruled:
        """Return its rule as the brand's book in force says it."""
        return Ruled(self.rule or "", "", self.brand.code)

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Batch(StoreScoped, Base):
    """Many vouchers of one kind: who wants them and why, who approved them, and how far they are issued."""

    __tablename__ = "vouchers_batch"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    binding: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120), default="")
    value: Mapped[int] = mapped_column(Amount)
    count: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    pattern: Mapped[str] = mapped_column(String(20))
    terms_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_terms.id"))
    budget_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_budget.id"))
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    held_up: Mapped[dict[str, Any] | None] = mapped_column(Json)  # code and facts of the refusal it stands at

    brand: Mapped[Brand] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])
    budget: Mapped[Budget | None] = relationship(lazy="selectin", viewonly=True)
    terms: Mapped[Terms | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        CheckConstraint("kind IN ('cash','discount','gift','parking')", name="kind"),
        CheckConstraint("binding IN ('member','first_use','bearer')", name="binding"),
        CheckConstraint("state IN ('asked','approved','refused','issued','stopped')", name="state"),
        CheckConstraint("value >= 0 AND count > 0", name="worth"),
        CheckConstraint("issued >= 0 AND issued <= count", name="issued"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class BatchMember(Base):
    """Who gets the vouchers of a batch, in this order."""

    __tablename__ = "vouchers_batch_member"

    batch_id: Mapped[int] = mapped_column(Key, ForeignKey("vouchers_batch.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)

    def __str__(self) -> str:
        """Return the place."""
        return str(self.place)
