"""The points ledger: accounts, lots with their origin, entries; visits and referrals that earn points."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment

#: An entry is never changed or removed; a correction is another entry.
APPEND_ONLY = ("points_entry",)

LOWEST_BALANCE = -5000  # C21: no balance may ever be below


class Account(Base):
    """The counters of one member; balance = sum of the entries = sum of what remains of the available lots."""

    __tablename__ = "points_account"

    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), primary_key=True)
    balance: Mapped[int] = mapped_column(Amount)
    earned: Mapped[int] = mapped_column(Amount)
    spent: Mapped[int] = mapped_column(Amount)
    entries: Mapped[int]  # how many, so that each has its number

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        CheckConstraint(f"balance >= {LOWEST_BALANCE}", name="floor"),
        CheckConstraint("balance = earned - spent", name="balance"),
    )

    def __str__(self) -> str:
        """Return the balance."""
        return str(self.balance)


class Lot(StoreScoped, Base):
    """Points that came together, with what remains of them; a negative lot is a debt."""

    __tablename__ = "points_lot"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    source: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    earned_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    points: Mapped[int] = mapped_column(Amount)
    remaining: Mapped[int] = mapped_column(Amount)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id: sales builds on points
    rule: Mapped[str] = mapped_column(String(120), default="")

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("source IN ('purchase','bonus','visit','referral','adjust')", name="source"),
        CheckConstraint("state IN ('pending','available','cancelled')", name="state"),
        CheckConstraint(
            "(points >= 0 AND remaining >= 0 AND remaining <= points) OR (points < 0 AND remaining <= 0"
            " AND remaining >= points AND source = 'adjust')",
            name="remaining",
        ),
        # Spending looks only at lots with something left, oldest first.
        Index(
            "ix_points_lot_left",
            "member_id",
            "earned_on",
            sqlite_where=text("remaining <> 0"),
            postgresql_where=text("remaining <> 0"),
        ),
        # The limits of the rules count what visits gave.
        Index(
            "ix_points_lot_visit",
            "member_id",
            "earned_on",
            sqlite_where=text("source = 'visit'"),
            postgresql_where=text("source = 'visit'"),
        ),
    )

    def __str__(self) -> str:
        """Return day and points."""
        return f"{self.earned_on} {self.points:+}"


class Entry(StoreScoped, Base):
    """One movement of points; `number` counts the entries of a member, `points` is signed."""

    __tablename__ = "points_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    number: Mapped[int]
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    lot_id: Mapped[int] = mapped_column(Key, ForeignKey("points_lot.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int] = mapped_column(Amount)
    balance_after: Mapped[int] = mapped_column(Amount)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id
    rule: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    ref: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        UniqueConstraint("member_id", "number"),
        CheckConstraint(
            "kind IN ('purchase','bonus','visit','referral','adjust','spend','exchange','take_back','merge')",
            name="kind",
        ),
        CheckConstraint(f"balance_after >= {LOWEST_BALANCE}", name="floor"),
    )

    def __str__(self) -> str:
        """Return kind and points."""
        return f"{self.kind} {self.points:+}"


class Visit(StoreScoped, Base):
    """A member came by and staff confirmed it; `points` is what the rules gave, 0 beyond the caps."""

    __tablename__ = "points_visit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    day: Mapped[date] = mapped_column(Date)
    invited: Mapped[bool]
    confirmed_by: Mapped[str] = mapped_column(String(80))
    points: Mapped[int] = mapped_column(Amount)
    rule: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("confirmed_by <> ''", name="confirmed"),
        Index("ix_points_visit_member_day", "member_id", "day"),
    )

    def __str__(self) -> str:
        """Return the day."""
        return str(self.day)


class Referral(StoreScoped, Base):
    """The reward for bringing a friend: pending until goods of the first receipt can no longer come back."""

    __tablename__ = "points_referral"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    friend_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), unique=True)
    referrer_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id
    lot_id: Mapped[int | None] = mapped_column(Key, ForeignKey("points_lot.id"))
    first_net: Mapped[int] = mapped_column(Amount)
    points: Mapped[int] = mapped_column(Amount)
    rule: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(12))
    due_on: Mapped[date] = mapped_column(Date)
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

    def __str__(self) -> str:
        """Return state and points."""
        return f"{self.state} {self.points:+}"
