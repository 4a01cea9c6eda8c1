"""Receipts: head, lines, how they were paid, what each rule took off, and what was used up of limited rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Optional

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from core.db.base import Base
from core.db.models import PostingKey
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment
from core.ledger.entry import COVERS_ID, Sealed
from core.policy.counters import UseColumns, use_checks
from core.policy.store import StoredDecision

if TYPE_CHECKING:
    from addons.catalog.models import Product
    from addons.membership.models import Member
    from addons.stores.models import Store


class Receipt(Sealed, StoreScoped, Base):
    """One sale; all amounts in fen, `tier` is the price tier of the member at the time."""

    __tablename__ = "sales_receipt"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    number: Mapped[str] = mapped_column(String(40))
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    member_id: Mapped[int | None] = mapped_column(Key, ForeignKey("membership_member.id"))
    card_id: Mapped[int | None] = mapped_column(Key)
    tier: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime] = mapped_column(Moment)
    day: Mapped[date] = mapped_column(Date)
    cashier: Mapped[str] = mapped_column(String(60), default="")
    currency: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[int]
    list_total: Mapped[int] = mapped_column(Amount)
    selling_total: Mapped[int] = mapped_column(Amount)
    total: Mapped[int] = mapped_column(Amount)
    tendered: Mapped[int] = mapped_column(Amount)  # by voucher
    cash: Mapped[int] = mapped_column(Amount)  # in money, however it was paid
    points: Mapped[int] = mapped_column(Amount)
    credit: Mapped[int] = mapped_column(Amount)
    birthday_list: Mapped[int] = mapped_column(Amount, default=0)  # list price sold at the birthday rate (C14)
    source: Mapped[str] = mapped_column(String(12), default="till")
    key: Mapped[str] = mapped_column(String(200))  # under which it was posted
    decision_id: Mapped[int] = mapped_column(Key, ForeignKey("core_decision.id"))

    store: Mapped[Store] = relationship("Store", lazy="selectin", viewonly=True, foreign_keys=[store_id])
    member: Mapped[Optional[Member]] = relationship(  # noqa: UP045 - None too where the member is of another store
        "Member", lazy="selectin", viewonly=True
    )
    decision: Mapped[StoredDecision] = relationship(lazy="select", viewonly=True)
    posting: Mapped[PostingKey | None] = relationship(
        lazy="select", viewonly=True, primaryjoin=lambda: foreign(Receipt.key) == PostingKey.key
    )
    lines: Mapped[list[Line]] = relationship(lazy="select", viewonly=True, order_by="Line.line_no")
    tenders: Mapped[list[Tender]] = relationship(lazy="select", viewonly=True, order_by="Tender.tender_no")
    discounts: Mapped[list[Discount]] = relationship(lazy="select", viewonly=True, order_by="Discount.rule")

    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        CheckConstraint("total = cash + tendered", name="paid"),
        CheckConstraint("cash >= 0 AND tendered >= 0 AND points >= 0 AND credit >= 0", name="not_below_nothing"),
        CheckConstraint("source IN ('till','api','import','demo')", name="source"),
        Index("ix_sales_receipt_member_day", "member_id", "day"),
        Index("ix_sales_receipt_store_day", "store_id", "day"),
        {"info": {COVERS_ID: True}},
    )

    @property
    def posted_at(self) -> datetime:
        """Return when it was written: later than the sale, where the till sold without a connection."""
        return self.at if self.posting is None else self.posting.posted_at

    def __str__(self) -> str:
        """Return the number."""
        return self.number or ""

    @property
    def state(self) -> str:
        """Tell how it stands since: "" as sold, "partly" or wholly "returned", "changed" in price or goods."""
        kept: int | None = self.kept_quantity  # type: ignore[attr-defined]  # added beside Standing
        if kept is None:
            return ""
        if kept == 0:
            return "returned"
        return "partly" if kept < self.quantity else "changed"


class Line(Sealed, StoreScoped, Base):
    """One line of a receipt; prices are fen a unit, the other amounts fen for the whole line."""

    __tablename__ = "sales_line"

    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_receipt.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    product_id: Mapped[int] = mapped_column(Key, ForeignKey("catalog_product.id"))
    code: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[int]
    list_price: Mapped[int] = mapped_column(Amount)
    special_price: Mapped[int | None] = mapped_column(Amount)
    pay: Mapped[int] = mapped_column(Amount)  # after all rules
    tendered: Mapped[int] = mapped_column(Amount)  # its share of the vouchers
    net: Mapped[int] = mapped_column(Amount)
    rules: Mapped[str] = mapped_column(Text, default="")  # names of the rules that priced it, one a text line

    product: Mapped[Product] = relationship("Product", lazy="selectin", viewonly=True)

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("pay = tendered + net AND net >= 0", name="net"),
        {"sqlite_with_rowid": False},  # lines lie beside their receipt
    )

    def __str__(self) -> str:
        """Return the product code."""
        return self.code or ""


class Tender(Sealed, StoreScoped, Base):
    """One way in which a receipt was paid: money of some kind, or a voucher."""

    __tablename__ = "sales_tender"

    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_receipt.id"), primary_key=True)
    tender_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    kind: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(Amount)
    voucher_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_voucher.id"), index=True)

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("(kind = 'voucher') = (voucher_id IS NOT NULL)", name="voucher"),
        {"sqlite_with_rowid": False},
    )

    def __str__(self) -> str:
        """Return the kind."""
        return self.kind or ""


class Discount(Sealed, StoreScoped, Base):
    """What one rule took off a receipt, and who pays for it; the rule `special` is the special price."""

    __tablename__ = "sales_discount"

    receipt_id: Mapped[int] = mapped_column(Key, ForeignKey("sales_receipt.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(120), primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    lines: Mapped[int]
    amount: Mapped[int] = mapped_column(Amount)

    __table_args__ = (CheckConstraint("amount > 0", name="amount"), {"sqlite_with_rowid": False})

    def __str__(self) -> str:
        """Return the rule."""
        return self.rule or ""


class RuleUse(UseColumns, Base):
    """How often a limited rule of a brand fired in a period, and what it cost, for a member, a store or in all."""

    __tablename__ = "sales_rule_use"

    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), primary_key=True, sort_order=-1)

    __table_args__ = use_checks("member", "store", "all")


class Merged(Base):
    """A member whose receipts count as another's since the two were found to be one person.

    The receipts themselves stay as they were written.
    """

    __tablename__ = "sales_merged"

    member_id: Mapped[int] = mapped_column(
        Key, ForeignKey("membership_member.id"), primary_key=True, autoincrement=False
    )
    into_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)

    __table_args__ = (CheckConstraint("member_id <> into_id", name="another"),)

    def __str__(self) -> str:
        """Return both."""
        return f"{self.member_id} -> {self.into_id}"


class Numbering(StoreScoped, Base):
    """The number of the next receipt of a store."""

    __tablename__ = "sales_numbering"

    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), primary_key=True)
    following: Mapped[int] = mapped_column(Amount)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.following)
