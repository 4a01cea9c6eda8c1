"""What is to be settled: discounts of sales and returns, movements of points and of vouchers.

Settlement runs for the whole programme, so these statements read bare tables.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.points.models import Entry as PointsEntry
from addons.points.models import Lot
from addons.sales.models import Discount, Receipt, Return, ReturnDiscount, ReturnVoucher
from addons.settlement.models import Done, Entry, Mark
from addons.stores.models import Brand, Store
from addons.vouchers.models import Entry as VoucherEntry
from addons.vouchers.models import Voucher
from core.db.listed import any_of
from core.db.statement import Statement, upsert
from core.policy.store import StoredDecision

_R, _D, _B, _BD, _BV = (model.__table__ for model in (Receipt, Discount, Return, ReturnDiscount, ReturnVoucher))
_M, _S, _N, _K = Member.__table__, Store.__table__, Brand.__table__, StoredDecision.__table__
_P, _L, _V, _VE = PointsEntry.__table__, Lot.__table__, Voucher.__table__, VoucherEntry.__table__
_X, _E, _MARK = Done.__table__, Entry.__table__, Mark.__table__


class Row(NamedTuple):
    """Something to be settled; `amount` in fen, or points for points. What a source does not have is empty."""

    source_id: int
    store_id: int  # where it happened
    home_id: int  # of the member, of the lot, or where the voucher was issued
    amount: int
    currency: str  # of the receipt or the voucher; points are worth something in the money of their brand
    rule: str
    kind: str  # what gave it: "purchase", "exchange", "rule", ...
    from_state: str
    to_state: str
    move: str  # why it moved
    digest: str
    since: date | None  # points: the day they were earned on; what they are worth, and who bears them, is as of it
    day: date | None  # None: the business day of `at`
    at: datetime
    receipt_id: int | None


class Source(NamedTuple):
    """One kind of rows that are settled, in the order of their keys."""

    name: str
    table: Table
    ids: Statement
    rows: Statement
    clear: Statement
    claim: Statement


def _columns(**named: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return the columns of a Row; those that are not named are empty."""
    empty: dict[str, ColumnElement[Any]] = {"receipt_id": null(), "since": null(), "day": null()}
    return [named.get(name, empty.get(name, literal(""))).label(name) for name in Row._fields]


def _of_rows(table: Table, joined: FromClause, **named: ColumnElement[Any]) -> Select[Any]:
    """Return the Rows of what keys of a table name (`b_ids`)."""
    return select(*_columns(**named)).select_from(joined).where(any_of(table.c.id, "b_ids"))


def _source(name: str, table: Table, rows: Select[Any] | CompoundSelect[Any]) -> Source:
    done = (_X.c.source == name) & (_X.c.source_id == table.c.id)
    open_ = select(table.c.id).where(table.c.id > bindparam("b_below"), ~select(_X.c.source_id).where(done).exists())
    return Source(
        name,
        table,
        Statement(open_.order_by(table.c.id).limit(bindparam("b_limit"))),
        Statement(rows.order_by("source_id")),
        Statement(_settled_before(name)),
        _claim(name, table),
    )


def _settled_before(name: str) -> Select[Any]:
    """Return the highest key that was settled before a moment: none below it can still come, the moment long ago.

    When a sale was does not tell: one that was made offline, or comes with a file, is written later than it was.
    """
    settled = select(_E.c.source_id).where(_E.c.source == name, _E.c.at < bindparam("b_before"))
    return settled.order_by(_E.c.source_id.desc()).limit(1)


def _claim(name: str, table: Table) -> Statement:
    """Return what marks keys as settled and answers with those that were not yet; in one order, whoever runs it."""
    keys = select(literal(name), table.c.id).where(any_of(table.c.id, "b_ids")).order_by(table.c.id)
    named = ["source", "source_id"]
    return upsert(
        _X,
        lambda new: new.from_select(named, keys).on_conflict_do_nothing(index_elements=named).returning(_X.c.source_id),
    )


