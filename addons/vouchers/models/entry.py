"""The ledger of vouchers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.stores.models import Store
from addons.vouchers.domain import STATES
from addons.vouchers.models.voucher import Voucher, one_of
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import Sealed


class Entry(Sealed, StoreScoped, Base):
    """Fen of one voucher that went from one account to another; `store_id` is where it happened.

    `number` counts the entries of a voucher, `use_number` its redemptions, both without gaps. A voucher that is worth
    nothing by itself (a coupon) moves as a whole: its entries carry nothing.
    """

    __tablename__ = "vouchers_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(Key, ForeignKey("vouchers_voucher.id"))
    number: Mapped[int]
    use_number: Mapped[int | None]
    from_state: Mapped[str] = mapped_column(String(12))
    to_state: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(Amount)
    member_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"))
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id: sales builds on vouchers
    by: Mapped[str] = mapped_column(String(80), default="")  # the account or the till that did it
    reason: Mapped[str] = mapped_column(String(200), default="")
    ref: Mapped[str] = mapped_column(String(120), default="")  # article handed out, reference of a partner
    at: Mapped[datetime] = mapped_column(Moment)

    voucher: Mapped[Voucher | None] = relationship(lazy="selectin", viewonly=True)
    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        UniqueConstraint("voucher_id", "number"),
        UniqueConstraint("voucher_id", "use_number"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("from_state <> to_state", name="moves"),
        CheckConstraint(one_of("from_state", STATES), name="from_state"),
        CheckConstraint(one_of("to_state", STATES), name="to_state"),
        CheckConstraint("(to_state = 'redeemed') = (use_number IS NOT NULL)", name="use"),
    )

    def __str__(self) -> str:
        """Return where from and where to."""
        return f"{self.from_state} -> {self.to_state}"
