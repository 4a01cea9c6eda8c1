"""Brands, markets, regions, franchisees, stores, staff, double-points days, and which stores a person looks after."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from addons.stores.domain import REPEATS, Recurring, rate_text
from core.db.archive import Archivable
from core.db.base import Base
from core.db.history import WithHistory
from core.db.scope import OfStoreOrAll, SharedWithScope, StoreScoped
from core.db.types import Json, Key, Moment
from core.ledger.entry import Sealed

#: Who changed what in the master data stays as it was written.
APPEND_ONLY = ("stores_change",)

FORMATS = ("boutique", "flagship", "outlet", "counter", "department", "online")
STAFF_ROLES = ("cashier", "guide", "manager")
OCCASIONS = ("opening", "member_day", "anniversary", "session", "festival", "other")
SCOPE_KINDS = ("hq", "auditor", "region", "franchisee", "store")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Brand(Archivable, SharedWithScope, Base):
    """A brand; its VIP programme may be switched off (MEM-19), families may spend their points together."""

    __tablename__ = "stores_brand"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    has_programme: Mapped[bool] = mapped_column(default=True)
    pools_points: Mapped[bool] = mapped_column(default=False, server_default=false())

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Market(Archivable, SharedWithScope, Base):
    """A market with its currency and business time (C34)."""

    __tablename__ = "stores_market"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Region(Archivable, SharedWithScope, Base):
    """A sales region of a market."""

    __tablename__ = "stores_region"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    market_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_market.id"), index=True)

    market: Mapped[Market] = relationship(lazy="joined", innerjoin=True)

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Franchisee(Archivable, SharedWithScope, Base):
    """A company that runs stores, perhaps of several brands (ALC-04)."""

    __tablename__ = "stores_franchisee"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Store(StoreScoped, SharedWithScope, Base):
    """A store: seen by those who look after it, written by headquarters alone."""

    __tablename__ = "stores_store"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = synonym("id")
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), index=True)
    region_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_region.id"), index=True)
    franchisee_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_franchisee.id"), index=True)
    format: Mapped[str] = mapped_column(String(20))
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    no_discount: Mapped[bool] = mapped_column(default=False)  # C35: firm prices

    # Joined: whatever shows its store needs one query for all of them.
    brand: Mapped[Brand] = relationship(lazy="joined", innerjoin=True)
    region: Mapped[Region] = relationship(lazy="joined", innerjoin=True)
    franchisee: Mapped[Franchisee] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        CheckConstraint(_one_of("format", FORMATS), name="format"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closes_after_opening"),
    )

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Staff(WithHistory, StoreScoped, Base):
    """A person who works in a store; `user_id` is the login, if there is one."""

    __tablename__ = "stores_staff"
    #: Her name can be erased with her; what cannot be is its history.
    history_masks = ("name",)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    active: Mapped[bool] = mapped_column(default=True)

    store: Mapped[Store] = relationship(lazy="selectin")

    __table_args__ = (CheckConstraint(_one_of("role", STAFF_ROLES), name="role"),)

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class UserScope(SharedWithScope, Base):
    """What a user looks after; several rows add up. `target_id` is a region, franchisee or store by `kind`."""

    __tablename__ = "stores_user_scope"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    target_id: Mapped[int | None] = mapped_column(Key)

    __table_args__ = (
        CheckConstraint(_one_of("kind", SCOPE_KINDS), name="kind"),
        CheckConstraint("(kind IN ('hq', 'auditor')) = (target_id IS NULL)", name="target"),
        UniqueConstraint("user_id", "kind", "target_id"),
    )

    @property
    def place(self) -> tuple[str, int | None]:
        """What is looked after: the kind and the key of a region, franchisee or store."""
        return self.kind, self.target_id

    def __str__(self) -> str:
        """Return the kind."""
        return self.kind or ""


class Rate(SharedWithScope, Base):
    """What money of one currency is worth in another from a day on (C34); decisions keep the rate they were made at."""

    __tablename__ = "stores_rate"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    counted_in: Mapped[str] = mapped_column(String(3))
    since: Mapped[date] = mapped_column(Date)
    millionths: Mapped[int] = mapped_column(Key)

    __table_args__ = (
        CheckConstraint("millionths > 0", name="millionths"),
        CheckConstraint("currency <> counted_in", name="two_currencies"),
        UniqueConstraint("currency", "counted_in", "since"),
    )

    def __str__(self) -> str:
        """Return it as people say it."""
        return f"1 {self.currency} = {rate_text(self.millionths)} {self.counted_in}"


class DoubleDay(Archivable, OfStoreOrAll, SharedWithScope, Base):
    """A day on which points are doubled (PTS-08), in a store or in all stores of a brand; it may come again.

    Seen by those who look after the store, written by headquarters alone. `first_on` to `last_on` are the days it is
    the first time, `repeats` says how it comes again, `until` is the last day of all.
    """

    __tablename__ = "stores_double_day"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), index=True)
    store_id: Mapped[int | None] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    repeats: Mapped[str] = mapped_column(String(20), default="never")
    until: Mapped[date | None] = mapped_column(Date)

    brand: Mapped[Brand] = relationship(lazy="joined", innerjoin=True)
    store: Mapped[Store | None] = relationship(lazy="selectin")

    @property
    def days(self) -> Recurring:
        """Return the days it is, as a calendar understands them."""
        return Recurring(self.first_on, self.last_on, self.repeats, self.until)

    __table_args__ = (
        CheckConstraint(_one_of("kind", OCCASIONS), name="kind"),
        CheckConstraint(_one_of("repeats", REPEATS), name="repeats"),
        CheckConstraint("last_on >= first_on", name="last_after_first"),
        CheckConstraint("until IS NULL OR until >= last_on", name="until_after_last"),
    )

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Change(Sealed, Base):
    """A change of the master data of stores; its number tells other processes that what they keep is old."""

    __tablename__ = "stores_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    record: Mapped[str] = mapped_column(String(40))
    fields: Mapped[dict[str, Any]] = mapped_column(Json)  # field -> [before, after]
    user_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Moment, index=True)

    def __str__(self) -> str:
        """Return the key of the record; what kind it is, the screen says in words."""
        return self.record or ""
