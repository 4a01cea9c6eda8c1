"""What became of receipts: goods that came back, corrected prices, and how each receipt stands since."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Optional

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from addons.sales.domain.returning import NUMBER
from addons.sales.models.receipts import Receipt
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import Sealed
from core.policy.store import StoredDecision

if TYPE_CHECKING:
    from addons.catalog.models import Product
    from addons.membership.models import Member
    from addons.stores.models import Store

KINDS = ("return", "exchange", "swap", "correction", "unreceipted")


class ReturnVoucher(Sealed, StoreScoped, Base):
    """What a return came to for a voucher that is no longer due and had been used: `voucher_id` is the one issued.

    `amount` (fen) was kept back of the money; negative: paid back in money, since what it had paid for came back too.
    `missing` was spent too and nobody pays it. `store_id` is where the money is.
    """

    __tablename__ = "sales_return_voucher"

    return_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_return.id"), primary_key=True)
    voucher_id: Mapped[int] = mapped_column(Key, ForeignKey("vouchers_voucher.id"), primary_key=True, index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    amount: Mapped[int] = mapped_column(Amount)
    missing: Mapped[int] = mapped_column(Amount)

    __table_args__ = (
        CheckConstraint("missing >= 0 AND (amount <> 0 OR missing > 0)", name="amount"),
        {"sqlite_with_rowid": False},
    )

    def __str__(self) -> str:
        """Return the amount."""
        return str(self.amount)


def _deducted(return_id: Any) -> Any:
    """Return what a return kept back of the money, in fen."""
    total = select(func.coalesce(func.sum(ReturnVoucher.amount), 0)).where(ReturnVoucher.return_id == return_id)
    return total.correlate_except(ReturnVoucher).scalar_subquery()


class Return(Sealed, StoreScoped, Base):
    """One change of a receipt, at `store_id`; amounts in fen, positive where the customer gets something back.

    `paid_back` = to vouchers + in money; a lost threshold may make it negative: then the customer pays. Of `cash` what
    used vouchers that are no longer due come to is kept back (ReturnVoucher): `money` is paid. What points and credit
    were taken is positive too. Without a receipt, `paid_back` is the value of the voucher given for it.
    """

    __tablename__ = "sales_return"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    receipt_id: Mapped[int | None] = mapped_column(Key, ForeignKey("sales_receipt.id"))
    return_no: Mapped[int]  # counts the changes of the receipt
    number: Mapped[str] = mapped_column(String(NUMBER))
    kind: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200), default="")
    member_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    day: Mapped[date] = mapped_column(Date)
    cashier: Mapped[str] = mapped_column(String(60), default="")
    approved_by: Mapped[str] = mapped_column(String(60), default="")
    currency: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[int]  # units that came back
    paid_back: Mapped[int] = mapped_column(Amount)
    to_vouchers: Mapped[int] = mapped_column(Amount)
    cash: Mapped[int] = mapped_column(Amount)
    shortfall: Mapped[int] = mapped_column(Amount)  # what lost thresholds cost
    forgone: Mapped[bool]  # the shop bore it
    points: Mapped[int] = mapped_column(Amount)
    credit: Mapped[int] = mapped_column(Amount)
    key: Mapped[str] = mapped_column(String(200))
    decision_id: Mapped[int | None] = mapped_column(Key, ForeignKey("core_decision.id"))  # of what is kept
    vouchers_deducted: Mapped[int] = column_property(_deducted(id))  # noqa: A003 - the column above
    money: Mapped[int] = column_property(cash - _deducted(id))  # noqa: A003 - the same

    store: Mapped[Store] = relationship("Store", lazy="selectin", viewonly=True, foreign_keys=[store_id])
    receipt: Mapped[Optional[Receipt]] = relationship(  # noqa: UP045 - None too where the receipt is of another store
        Receipt, lazy="selectin", viewonly=True, foreign_keys=[receipt_id]
    )
    member: Mapped[Optional[Member]] = relationship("Member", lazy="selectin", viewonly=True)  # noqa: UP045 - same
    decision: Mapped[Optional[StoredDecision]] = relationship(lazy="select", viewonly=True)  # noqa: UP045 - same
    lines: Mapped[list[ReturnLine]] = relationship(lazy="select", viewonly=True, order_by="ReturnLine.line_no")

    __table_args__ = (
        UniqueConstraint("receipt_id", "return_no"),
        UniqueConstraint("number"),
        CheckConstraint("paid_back = to_vouchers + cash", name="paid_back"),
        CheckConstraint("to_vouchers >= 0 AND quantity >= 0 AND shortfall >= 0", name="not_below_nothing"),
        CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name="kind"),
        CheckConstraint("(receipt_id IS NULL) = (kind = 'unreceipted')", name="receipt"),
        CheckConstraint("approved_by = '' OR approved_by <> cashier", name="two_persons"),
        Index("ix_sales_return_store_day", "store_id", "day"),
    )

    def __str__(self) -> str:
        """Return the number."""
        return self.number or ""


class ReturnLine(Sealed, StoreScoped, Base):
    """What of one line came back, at which price it stands now, or what it was swapped for."""

    __tablename__ = "sales_return_line"

    return_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_return.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the receipt
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    product_id: Mapped[int] = mapped_column(Key, ForeignKey("catalog_product.id"))
    code: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[int]  # units that came back; for a swap the units swapped
    price: Mapped[int | None] = mapped_column(Amount)  # fen a unit, where it was corrected
    swapped_id: Mapped[int | None] = mapped_column(Key, ForeignKey("catalog_product.id"))

    product: Mapped[Product] = relationship("Product", lazy="selectin", viewonly=True, foreign_keys=[product_id])
    swapped: Mapped[Optional[Product]] = relationship(  # noqa: UP045 - mapped by name
        "Product", lazy="selectin", viewonly=True, foreign_keys=[swapped_id]
    )

    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("price IS NULL OR price >= 0", name="price"),
        {"sqlite_with_rowid": False},
    )

    def __str__(self) -> str:
        """Return the product code."""
        return self.code or ""


class ReturnDiscount(Sealed, StoreScoped, Base):
    """What one rule takes off less since a return (fen; negative: more), as sales_discount has it for the sale."""

    __tablename__ = "sales_return_discount"

    return_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_return.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(120), primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    amount: Mapped[int] = mapped_column(Amount)

    __table_args__ = (CheckConstraint("amount <> 0", name="amount"), {"sqlite_with_rowid": False})

    def __str__(self) -> str:
        """Return the rule."""
        return self.rule or ""


class Standing(StoreScoped, Base):
    """How a receipt stands since something came back; a receipt without a row stands as it was sold. Fen."""

    __tablename__ = "sales_standing"

    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_receipt.id"), primary_key=True, autoincrement=False)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    returns: Mapped[int]  # how many, so that of two at once one is refused
    quantity: Mapped[int]
    list_total: Mapped[int] = mapped_column(Amount)
    total: Mapped[int] = mapped_column(Amount)
    tendered: Mapped[int] = mapped_column(Amount)
    cash: Mapped[int] = mapped_column(Amount)
    points: Mapped[int] = mapped_column(Amount)
    points_base: Mapped[int] = mapped_column(Amount)
    credit: Mapped[int] = mapped_column(Amount)
    birthday_list: Mapped[int] = mapped_column(Amount)
    decision_id: Mapped[int] = mapped_column(Key, ForeignKey("core_decision.id"))

    __table_args__ = (
        CheckConstraint("total = cash + tendered", name="paid"),
        CheckConstraint("cash >= 0 AND tendered >= 0 AND points >= 0 AND quantity >= 0", name="not_below_nothing"),
    )

    def __str__(self) -> str:
        """Return what is left of it."""
        return str(self.total)


#: How many pieces are still kept; None where the receipt stands as it was sold.
Receipt.kept_quantity = column_property(
    select(Standing.quantity).where(Standing.receipt_id == Receipt.id).correlate_except(Standing).scalar_subquery()
)


class Exchange(Base):
    """The receipt of what was taken in exchange for goods that came back, in one transaction."""

    __tablename__ = "sales_exchange"

    return_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_return.id"), primary_key=True, autoincrement=False)
    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_receipt.id"), unique=True)

    def __str__(self) -> str:
        """Return both."""
        return f"{self.return_id} -> {self.receipt_id}"
