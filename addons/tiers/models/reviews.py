"""The reviews of a brand, in parts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Brand
from core.db.base import Base
from core.db.scope import SharedWithScope
from core.db.types import Key, Moment


class Review(SharedWithScope, Base):
    """The review of a brand on a day: everybody, or only members with something new since the last one.

    `*_to` are the last entries there were when it began, `*_from` those before which nothing is new to it. `began_as`
    is its own transaction and `oldest` the oldest one under way then (0 on SQLite, where one writer follows another):
    a slow checkout may commit an entry below `*_to` afterwards. `asked` is a digest of rules and settings; where it
    changed, everybody is reviewed. One that was not finished on its day is left: the next one begins where it had.
    """

    __tablename__ = "tiers_review"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    whole: Mapped[bool]
    asked: Mapped[str] = mapped_column(String(64))
    since: Mapped[date | None] = mapped_column(Date)
    since_at: Mapped[datetime | None] = mapped_column(Moment)
    credit_from: Mapped[int] = mapped_column(Key)
    credit_to: Mapped[int] = mapped_column(Key)
    change_from: Mapped[int] = mapped_column(Key)
    change_to: Mapped[int] = mapped_column(Key)
    began_as: Mapped[int] = mapped_column(Key)
    oldest: Mapped[int] = mapped_column(Key)
    members: Mapped[int]
    climbed: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    brand: Mapped[Brand] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        UniqueConstraint("brand_id", "day"),
        CheckConstraint("state IN ('running','done','left')", name="state"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("whole OR since IS NOT NULL", name="since"),
    )

    def __str__(self) -> str:
        """Return the day."""
        return str(self.day)


class ReviewPart(SharedWithScope, Base):
    """Members of a review, from the first to the last of their ids; done once, by whoever comes first."""

    __tablename__ = "tiers_review_part"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(Key, ForeignKey("tiers_review.id"), index=True)
    first: Mapped[int] = mapped_column(Key)
    last: Mapped[int] = mapped_column(Key)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("first <= last", name="span"),)

    def __str__(self) -> str:
        """Return the span."""
        return f"{self.first} - {self.last}"
