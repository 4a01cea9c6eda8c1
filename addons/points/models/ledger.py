"""Accounts, lots and entries: every entry moves points of one lot from one state to another."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.points.domain import KINDS, LOWEST_BALANCE, MOVES, SOURCES, change_of
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import Sealed
from core.policy.ruled import Ruled


def _listed(values: tuple[str, ...]) -> str:
    return ",".join(f"'{value}'" for value in values)


class Account(Base):
    """The counters of one member, each the sum of her entries; `balance` is what can be spent.

    `earned` is what ever came to her, `spent` what ever left her, however it did.
    """

    __tablename__ = "points_account"

    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), primary_key=True)
    balance: Mapped[int] = mapped_column(Amount)
    pending: Mapped[int] = mapped_column(Amount)
    reserved: Mapped[int] = mapped_column(Amount)
    earned: Mapped[int] = mapped_column(Amount)
    spent: Mapped[int] = mapped_column(Amount)
    entries: Mapped[int]  # how many, so that each has its number

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        CheckConstraint(f"balance >= {LOWEST_BALANCE}", name="floor"),
        CheckConstraint("balance + reserved = earned - spent", name="balance"),
        CheckConstraint("pending >= 0 AND reserved >= 0", name="not_below_nothing"),
    )

    def __str__(self) -> str:
        """Return the balance."""
        return str(self.balance)


class Lot(StoreScoped, Base):
    """Points that came together: what is pending, what remains to be spent, what a till holds; a debt is negative.

    `reversed` is how much of the points was taken back, wherever it was found: here, where the points had gone with
    a merged file, as a debt, or in the review queue. `origin_id` names the lot these points came from. What a rule gave
    names the rule, the rule book by its `digest`, and what it was given for: a rule of a version gives once for each.
    """

    __tablename__ = "points_lot"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    source: Mapped[str] = mapped_column(String(12))
    earned_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)  # pending until this day is over
    expires_on: Mapped[date | None] = mapped_column(Date)  # the last day on which they can be spent
    points: Mapped[int] = mapped_column(Amount)
    pending: Mapped[int] = mapped_column(Amount)
    remaining: Mapped[int] = mapped_column(Amount)
    reserved: Mapped[int] = mapped_column(Amount)
    reversed: Mapped[int] = mapped_column(Amount)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id: sales builds on points
    origin_id: Mapped[int | None] = mapped_column(Key, ForeignKey("points_lot.id"))
    rule: Mapped[str] = mapped_column(String(120), default="")
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    event: Mapped[str | None] = mapped_column(String(12))
    event_id: Mapped[int | None] = mapped_column(Key)  # of a receipt, return or visit, as `event` says

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint(f"source IN ({_listed(SOURCES)})", name="source"),
        CheckConstraint(
            "(points >= 0 AND pending >= 0 AND remaining >= 0 AND reserved >= 0"
            " AND pending + remaining + reserved <= points AND reversed BETWEEN 0 AND points)"
            " OR (points < 0 AND source = 'debt' AND remaining BETWEEN points AND 0"
            " AND pending = 0 AND reserved = 0 AND reversed = 0)",
            name="states",
        ),
        CheckConstraint("pending = 0 OR due_on IS NOT NULL", name="due"),
        CheckConstraint("(event IS NULL) = (event_id IS NULL)", name="event"),
        Index(
            "uq_points_lot_grant",
            "event",
            "event_id",
            "rule",
            "digest",
            unique=True,
            sqlite_where=text("event_id IS NOT NULL"),
            postgresql_where=text("event_id IS NOT NULL"),
        ),
        Index("ix_points_lot_member", "member_id"),  # the file of a member
        # Spending looks only at lots with something left.
        Index(
            "ix_points_lot_left",
            "member_id",
            "earned_on",
            sqlite_where=text("remaining <> 0"),
            postgresql_where=text("remaining <> 0"),
        ),
        Index(
            "ix_points_lot_due",
            "due_on",
            sqlite_where=text("pending <> 0"),
            postgresql_where=text("pending <> 0"),
        ),
        Index(
            "ix_points_lot_expiry",
            "expires_on",
            sqlite_where=text("remaining > 0"),
            postgresql_where=text("remaining > 0"),
        ),
        Index(
            "ix_points_lot_origin",
            "origin_id",
            sqlite_where=text("origin_id IS NOT NULL"),
            postgresql_where=text("origin_id IS NOT NULL"),
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

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book that decided, for those who read it."""
        return Ruled(self.rule, self.digest, "" if self.store is None else self.store.brand.code)

    def __str__(self) -> str:
        """Return day and points."""
        return f"{self.earned_on} {self.points:+}"


class Entry(Sealed, StoreScoped, Base):
    """Points of a lot that moved from one state to another; `number` counts the entries of a member.

    `balance_after` is what she could spend then, `store_id` where it happened, `day` the business day it counts in.
    """

    __tablename__ = "points_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    number: Mapped[int]
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    lot_id: Mapped[int] = mapped_column(Key, ForeignKey("points_lot.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    from_state: Mapped[str] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    points: Mapped[int] = mapped_column(Amount)
    balance_after: Mapped[int] = mapped_column(Amount)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id
    rule: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    ref: Mapped[str] = mapped_column(String(120), default="")
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])
    lot: Mapped[Lot | None] = relationship(lazy="select", viewonly=True, foreign_keys=[lot_id])

    __table_args__ = (
        UniqueConstraint("member_id", "number"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint(f"kind IN ({_listed(KINDS)})", name="kind"),
        CheckConstraint(f"from_state || '>' || to_state IN ({_listed(MOVES)})", name="move"),
        CheckConstraint(f"balance_after >= {LOWEST_BALANCE}", name="floor"),
        Index("ix_points_entry_store_day", "store_id", "day"),
    )

    @property
    def change(self) -> int:
        """How much more or less can be spent since."""
        return change_of(self.from_state, self.to_state, self.points)

    @property
    def digest(self) -> str:
        """The rule book by which its points were given, empty where no rule did or the receipt says it alone."""
        return "" if self.lot is None else self.lot.digest

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book that decided, for those who read it; the lot knows only what gave it."""
        digest = "" if self.lot is None or self.lot.rule != self.rule else self.lot.digest
        return Ruled(self.rule, digest, "" if self.store is None else self.store.brand.code, self.at)

    def __str__(self) -> str:
        """Return kind and points."""
        return f"{self.kind} {self.points}"
