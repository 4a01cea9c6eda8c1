"""What earns points besides purchases: visits, and friends who were brought."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Json, Key, Moment
from core.policy.counters import UseColumns, use_checks
from core.policy.ruled import Ruled


class Visit(StoreScoped, Base):
    """A member came by and staff confirmed it; `points` is what the rules gave, 0 beyond the caps.

    `not_given` is what they would have given beside it, had their budgets not been used up.
    """

    __tablename__ = "points_visit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    day: Mapped[date] = mapped_column(Date)
    invited: Mapped[bool]
    confirmed_by: Mapped[str] = mapped_column(String(80))
    points: Mapped[int] = mapped_column(Amount)
    not_given: Mapped[int] = mapped_column(Amount, default=0, server_default="0")
    rule: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("not_given >= 0", name="not_given"),
        CheckConstraint("confirmed_by <> ''", name="confirmed"),
        Index("ix_points_visit_member_day", "member_id", "day"),
    )

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book that decided, for those who read it."""
        return Ruled(self.rule, "", "" if self.store is None else self.store.brand.code, self.at)

    def __str__(self) -> str:
        """Return the day."""
        return str(self.day)


class Referral(StoreScoped, Base):
    """The reward for bringing a friend: pending until goods of the first receipt can no longer come back.

    `points` and `first_net` are what they are worth now; `facts` is what the rules were told of both persons, so that
    they can decide anew when goods of the first receipt come back.
    """

    __tablename__ = "points_referral"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    friend_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), unique=True)
    referrer_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id
    lot_id: Mapped[int | None] = mapped_column(Key, ForeignKey("points_lot.id"), index=True)
    first_net: Mapped[int] = mapped_column(Amount)
    points: Mapped[int] = mapped_column(Amount)
    rule: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(12))
    due_on: Mapped[date] = mapped_column(Date)
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)

    friend: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[friend_id])
    referrer: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[referrer_id])
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("friend_id <> referrer_id", name="not_oneself"),
        CheckConstraint("state IN ('pending','released','cancelled','merged')", name="state"),
        CheckConstraint("points >= 0", name="points"),
        Index("ix_points_referral_due", "state", "due_on"),
    )

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book that decided, for those who read it."""
        return Ruled(self.rule, "", "" if self.store is None else self.store.brand.code, self.at)

    def __str__(self) -> str:
        """Return state and points."""
        return f"{self.state} {self.points:+}"


class RuleUse(UseColumns, Base):
    """How often a limited rule of a brand gave points for visits in a period, and what they cost, by store or in all.

    Per member lots are counted.
    """

    __tablename__ = "points_rule_use"

    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), primary_key=True, sort_order=-1)

    __table_args__ = use_checks("store", "all")
