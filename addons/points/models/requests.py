"""What people ask for and others decide, and what a till holds: the records beside the ledger."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.history import WithHistory
from core.db.scope import SharedWithScope, StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import Sealed


class ReasonCode(WithHistory, SharedWithScope, Base):
    """Why points may be corrected by hand: the list headquarters keeps. A code in use is switched off, not removed."""

    __tablename__ = "points_reason_code"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (CheckConstraint("code <> '' AND name <> ''", name="named"),)

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Adjustment(StoreScoped, Base):
    """Points corrected by hand: asked for with a reason, decided by another person; `points` is more or less."""

    __tablename__ = "points_adjustment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    points: Mapped[int] = mapped_column(Amount)
    code: Mapped[str] = mapped_column(String(20), ForeignKey("points_reason_code.code"), index=True)
    note: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])
    reason_code: Mapped[ReasonCode | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        CheckConstraint("points <> 0", name="points"),
        CheckConstraint("state IN ('asked','approved','refused')", name="state"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        Index(
            "ix_points_adjustment_open",
            "member_id",
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    def __str__(self) -> str:
        """Return the points, with their sign."""
        return f"{self.points:+,}"


class Hold(StoreScoped, Base):
    """Points a till holds for a member until a moment: spent from it, released, or free again by themselves."""

    __tablename__ = "points_hold"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    points: Mapped[int] = mapped_column(Amount)
    spent: Mapped[int] = mapped_column(Amount, default=0)
    state: Mapped[str] = mapped_column(String(12))
    until: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(80))
    ref: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("points > 0 AND spent BETWEEN 0 AND points", name="points"),
        CheckConstraint("state IN ('held','spent','released','timed_out')", name="state"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'spent') = (spent > 0)", name="spent"),
        Index(
            "ix_points_hold_open",
            "until",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
    )

    def __str__(self) -> str:
        """Return the points."""
        return f"{self.points:,}"


class HoldPart(Base):
    """The points of a hold that lie in one lot."""

    __tablename__ = "points_hold_part"

    hold_id: Mapped[int] = mapped_column(Key, ForeignKey("points_hold.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(Key, ForeignKey("points_lot.id"), primary_key=True, index=True)
    points: Mapped[int] = mapped_column(Amount)

    __table_args__ = (CheckConstraint("points > 0", name="points"),)


class Transfer(Sealed, StoreScoped, Base):
    """Points that went from one member of a family to another; without `kind` she gave them.

    `drawn` by somebody who spent them together with her own, `back` what was not spent of these.
    """

    __tablename__ = "points_transfer"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    from_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    into_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    points: Mapped[int] = mapped_column(Amount)
    kind: Mapped[str | None] = mapped_column(String(8))
    day: Mapped[date] = mapped_column(Date)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)

    giver: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[from_id])
    taker: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[into_id])
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("from_id <> into_id", name="two_members"),
        CheckConstraint("kind IN ('drawn','back')", name="kind"),
        Index("ix_points_transfer_from_day", "from_id", "day"),
    )

    def __str__(self) -> str:
        """Return the points."""
        return str(self.points)
