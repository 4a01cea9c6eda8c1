"""What counts towards a tier, how members climbed, and grants by headquarters."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment

#: A credit is never changed or removed; a return writes a negative one.
APPEND_ONLY = ("tiers_credit",)


class Credit(StoreScoped, Base):
    """Money paid that counts towards the next tier; exchanging points takes nothing away from it (C02)."""

    __tablename__ = "tiers_credit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id: sales builds on tiers
    day: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(Amount)  # fen
    points: Mapped[int] = mapped_column(Amount)  # of the receipt, for climbing by points (C01)
    at: Mapped[datetime] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (Index("ix_tiers_credit_window", "member_id", "day"),)

    def __str__(self) -> str:
        """Return the day."""
        return str(self.day)


class Grant(StoreScoped, Base):
    """A tier given by headquarters to a member who did not climb to it: two persons, a reason, an end (C27)."""

    __tablename__ = "tiers_grant"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    tier: Mapped[str] = mapped_column(String(20))
    tier_before: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(400))
    ends_on: Mapped[date] = mapped_column(Date)  # the last day
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("state IN ('asked','approved','refused','ended')", name="state"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    def __str__(self) -> str:
        """Return tier and state."""
        return f"{self.tier} {self.state}"


class TierChange(StoreScoped, Base):
    """One step of a member's tier; its price holds from `converted_at` on (C06)."""

    __tablename__ = "tiers_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    tier_before: Mapped[str] = mapped_column(String(20))
    tier_after: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(120), default="")
    credit: Mapped[int] = mapped_column(Amount, default=0)  # fen in the window when it was decided
    grant_id: Mapped[int | None] = mapped_column(Key, ForeignKey("tiers_grant.id"))
    decided_at: Mapped[datetime] = mapped_column(Moment)
    conversion_due: Mapped[date] = mapped_column(Date)
    converted_at: Mapped[datetime | None] = mapped_column(Moment)
    converted_by: Mapped[str] = mapped_column(String(12), default="")

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("reason IN ('purchase','review','grant','grant_ended','merge')", name="reason"),
        CheckConstraint("converted_by IN ('','card','automatic','at_once')", name="converted_by"),
        CheckConstraint("(converted_at IS NULL) = (converted_by = '')", name="converted"),
        CheckConstraint("tier_before <> tier_after", name="moves"),
        Index(
            "ix_tiers_change_waiting",
            "member_id",
            sqlite_where=text("converted_at IS NULL"),
            postgresql_where=text("converted_at IS NULL"),
        ),
    )

    def __str__(self) -> str:
        """Return before and after."""
        return f"{self.tier_before} -> {self.tier_after}"