_SALES = _source(
    "sale",
    _R,
    _of_rows(
        _R,
        _R.join(_D, _D.c.receipt_id == _R.c.id).join(_K, _K.c.id == _R.c.decision_id)
        .outerjoin(_M, _M.c.id == _R.c.member_id),
        source_id=_R.c.id, store_id=_R.c.store_id, home_id=func.coalesce(_M.c.store_id, _R.c.store_id),
        amount=_D.c.amount, currency=_R.c.currency, rule=_D.c.rule, digest=_K.c.digest, day=_R.c.day, at=_R.c.at,
        receipt_id=_R.c.id,
    ),
)  # fmt: skip
SET_OFF = "set_off"  # the kind of what a return kept back for used vouchers
_RETURNS = _source(
    "return",
    _B,
    union_all(
        _of_rows(
            _B,
            _B.join(_BD, _BD.c.return_id == _B.c.id).join(_R, _R.c.id == _B.c.receipt_id)
            .join(_K, _K.c.id == _R.c.decision_id).outerjoin(_M, _M.c.id == _R.c.member_id),
            source_id=_B.c.id, store_id=_R.c.store_id, home_id=func.coalesce(_M.c.store_id, _R.c.store_id),
            amount=_BD.c.amount, currency=_R.c.currency, rule=_BD.c.rule, digest=_K.c.digest, day=_B.c.day,
            at=_B.c.at, receipt_id=_B.c.receipt_id,
        ),
        # Money that another store than the one that sold the goods paid back: `home_id` is the one that sold them.
        _of_rows(
            _B,
            _B.join(_R, (_R.c.id == _B.c.receipt_id) & (_R.c.store_id != _B.c.store_id) & (_B.c.cash != 0)),
            source_id=_B.c.id, store_id=_B.c.store_id, home_id=_R.c.store_id, amount=_B.c.cash,
            currency=_R.c.currency, kind=literal("cash"), day=_B.c.day, at=_B.c.at, receipt_id=_B.c.receipt_id,
        ),
        # What was kept back for a used voucher; the receipt whose version explains it is the one it was given with.
        _of_rows(
            _B,
            _B.join(_BV, (_BV.c.return_id == _B.c.id) & (_BV.c.amount != 0)).join(_V, _V.c.id == _BV.c.voucher_id)
            .outerjoin(_R, _R.c.id == _V.c.receipt_id).outerjoin(_K, _K.c.id == _R.c.decision_id),
            source_id=_B.c.id, store_id=_BV.c.store_id, home_id=_V.c.store_id, amount=_BV.c.amount,
            currency=_V.c.currency, rule=_V.c.rule, kind=literal(SET_OFF), digest=func.coalesce(_K.c.digest, ""),
            day=_B.c.day, at=_B.c.at, receipt_id=_B.c.receipt_id,
        ),
    ),
)  # fmt: skip
# What came of a lot (a debt, points that went to another member) is borne by whoever bore that lot.
_O = _L.alias("origin")


def _bearing(name: str) -> ColumnElement[Any]:
    return func.coalesce(_O.c[name], _L.c[name])


_POINTS = _source(
    "points",
    _P,
    _of_rows(
        _P,
        _P.join(_L, _L.c.id == _P.c.lot_id).outerjoin(_O, _O.c.id == _L.c.origin_id)
        .join(_S, _S.c.id == _bearing("store_id")).join(_N, _N.c.id == _S.c.brand_id)
        .outerjoin(_R, _R.c.id == _bearing("receipt_id")).outerjoin(_K, _K.c.id == _R.c.decision_id),
        source_id=_P.c.id, store_id=_P.c.store_id, home_id=_bearing("store_id"), amount=_P.c.points,
        currency=_N.c.currency, rule=_bearing("rule"), kind=_bearing("source"), from_state=_P.c.from_state,
        to_state=_P.c.to_state, move=_P.c.kind, digest=func.coalesce(_K.c.digest, _bearing("digest")),
        since=_bearing("earned_on"), day=_P.c.day, at=_P.c.at, receipt_id=_P.c.receipt_id,
    ),
)  # fmt: skip
# A voucher that was split off or given is borne by whoever bore the one that was issued first; what it paid is given
# back in the books of the store that took it, wherever the goods come back.
_OV, _RS = _V.alias("first_issued"), _R.alias("paid")
_VOUCHERS = _source(
    "voucher",
    _VE,
    _of_rows(
        _VE,
        _VE.join(_V, _V.c.id == _VE.c.voucher_id).outerjoin(_OV, _OV.c.id == _V.c.origin_id)
        .outerjoin(_R, _R.c.id == func.coalesce(_OV.c.receipt_id, _V.c.receipt_id))
        .outerjoin(_K, _K.c.id == _R.c.decision_id).outerjoin(_RS, _RS.c.id == _VE.c.receipt_id),
        source_id=_VE.c.id, store_id=func.coalesce(_RS.c.store_id, _VE.c.store_id), home_id=_V.c.store_id,
        amount=_VE.c.amount, currency=_V.c.currency, rule=_V.c.rule, kind=func.coalesce(_OV.c.source, _V.c.source),
        from_state=_VE.c.from_state, to_state=_VE.c.to_state, digest=func.coalesce(_K.c.digest, ""), at=_VE.c.at,
        receipt_id=_VE.c.receipt_id,
    ),
)  # fmt: skip
SOURCES = (_SALES, _RETURNS, _POINTS, _VOUCHERS)

_BELOW = Statement(select(_MARK.c.below).where(_MARK.c.source == bindparam("b_source")))
_FRANCHISEES = Statement(select(_S.c.id, _S.c.franchisee_id))


def mark_of(session: Session, source: Source) -> int:
    """Return the key up to which a source is settled."""
    below: int | None = _BELOW.scalar(session, b_source=source.name)
    return below or 0


def pending(session: Session, source: Source, limit: int, after: int = 0) -> list[int]:
    """Return the next keys of a source that are not settled, beyond a key."""
    found = source.ids.all(session, b_below=max(after, mark_of(session, source)), b_limit=limit)
    return [key for (key,) in found]


def franchisees(session: Session) -> dict[int, int]:
    """Return who runs each store."""
    return dict(_FRANCHISEES.all(session))
