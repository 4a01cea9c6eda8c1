"""Receipts as a counter sees them that takes goods back.

A receipt that is shown may come from any store of the brand (where the programme allows it), so these statements read
bare tables; the services that use them require the store where it happens.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from addons.sales.domain.returning import Sold, SoldLine, Stands
from addons.sales.models import Line, Merged, Receipt, Return, ReturnLine, ReturnVoucher, Standing
from core.db.scope import brand_wide
from core.policy.store import StoredDecision

_R, _L, _B, _BL = Receipt.__table__, Line.__table__, Return.__table__, ReturnLine.__table__
_S, _G, _D, _BV = Standing.__table__, Merged.__table__, StoredDecision.__table__, ReturnVoucher.__table__

_SOLD = select(*[_R.c[name] for name in Sold._fields])
_BY_ID = _SOLD.where(_R.c.id == bindparam("b_receipt"))
_BY_NUMBER = _SOLD.where(_R.c.brand_id == bindparam("b_brand"), _R.c.number == bindparam("b_number")).order_by(_R.c.id)
_HOLDER = select(func.coalesce(_G.c.into_id, _R.c.member_id)).select_from(
    _R.outerjoin(_G, _G.c.member_id == _R.c.member_id)
)
_CHANGES = (
    select(_BL.c.line_no, _BL.c.quantity, _BL.c.price, _BL.c.swapped_id)
    .join_from(_BL, _B, _B.c.id == _BL.c.return_id)
    .where(_B.c.receipt_id == bindparam("b_receipt"))
    .order_by(_B.c.return_no)
)
_LINES = (
    select(_L.c.line_no, _L.c.product_id, _L.c.code, _L.c.quantity)
    .where(_L.c.receipt_id == bindparam("b_receipt"))
    .order_by(_L.c.line_no)
)


@brand_wide("goods come back in any store")
def sold_receipt(session: Session, receipt_id: int) -> Sold | None:
    """Return a receipt of any store."""
    row = session.connection().execute(_BY_ID, {"b_receipt": receipt_id}).one_or_none()
    return None if row is None else Sold(*row)


@brand_wide("goods come back in any store")
def find_receipts(
    session: Session,
    brand_id: int,
    number: str,
    *,
    here: int,
    sold_in: int | None = None,
    sold_on: date | None = None,
) -> list[Sold]:
    """Return the receipts of a brand with the number that is printed on them, that of the store `here` first.

    Numbers are unique in a store alone. `sold_in` and `sold_on` are the store and the day of the sale, where known.
    """
    rows = session.connection().execute(_BY_NUMBER, {"b_brand": brand_id, "b_number": number})
    found = [
        sold
        for sold in (Sold(*row) for row in rows)
        if sold_in in {None, sold.store_id} and sold_on in {None, sold.day}
    ]
    return sorted(found, key=lambda sold: (sold.store_id != here, sold.store_id))


@brand_wide("goods come back in any store")
def holder_of(session: Session, receipt_id: int) -> int | None:
    """Return whose receipt it is today: of the member who survived a merge."""
    holder: int | None = session.connection().scalar(_HOLDER.where(_R.c.id == receipt_id))
    return holder


@brand_wide("goods come back in any store")
def sold_lines(session: Session, receipt_id: int) -> list[SoldLine]:
    """Return the lines of a receipt with what the customer still has of each."""
    connection, parameters = session.connection(), {"b_receipt": receipt_id}
    back: dict[int, int] = {}
    prices: dict[int, int] = {}
    for line_no, quantity, price, swapped in connection.execute(_CHANGES, parameters):
        back[line_no] = back.get(line_no, 0) + (0 if swapped else quantity)
        if price is not None:
            prices[line_no] = price
    return [
        SoldLine(line_no, product_id, code, quantity, quantity - back.get(line_no, 0), prices.get(line_no))
        for line_no, product_id, code, quantity in connection.execute(_LINES, parameters)
    ]


@brand_wide("goods come back in any store")
def stands(session: Session, receipt_id: int) -> Stands:
    """Return how a receipt stands: as sold where nothing came back; NoResultFound for no receipt."""
    connection = session.connection()
    row = connection.execute(select(*[_S.c[n] for n in Stands._fields]).where(_S.c.receipt_id == receipt_id)).first()
    if row is not None:
        return Stands(*row)
    given = [_R.c[name] for name in Stands._fields if name not in ("returns", "points_base")]
    sold = connection.execute(select(*given, _D.c.outcome).join(_D).where(_R.c.id == receipt_id)).one()._asdict()
    decided = StoredDecision(outcome=sold.pop("outcome")).decided()
    return Stands(returns=0, points_base=decided.points_base if sold["points"] else 0, **sold)


@brand_wide("goods come back in any store")
def stored_decision(session: Session, decision_id: int) -> StoredDecision:
    """Return a decision that is kept, of any store; NoResultFound if there is none."""
    row = session.connection().execute(select(_D).where(_D.c.id == decision_id)).mappings().one()
    return StoredDecision(**{name: value for name, value in row.items() if name in _D.c})


@brand_wide("goods come back in any store")
def deducted_for(session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
    """Return what returns kept back for used vouchers, in fen, less what was paid back of it; by their keys."""
    if not voucher_ids:
        return {}
    total = select(_BV.c.voucher_id, func.sum(_BV.c.amount)).where(_BV.c.voucher_id.in_(sorted(voucher_ids)))
    return {key: int(amount) for key, amount in session.connection().execute(total.group_by(_BV.c.voucher_id))}


@brand_wide("the lowest price of any store")
def price_sold(session: Session, product_id: int, brand_id: int, currency: str, since: date) -> int | None:
    """Return the lowest price paid for a unit of a product since a day, in fen rounded down; None if none was sold."""
    unit = func.min(_L.c.pay // _L.c.quantity)
    paid = select(unit).join_from(_L, _R, _R.c.id == _L.c.receipt_id)
    paid = paid.where(_R.c.brand_id == brand_id, _R.c.currency == currency, _R.c.day >= since)
    of_product = paid.where(_L.c.product_id == product_id)
    lowest = session.connection().scalar(of_product)
    return None if lowest is None else int(lowest)


def returns_of(session: Session, receipt_id: int) -> list[Return]:
    """Return what became of a receipt in one's own stores, in order."""
    return list(session.scalars(select(Return).where(Return.receipt_id == receipt_id).order_by(Return.return_no)))
