"""The books of sales: their rows are sealed, and every receipt is reconciled with all that was written with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import and_, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from addons.points.models import Entry as PointsEntry
from addons.sales.models import Discount, Line, Receipt, Tender
from addons.tiers.models import Credit
from addons.vouchers.models import Entry as VoucherEntry
from addons.vouchers.models import Voucher
from core.db.models import PostingKey
from core.ledger.books import Book, Finding
from core.policy.store import StoredDecision
from rules.event import SHORTFALL
from rules.vocabulary import Text

_R, _L, _T, _D = Receipt.__table__, Line.__table__, Tender.__table__, Discount.__table__
_P, _G = PointsEntry.__table__, Credit.__table__
_V, _E = Voucher.__table__, VoucherEntry.__table__
_K, _C = PostingKey.__table__, StoredDecision.__table__

LINES = Text("小票與明細的合計不符", "小票与明细的合计不符", "The receipt does not agree with its lines")
TENDERS = Text("小票與付款方式的合計不符", "小票与付款方式的合计不符", "The receipt does not agree with its tenders")
DISCOUNTS = Text("小票與優惠的合計不符", "小票与优惠的合计不符", "The receipt does not agree with its discounts")
DECISION = Text("小票與規則的決定不符", "小票与规则的决定不符", "The receipt does not agree with its decision")
OPERATION = Text("小票與過帳的操作不符", "小票与过账的操作不符", "The receipt does not agree with its posting")
NUMBER = Text("門市的小票號碼重複", "门店的小票号码重复", "The store gave this number twice")
POINTS = Text("小票與積分帳本不符", "小票与积分账本不符", "The points ledger says something else")
CREDIT = Text("小票與升等累計帳本不符", "小票与升级累计账本不符", "The ledger of tier credit says something else")
VOUCHERS = Text("以券支付的金額與券帳本不符", "以券支付的金额与券账本不符", "The vouchers say something else")
ORPHAN = Text("找不到所屬的小票", "找不到所属的小票", "The receipt it belongs to is not there")

#: Figure -> what stands on the receipt, and what it must be.
_Figures = Mapping[str, tuple[Any, Any]]


def reconciled(session: Session) -> Iterator[Finding]:
    """Yield the receipts that do not agree with what was written with them; of all stores, SQL does the adding."""
    yield from _unlike(session, LINES, *_lines())
    yield from _unlike(session, TENDERS, *_tenders())
    yield from _unlike(session, DISCOUNTS, *_discounts())
    yield from _decided_and_posted(session)
    yield from _unlike(session, POINTS, *_points())
    yield from _unlike(session, CREDIT, *_credit())
    yield from _numbered_twice(session)
    yield from _paid_by_voucher(session)
    for table in (_L, _T, _D):
        lost = select(table.c.receipt_id).join_from(table, _R, table.c.receipt_id == _R.c.id, isouter=True)
        for (receipt_id,) in session.connection().execute(lost.where(_R.c.id.is_(None)).distinct()):
            yield Finding(table.name, str(receipt_id), ORPHAN)


def _unlike(session: Session, problem: Text, joined: Any, figures: _Figures) -> Iterator[Finding]:
    pairs = [value for pair in figures.values() for value in pair]
    differs = or_(*(func.coalesce(other, -1) != own for own, other in figures.values()))
    wanted = select(_R.c.id, *pairs).select_from(joined).where(differs).order_by(_R.c.id)
    for receipt_id, *values in session.connection().execute(wanted):
        for name, own, other in zip(figures, values[::2], values[1::2], strict=True):
            if own != other:
                yield Finding(_R.name, str(receipt_id), problem, f"{name} {other}", f"{name} {own}")


def _summed(table: Any, **sums: Any) -> Any:
    columns = [func.sum(value).label(name) for name, value in sums.items()]
    return select(table.c.receipt_id, *columns).group_by(table.c.receipt_id).subquery()


def _beside(other: Any) -> Any:
    return _R.outerjoin(other, other.c.receipt_id == _R.c.id)


def _lines() -> tuple[Any, _Figures]:
    of = _summed(
        _L,
        quantity=_L.c.quantity,
        list_total=_L.c.list_price * _L.c.quantity,
        selling_total=func.coalesce(_L.c.special_price, _L.c.list_price) * _L.c.quantity,
        total=_L.c.pay,
        tendered=_L.c.tendered,
        cash=_L.c.net,
    )
    names = ("quantity", "list_total", "selling_total", "total", "tendered", "cash")
    return _beside(of), {name: (_R.c[name], of.c[name]) for name in names}


def _tenders() -> tuple[Any, _Figures]:
    by_voucher = _T.c.voucher_id.is_not(None) | (_T.c.kind == "lost_voucher")
    by_nobody = case((_T.c.kind == SHORTFALL, _T.c.amount), else_=0)
    of = _summed(_T, total=_T.c.amount, tendered=case((by_voucher, _T.c.amount), else_=0), unpaid=by_nobody)
    total, tendered, unpaid = (func.coalesce(of.c[name], 0) for name in ("total", "tendered", "unpaid"))
    # What nobody paid counted as money once, and on those receipts still does.
    in_all = tendered + case((_R.c.tendered > tendered, unpaid), else_=0)
    return _beside(of), {"total": (_R.c.total, total), "tendered": (_R.c.tendered, in_all)}


def _discounts() -> tuple[Any, _Figures]:
    of = _summed(_D, amount=_D.c.amount)
    return _beside(of), {"discount": (_R.c.list_total - _R.c.total, func.coalesce(of.c.amount, 0))}


def _points() -> tuple[Any, _Figures]:
    """Receipts beside the points they brought, whatever became of these since: what a return gave has a reference."""
    brought = _P.c.receipt_id.is_not(None) & (_P.c.from_state == "issued") & _P.c.kind.in_(("purchase", "bonus"))
    brought &= _P.c.ref == ""
    of = select(_P.c.receipt_id, func.sum(_P.c.points).label("points")).where(brought).group_by(_P.c.receipt_id)
    sums = of.subquery()
    return _beside(sums), {"points": (_R.c.points, func.coalesce(sums.c.points, 0))}


def _credit() -> tuple[Any, _Figures]:
    """Receipts beside the first entry of their tier credit."""
    sold = select(_G.c.receipt_id, _G.c.amount).where(_G.c.number == 1).subquery()
    return _beside(sold), {"credit": (_R.c.credit, func.coalesce(sold.c.amount, 0))}


def _decided_and_posted(session: Session) -> Iterator[Finding]:
    """Compare each receipt with the outcome of its decision and with the answer of the operation that posted it.

    Both are JSON that somebody may have made unreadable, so they are read here and not in SQL.
    """
    wanted = (
        select(_R.c.id, _R.c.store_id, *(_R.c[name] for name in _FIGURES), _C.c.store_id, _C.c.outcome, *_ANSWERS)
        .outerjoin(_C, _C.c.id == _R.c.decision_id)
        .outerjoin(_K, _K.c.key == _R.c.key)
        .outerjoin(_X, _X.c.key == _BACK_AND_SALE)
        .order_by(_R.c.id)
    )
    found = session.connection().execute(wanted, execution_options={"yield_per": 2_000})
    for receipt_id, store_id, *figures, decided_in, outcome, sold, exchanged in found:
        own = dict(zip(_FIGURES, figures, strict=True))
        decided = _plain(outcome) | {"store_id": decided_in}
        posted = _plain(sold) or _plain(_plain(exchanged).get("sale"))
        for problem, said, there in (
            (DECISION, decided, {"store_id": store_id} | {name: own[name] for name in ("total", "tendered", "cash")}),
            (OPERATION, posted, {"receipt_id": receipt_id} | own),
        ):
            for name, value in there.items():
                if said.get(name) != value:
                    yield Finding(_R.name, str(receipt_id), problem, f"{name} {said.get(name)}", f"{name} {value}")


_FIGURES = ("total", "tendered", "cash", "points", "credit")
_X = _K.alias("exchanged")
_SALE = ":sale"  # ends the key of what is sold in exchange: one operation takes goods back and sells
_BACK_AND_SALE = case(
    (_R.c.key.endswith(_SALE), func.substr(_R.c.key, 1, func.length(_R.c.key) - len(_SALE))), else_=None
)
_ANSWERS = (type_coerce(_K.c.answer, NullType()), type_coerce(_X.c.answer, NullType()))


def _plain(text: Any) -> dict[str, Any]:
    """Return the JSON object in a text, an empty one if it is none."""
    try:
        data = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _numbered_twice(session: Session) -> Iterator[Finding]:
    again = select(func.max(_R.c.id), func.min(_R.c.id)).group_by(_R.c.store_id, _R.c.number)
    for last, first in session.connection().execute(again.having(func.count() > 1)):
        yield Finding(_R.name, str(last), NUMBER, found=str(first))


def _paid_by_voucher(session: Session) -> Iterator[Finding]:
    """Compare the vouchers among the tenders of each receipt with what these vouchers were redeemed for on it."""
    redeemed = (
        select(_E.c.receipt_id, _E.c.voucher_id, _E.c.amount)
        .join_from(_E, _V, _V.c.id == _E.c.voucher_id)
        .where(_E.c.to_state == "redeemed", _E.c.receipt_id.is_not(None), _V.c.kind == "cash")
        .subquery()
    )
    paid = select(_T.c.receipt_id, _T.c.voucher_id, _T.c.amount).where(_T.c.voucher_id.is_not(None)).subquery()
    same = and_(*(redeemed.c[name] == paid.c[name] for name in ("receipt_id", "voucher_id", "amount")))
    for one, other, place in ((paid, redeemed, "found"), (redeemed, paid, "expected")):
        unlike = select(one.c.receipt_id, one.c.amount).join_from(one, other, same, isouter=True)
        for receipt_id, amount in session.connection().execute(unlike.where(other.c.receipt_id.is_(None))):
            yield Finding(_R.name, str(receipt_id), VOUCHERS, **{place: str(amount)})


SALES = (
    Book("receipts", Text("小票", "小票", "Receipts"), _R, reconciled),
    Book("lines", Text("小票明細", "小票明细", "Lines of receipts"), _L),
    Book("tenders", Text("付款方式", "付款方式", "Tenders of receipts"), _T),
    Book("discounts", Text("小票優惠", "小票优惠", "Discounts of receipts"), _D),
)
