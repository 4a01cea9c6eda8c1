"""How members climbed, and grants by headquarters."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.policy.ruled import Ruled

CLIMBS = ("purchase", "review")  # by credit
DOWN = ("grant_ended", "return", "downgrade")
REASONS = (*CLIMBS, "grant", "merge", *DOWN)
WAITING = "converted_at IS NULL AND withdrawn_at IS NULL"  # for the card to be converted


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({','.join(repr(value) for value in values)})"


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
    """One step of a member's tier; its price holds from `converted_at` on (C06).

    A step that was climbed by credit which came back later is withdrawn; it stays in the history.
    """

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
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    review_id: Mapped[int | None] = mapped_column(Key, ForeignKey("tiers_review.id"))

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        CheckConstraint(_one_of("reason", REASONS), name="reason"),
        CheckConstraint("converted_by IN ('','card','automatic','at_once')", name="converted_by"),
        CheckConstraint("(converted_at IS NULL) = (converted_by = '')", name="converted"),
        CheckConstraint("tier_before <> tier_after", name="moves"),
        CheckConstraint(f"withdrawn_at IS NULL OR {_one_of('reason', CLIMBS)}", name="withdrawn"),
        Index("ix_tiers_change_review", "review_id", "member_id"),
        # The cards a store has to convert are counted on its first page.
        Index("ix_tiers_change_store_waiting", "store_id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
        # Nobody waits for the same tier twice, however many tills and reviews look at a member at once.
        Index(
            "uq_tiers_change_waiting",
            "member_id",
            "tier_after",
            unique=True,
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )

    @property
    def card_state(self) -> str:
        """How the card was converted; "" while it waits, "withdrawn" where goods came back."""
        return self.converted_by if self.withdrawn_at is None else "withdrawn"

    @property
    def leads_down(self) -> bool:
        """Tell whether the tier is lower afterwards."""
        return self.reason in DOWN

    @property
    def ruled(self) -> Ruled:
        """Return its rule with the book that decided, for those who read it."""
        return Ruled(self.rule, "", "" if self.store is None else self.store.brand.code, self.decided_at)

    def __str__(self) -> str:
        """Return before and after."""
        return f"{self.tier_before} -> {self.tier_after}"
