"""What counts towards a tier: the ledger of tier credit."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import Sealed


class Credit(Sealed, StoreScoped, Base):
    """One entry of the tier credit: money paid that counts towards the next tier, never taken by an exchange (C02).

    Amounts are signed, where other ledgers move a positive amount from one state to another. Tier credit is a measure
    of what was bought, not something a member holds: nobody spends it, there is no state it could move to, and all
    that is ever asked of it is its sum over some days, which the signed amounts are in one index. Its accounts are the
    receipts: `number` counts the entries of a receipt without gaps (1 is the sale), so a row that was copied does not
    fit, and `amount_left`, `points_left` are what the receipt still counts, never below zero. The checkout need not
    read anything to write number 1. Merging two members moves each receipt by two entries that cancel each other out.
    """

    __tablename__ = "tiers_credit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    receipt_id: Mapped[int] = mapped_column(Key)  # sales_receipt.id: sales builds on tiers
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    day: Mapped[date] = mapped_column(Date)  # of the sale
    sold_at: Mapped[datetime] = mapped_column(Moment)
    amount: Mapped[int] = mapped_column(Amount)  # fen
    points: Mapped[int] = mapped_column(Amount)  # of the receipt, for climbing by points (C01)
    amount_left: Mapped[int] = mapped_column(Amount)
    points_left: Mapped[int] = mapped_column(Amount)
    at: Mapped[datetime] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        UniqueConstraint("receipt_id", "number"),
        CheckConstraint("kind IN ('purchase','return','correction','merge')", name="kind"),
        CheckConstraint("(kind = 'purchase') = (number = 1)", name="begins_with_the_sale"),
        CheckConstraint("kind <> 'purchase' OR (amount = amount_left AND points = points_left)", name="first_left"),
        CheckConstraint("kind <> 'return' OR (amount <= 0 AND points <= 0)", name="takes_back"),
        CheckConstraint("amount <> 0 OR points <> 0", name="moves"),
        CheckConstraint("amount_left >= 0 AND points_left >= 0", name="floor"),
        # What counts for a member is read from the index alone.
        Index("ix_tiers_credit_window", "member_id", "day", "amount", "points"),
        # The review asks whose credit begins or ceases to count.
        Index("ix_tiers_credit_day", "day"),
    )

    def __str__(self) -> str:
        """Return the day."""
        return str(self.day)
