"""The books of what came back: their rows are sealed, and each return is held against its lines and its receipt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from addons.sales.models import Exchange, Receipt, Return, ReturnDiscount, ReturnLine, ReturnVoucher, Standing
from core.ledger.books import Book, Finding
from rules.vocabulary import Text

_X, _B, _L, _D, _V, _S, _R = (
    Exchange.__table__,
    Return.__table__,
    ReturnLine.__table__,
    ReturnDiscount.__table__,
    ReturnVoucher.__table__,
    Standing.__table__,
    Receipt.__table__,
)

STANDS = Text(
    "小票現況與退貨紀錄不符", "小票现况与退货记录不符", "How the receipt stands does not agree with its returns"
)
BEYOND = Text(
    "就用掉的券退還的金額多於扣下的金額",
    "就用掉的券退还的金额多于扣下的金额",
    "More was paid back for a used voucher than was kept back for it",
)
NOT_LED_ON = Text(
    "換貨不知換成了哪張小票", "换货不知换成了哪张小票", "Nothing says which receipt the goods were exchanged for"
)
ORPHAN = Text("找不到所屬的退貨", "找不到所属的退货", "The return it belongs to is not there")


def returned(session: Session) -> Iterator[Finding]:
    """Yield receipts that do not stand as their returns left them, and lines of returns that are not there."""
    names = ("cash", "points", "credit")
    back = (
        select(_B.c.receipt_id, func.count().label("returns"), *(func.sum(_B.c[name]).label(name) for name in names))
        .where(_B.c.receipt_id.is_not(None))
        .group_by(_B.c.receipt_id)
        .subquery()
    )
    left: dict[str, Any] = {"returns": func.coalesce(back.c.returns, 0)}
    left |= {name: _R.c[name] - func.coalesce(back.c[name], 0) for name in names}
    joined = _S.join(_R, _R.c.id == _S.c.receipt_id).outerjoin(back, back.c.receipt_id == _S.c.receipt_id)
    wanted = select(_S.c.receipt_id, *(value for name in left for value in (_S.c[name], left[name]))).select_from(
        joined
    )
    unlike = or_(*(_S.c[name] != left[name] for name in left))
    for receipt_id, *values in session.connection().execute(wanted.where(unlike).order_by(_S.c.receipt_id)):
        for name, own, other in zip(left, values[::2], values[1::2], strict=True):
            if own != other:
                yield Finding(_S.name, str(receipt_id), STANDS, f"{name} {other}", f"{name} {own}")
    for table in (_L, _D, _V):
        lost = select(table.c.return_id).join_from(table, _B, table.c.return_id == _B.c.id, isouter=True)
        for (return_id,) in session.connection().execute(lost.where(_B.c.id.is_(None)).distinct()):
            yield Finding(table.name, str(return_id), ORPHAN)
    led = select(_B.c.id).join_from(_B, _X, _X.c.return_id == _B.c.id, isouter=True)
    for (return_id,) in session.connection().execute(led.where((_B.c.kind == "exchange") & _X.c.return_id.is_(None))):
        yield Finding(_X.name, str(return_id), NOT_LED_ON)
    total = func.sum(_V.c.amount)
    beyond = select(_V.c.voucher_id, total).group_by(_V.c.voucher_id).having(total < 0).order_by(_V.c.voucher_id)
    for voucher_id, amount in session.connection().execute(beyond):
        yield Finding(_V.name, str(voucher_id), BEYOND, "0", str(amount))


RETURNS = (
    Book("returns", Text("退貨", "退货", "Returns"), _B, returned),
    Book("return_lines", Text("退貨明細", "退货明细", "Lines of returns"), _L),
    Book("return_discounts", Text("退貨的優惠", "退货的优惠", "Discounts of returns"), _D),
    Book("return_vouchers", Text("退貨時扣下的券額", "退货时扣下的券额", "Used vouchers of returns"), _V),
    Book("exchanges", Text("換貨", "换货", "Exchanges"), _X),
)
