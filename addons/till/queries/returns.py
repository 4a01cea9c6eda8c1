"""A receipt whose goods are on the counter: its lines by name, what they may be swapped for, what came of it.

The receipt may be of another store of the brand, so its lines are read by sales; goods belong to no store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from addons.catalog.models import Product, Style
from addons.membership.queries import TillMember, till_members
from addons.sales import queries as sales_read
from addons.sales.domain.returning import Sold
from addons.sales.models import Exchange, Receipt, Return
from addons.stores.queries import StorePlace, place
from addons.till.queries.looking import in_sizes


@dataclass(frozen=True, slots=True)
class LineSold:
    """A line as it was sold, amounts in fen; `kept` pieces the customer still has."""

    line_no: int
    code: str
    name: str
    variant: str
    quantity: int
    kept: int
    pay: int
    swaps: Sequence[tuple[str, str]]  # code and size, colour of the same style


@dataclass(frozen=True, slots=True)
class ReceiptSold:
    """A receipt of the brand with its lines; contact data of the member is masked."""

    sold: Sold
    at: StorePlace
    member: TillMember | None
    lines: Sequence[LineSold]

    @property
    def over(self) -> bool:
        """Tell whether everything came back."""
        return not any(line.kept for line in self.lines)


def receipt_sold(session: Session, receipt_id: int) -> ReceiptSold | None:
    """Return a receipt of any store, for a counter that takes its goods back."""
    sold = sales_read.sold_receipt(session, receipt_id)
    if sold is None:
        return None
    holder = sales_read.holder_of(session, receipt_id)
    member = None if holder is None else till_members(session, [holder]).get(holder)
    return ReceiptSold(sold, place(session, sold.store_id), member, _lines(session, sold))


def _lines(session: Session, sold: Sold) -> list[LineSold]:
    lines = sales_read.sold_lines(session, sold.id)
    paid = sales_read.stored_decision(session, sold.decision_id).decided().lines
    goods = {p.id: p for p in _goods(session, Product.id.in_([line.product_id for line in lines]))}
    styles = {product.style_id for product in goods.values()}
    names = {style.id: style.name for style in session.scalars(select(Style).where(Style.id.in_(styles)))}
    others = _goods(session, Product.style_id.in_(styles), Product.active)
    return [
        LineSold(
            line.line_no,
            line.code,
            names.get(goods[line.product_id].style_id, line.code),
            _variant(goods[line.product_id]),
            line.quantity,
            line.kept,
            paid[place_].pay,
            [
                (other.code, _variant(other) or other.code)
                for other in others
                if other.style_id == goods[line.product_id].style_id and other.id != line.product_id
            ],
        )
        for place_, line in enumerate(lines)
    ]


def _goods(session: Session, *wanted: object) -> list[Product]:
    found = select(Product).where(*wanted).order_by(Product.colour, *in_sizes(), Product.code)  # type: ignore[arg-type]
    return list(session.scalars(found.options(lazyload("*"))))


def _variant(product: Product) -> str:
    return " ".join(part for part in (product.size, product.colour) if part)


def return_with(session: Session, return_id: int) -> Return | None:
    """Return a return of one's stores."""
    return session.scalar(select(Return).where(Return.id == return_id))


def taken_in_exchange(session: Session, return_id: int) -> Receipt | None:
    """Return the receipt of what was taken in exchange, of one's stores."""
    wanted = select(Receipt).join(Exchange, Exchange.receipt_id == Receipt.id)
    return session.scalar(wanted.where(Exchange.return_id == return_id))
