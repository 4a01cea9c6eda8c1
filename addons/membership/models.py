"""Members, cards with their numbers and quotas, consents, families, and the history of a member's file."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Brand, Market, Store
from core.db.base import Base
from core.db.history import WithHistory
from core.db.scope import SharedWithScope, StoreScoped
from core.db.types import Key, Moment
from core.ledger.entry import Sealed
from rules.birthday import Birthday

#: A consent is withdrawn by another one; who looked up whom stays. The history of a member's file is not here:
#: erasing a person must be able to blank what it says.
APPEND_ONLY = ("membership_consent", "membership_lookup")
#: What identifies a person: of the database's roles the sealer does not read it (core.db.roles).
PERSONAL = ("membership_member", "membership_change", "membership_birthday_request")

TIERS = ("ordinary", "gold", "diamond")  # the ladder, lowest first (TIER-06)
STATUSES = ("prospect", "active", "merged", "erased")
CHANNELS = ("walk_in", "referral", "partner", "campaign")  # MEM-16
SEXES = ("unknown", "female", "male")
CARD_STATUSES = ("issued", "active", "lost", "replaced", "converted", "closed")
PURPOSES = ("programme", "messages", "profiling", "partners", "minor", "family_points")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Family(StoreScoped, Base):
    """Members who belong together."""

    __tablename__ = "membership_family"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))

    store: Mapped[Store] = relationship(lazy="selectin")

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Member(StoreScoped, Base):
    """A person known to a brand: a prospect from a phone number, a member once activated (C38).

    `store_id` is the home store. `tier` is "" until the first card; headquarters' rules change it, no screen does.
    """

    __tablename__ = "membership_member"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str | None] = mapped_column(String(20))  # E.164; None once merged or erased
    birthday: Mapped[date | None] = mapped_column(Date)
    lunar_birthday: Mapped[int | None]  # month * 100 + day, negative in a leap month; None: kept by the sun (C14)
    birthday_declined: Mapped[bool] = mapped_column(default=False)
    sex: Mapped[str] = mapped_column(String(10), default="unknown")
    email: Mapped[str] = mapped_column(String(120), default="")
    district: Mapped[str] = mapped_column(String(80), default="")
    street: Mapped[str] = mapped_column(String(160), default="")
    tier: Mapped[str] = mapped_column(String(20), default="")
    status: Mapped[str] = mapped_column(String(10), default="prospect")
    recruited_by: Mapped[str] = mapped_column(String(20), default="walk_in")
    recruited_note: Mapped[str] = mapped_column(String(120), default="")  # which partner, which campaign
    referrer_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    guardian_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    family_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_family.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    home_market_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_market.id"))
    is_staff: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime] = mapped_column(Moment)
    activated_at: Mapped[datetime | None] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin", foreign_keys=[store_id])
    # Shown on one file at a time, never in a list.
    brand: Mapped[Brand] = relationship(lazy="select")
    home_market: Mapped[Market] = relationship(lazy="select")
    family: Mapped[Family | None] = relationship(lazy="select")
    guardian: Mapped[Member | None] = relationship(foreign_keys=[guardian_id], remote_side="Member.id", lazy="select")
    referrer: Mapped[Member | None] = relationship(foreign_keys=[referrer_id], remote_side="Member.id", lazy="select")

    __table_args__ = (
        UniqueConstraint("brand_id", "phone"),
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        CheckConstraint(_one_of("tier", ("", *TIERS)), name="tier"),
        CheckConstraint(_one_of("sex", SEXES), name="sex"),
        CheckConstraint(_one_of("recruited_by", CHANNELS), name="recruited_by"),
        CheckConstraint("status <> 'prospect' OR tier = ''", name="prospects_have_no_tier"),
        CheckConstraint("status NOT IN ('prospect', 'active') OR phone IS NOT NULL", name="phone"),
        CheckConstraint("status <> 'active' OR activated_at IS NOT NULL", name="activated"),
        CheckConstraint("lunar_birthday IS NULL OR birthday IS NOT NULL", name="lunar_birthday"),
        CheckConstraint("referrer_id <> id", name="not_own_referrer"),
        CheckConstraint("guardian_id <> id", name="not_own_guardian"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        Index("ix_membership_member_name_birthday", "name", "birthday"),
        Index("ix_membership_member_store_status", "store_id", "status"),  # counted on the first page of everybody
    )

    @property
    def birthday_lunar(self) -> bool:
        """Tell whether the birthday is kept by the lunar calendar."""
        return self.lunar_birthday is not None

    @property
    def kept_birthday(self) -> Birthday | None:
        """Return the birthday as it is kept, None where it is not known."""
        return None if self.birthday is None else Birthday(self.birthday, self.lunar_birthday)

    def __str__(self) -> str:
        """Return the name, or the number of somebody without one."""
        return self.name or self.number or ""


class MemberNumber(Base):
    """The next member number of the programme; one row."""

    __tablename__ = "membership_number"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    next: Mapped[int] = mapped_column(Key)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.next)


class CardSegment(StoreScoped, Base):
    """The card numbers a store may give for a tier: `first` to `last` without their check digit."""

    __tablename__ = "membership_card_segment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    tier: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(20), default="")
    first: Mapped[int] = mapped_column(Key)
    last: Mapped[int] = mapped_column(Key)
    next: Mapped[int] = mapped_column(Key)

    store: Mapped[Store] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint(_one_of("tier", TIERS), name="tier"),
        CheckConstraint("first > 0 AND first <= last", name="span"),
        CheckConstraint("next >= first AND next <= last + 1", name="next"),
    )

    def __str__(self) -> str:
        """Return the span."""
        return f"{self.first} - {self.last}"


class Card(StoreScoped, Base):
    """A card: issued, then activated (MEM-06); `store_id` is the store that issued it."""

    __tablename__ = "membership_card"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    tier: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(20), default="")
    status: Mapped[str] = mapped_column(String(10))
    issued_at: Mapped[datetime] = mapped_column(Moment)
    activated_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    replaces_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_card.id"), unique=True)

    store: Mapped[Store] = relationship(lazy="selectin")
    member: Mapped[Member | None] = relationship(lazy="selectin")  # None outside one's stores

    __table_args__ = (
        CheckConstraint(_one_of("status", CARD_STATUSES), name="status"),
        CheckConstraint(_one_of("tier", TIERS), name="tier"),
        CheckConstraint("status <> 'active' OR activated_at IS NOT NULL", name="activated"),
        # One card is in use at a time; a member may hold the next one, not yet activated.
        Index(
            "uq_membership_card_active",
            "member_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "uq_membership_card_issued",
            "member_id",
            unique=True,
            sqlite_where=text("status = 'issued'"),
            postgresql_where=text("status = 'issued'"),
        ),
    )

    def __str__(self) -> str:
        """Return the number."""
        return self.number or ""


class TierQuota(WithHistory, SharedWithScope, Base):
    """How many cards of a tier may be out (C26); an empty series means all of them, no store means the whole brand."""

    __tablename__ = "membership_tier_quota"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    tier: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(20), default="")
    for_store_id: Mapped[int | None] = mapped_column(Key, ForeignKey("stores_store.id"))
    allowed: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)

    brand: Mapped[Brand] = relationship(lazy="selectin")
    for_store: Mapped[Store | None] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint(_one_of("tier", TIERS), name="tier"),
        CheckConstraint("allowed >= 0", name="allowed"),
        CheckConstraint("used >= 0", name="used"),
        Index("ix_membership_tier_quota_brand_tier", "brand_id", "tier"),
    )

    def __str__(self) -> str:
        """Return tier and numbers."""
        return f"{self.tier} {self.used}/{self.allowed}"


class WaitingEntry(StoreScoped, Base):
    """A member who waits for a card of a tier whose quota is full, first come first served."""

    __tablename__ = "membership_waiting"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    tier: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(20), default="")
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin")
    member: Mapped[Member | None] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'served', 'left')", name="status"),
        CheckConstraint(_one_of("tier", TIERS), name="tier"),
        Index(
            "uq_membership_waiting_once",
            "member_id",
            "tier",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    def __str__(self) -> str:
        """Return tier and state."""
        return f"{self.tier} {self.status}"


class Consent(Sealed, StoreScoped, Base):
    """A yes or no of a member to one purpose; the latest holds."""

    __tablename__ = "membership_consent"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    given: Mapped[bool]
    guardian_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"))
    wording: Mapped[str] = mapped_column(String(40))  # version of the text that was shown
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin")
    member: Mapped[Member | None] = relationship(lazy="selectin", foreign_keys=[member_id])
    guardian: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[guardian_id])

    __table_args__ = (CheckConstraint(_one_of("purpose", PURPOSES), name="purpose"),)

    def __str__(self) -> str:
        """Return purpose and answer."""
        return f"{self.purpose} {'yes' if self.given else 'no'}"


class MemberChange(StoreScoped, Base):
    """One change of a member's file: what it was, what it is, who, why, and who agreed."""

    __tablename__ = "membership_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    field: Mapped[str] = mapped_column(String(40))
    old: Mapped[str] = mapped_column(String(200))
    new: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200), default="")
    by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin")
    member: Mapped[Member | None] = relationship(lazy="selectin")

    __table_args__ = (CheckConstraint("approved_by = '' OR approved_by <> by", name="two_persons"),)

    def __str__(self) -> str:
        """Return the field."""
        return self.field or ""


