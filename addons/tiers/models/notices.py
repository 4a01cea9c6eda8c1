"""Notices to members who may lose their tier (C05)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key

OPEN = "state = 'open'"


class Notice(StoreScoped, Base):
    """A member is told that the tier is reviewed, and what is needed until then and in the grace that follows.

    What counts is bought from `counts_from` on; with `needed` (fen, or points where `metric` says so) the tier is kept.
    Without, it goes one level down once the last day of the grace is over.
    """

    __tablename__ = "tiers_notice"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    tier: Mapped[str] = mapped_column(String(20))
    tier_after: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(10))
    needed: Mapped[int] = mapped_column(Amount)
    reached: Mapped[int] = mapped_column(Amount)  # the last time it was looked at
    counts_from: Mapped[date] = mapped_column(Date)
    given_on: Mapped[date] = mapped_column(Date)
    review_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)  # the last day of the grace
    state: Mapped[str] = mapped_column(String(10))
    ended_on: Mapped[date | None] = mapped_column(Date)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("state IN ('open','kept','lowered','dropped')", name="state"),
        CheckConstraint("(state = 'open') = (ended_on IS NULL)", name="ended"),
        CheckConstraint("metric IN ('credit','points')", name="metric"),
        CheckConstraint("given_on < review_on AND review_on <= ends_on", name="days"),
        Index("uq_tiers_notice_open", "member_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    @property
    def missing(self) -> tuple[str, int]:
        """What is still missing, with its metric."""
        return self.metric, max(0, self.needed - self.reached)

    def __str__(self) -> str:
        """Return the tier and the day of the review."""
        return f"{self.tier} {self.review_on}"