class ToldApart(StoreScoped, Base):
    """Two files that look like one person and are two, the smaller key first; `store_id` is the store of the first."""

    __tablename__ = "membership_told_apart"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    first_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    second_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="in_order"),
    )

    def __str__(self) -> str:
        """Return the keys of the two files."""
        return f"{self.first_id} · {self.second_id}"


class BirthdayRequest(StoreScoped, Base):
    """A birthday to be changed shortly before it is used: somebody else must agree (C14)."""

    __tablename__ = "membership_birthday_request"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    before: Mapped[date | None] = mapped_column(Date)
    before_lunar: Mapped[int | None]
    after: Mapped[date] = mapped_column(Date)
    after_lunar: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin")
    member: Mapped[Member | None] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint("state IN ('asked', 'approved', 'refused')", name="state"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    def __str__(self) -> str:
        """Return the birthday before and after."""
        return f"{self.before or '–'} → {self.after}"


class Lookup(Sealed, StoreScoped, Base):
    """Somebody looked for a member at a till, also one of another store (C31); `store_id` is the store that asked."""

    __tablename__ = "membership_lookup"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    how: Mapped[str] = mapped_column(String(10))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment, index=True)

    store: Mapped[Store] = relationship(lazy="selectin")
    member: Mapped[Member | None] = relationship(lazy="selectin")

    __table_args__ = (CheckConstraint("how IN ('card', 'phone', 'number')", name="how"),)

    def __str__(self) -> str:
        """Return how."""
        return self.how or ""
