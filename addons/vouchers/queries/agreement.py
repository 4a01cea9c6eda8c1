"""The ledger of vouchers counted again, set-based over the whole programme: every balance from its entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from addons.vouchers.domain import STATES, WITHIN
from addons.vouchers.models import Batch, Budget, Entry, Voucher
from core.ledger.books import Finding
from rules.vocabulary import Text

_V, _E, _G, _B = Voucher.__table__, Entry.__table__, Budget.__table__, Batch.__table__


VALUE = Text("面額與發放的分錄不符", "面额与发放的分录不符", "The value is not that of its first entry")
REMAINING = Text("剩餘與分錄不符", "剩余与分录不符", "What remains is not the sum of its entries")
HELD = Text(
    "收銀台鎖定的金額與分錄不符", "收银台锁定的金额与分录不符", "What a till holds is not the sum of its entries"
)
COUNTED = Text("分錄筆數不符", "分录笔数不符", "The entries are not as many as the voucher counts")
GAP = Text("分錄編號不連續", "分录编号不连续", "Numbers of entries are missing")
USES = Text("使用次數與分錄不符", "使用次数与分录不符", "The uses are not as many as the voucher counts")
BELOW = Text("券的科目低於零", "券的科目低于零", "An account of the voucher is below nothing")
LOST = Text(
    "拆分或轉贈出去的金額沒有全數到帳",
    "拆分或转赠出去的金额没有全数到账",
    "What was split off or given did not arrive in full",
)
BUDGET = Text(
    "券預算的已用額與分錄不符", "券预算的已用额与分录不符", "The budget is not the sum of what was issued from it"
)
BATCH = Text("批次的發放張數不符", "批次的发放张数不符", "The batch has another number of vouchers")


def audit(session: Session) -> Iterator[Finding]:
    """Yield what does not agree; nothing for a ledger in order."""
    for check in (_vouchers, _families, _budgets, _batches):
        yield from check(session)


# --- vouchers ------------------------------------------------------------------------------------------------------


def _net(*states: str) -> ColumnElement[int]:
    """Return what stands in these accounts of a group of entries."""
    come, gone = _E.c.to_state.in_(states), _E.c.from_state.in_(states)
    return func.coalesce(func.sum(case((come, _E.c.amount), else_=0) - case((gone, _E.c.amount), else_=0)), 0)


_COUNTED = (
    select(
        _E.c.voucher_id,
        func.count().label("entries"),
        func.max(_E.c.number).label("last"),
        func.count(_E.c.use_number).label("uses"),
        func.coalesce(func.max(_E.c.use_number), 0).label("last_use"),
        _net(*WITHIN).label("remaining"),
        _net("locked").label("locked"),
        *(_net(state).label(f"in_{state}") for state in ("redeemed", "forfeited", "expired", "void")),
        func.max(case((_E.c.number == 1, _E.c.amount))).label("value"),
    )
    .group_by(_E.c.voucher_id)
    .subquery()
)
_C = _COUNTED.c
_LOCKED = case((_V.c.lock_till.is_(None), 0), else_=_V.c.remaining)
#: What must agree of each voucher: what is wrong else, what its row says, what its entries say.
_PAIRS: tuple[tuple[Text, ColumnElement[Any], ColumnElement[Any]], ...] = (
    (VALUE, _V.c.value, _C.value),
    (REMAINING, _V.c.remaining, _C.remaining),
    (HELD, _LOCKED, _C.locked),
    (COUNTED, _V.c.entries, _C.entries),
    (GAP, _V.c.entries, _C.last),
    (USES, _V.c.uses, _C.uses),
    (GAP, _V.c.uses, _C.last_use),
)
_IS_BELOW = or_(*(_C[f"in_{state}"] < 0 for state in ("redeemed", "forfeited", "expired", "void")))
_WRONG = (
    select(_V.c.id, *(column for pair in _PAIRS for column in pair[1:]), _IS_BELOW)
    .join_from(_V, _COUNTED, _C.voucher_id == _V.c.id, isouter=True)
    .where(
        or_(
            _C.voucher_id.is_(None),
            _IS_BELOW,
            *(kept != counted for _, kept, counted in _PAIRS),
        )
    )
    .order_by(_V.c.id)
)


def _vouchers(session: Session) -> Iterator[Finding]:
    """Compare each voucher with its entries, and see that no account of one is below nothing."""
    for row in session.connection().execute(_WRONG):
        key, values = str(row[0]), list(row[1:])
        for place, (problem, _, _) in enumerate(_PAIRS):
            kept, counted = values[2 * place], values[2 * place + 1]
            if kept != counted:
                yield Finding(_V.name, key, problem, str(counted), str(kept))
        if row[-1]:
            yield Finding(_V.name, key, BELOW)


# --- value that went from one voucher to others --------------------------------------------------------------------

_FAMILY = func.coalesce(_V.c.origin_id, _V.c.id)


def _passing(state: str) -> Select[Any, int]:
    return (
        select(_FAMILY, _net(state))
        .join_from(_E, _V, _V.c.id == _E.c.voucher_id)
        .group_by(_FAMILY)
        .having(_net(state) != 0)
        .order_by(_FAMILY)
    )


def _families(session: Session) -> Iterator[Finding]:
    """What leaves a voucher by splitting or giving arrives in others of its family: these accounts come to nothing."""
    for state in ("split", "transferred"):
        for key, found in session.connection().execute(_passing(state)):
            yield Finding(_V.name, str(key), LOST, "0", str(found))


# --- budgets and batches -------------------------------------------------------------------------------------------

_FROM_BUDGET = (
    select(_V.c.budget_id, (-_net("issued") - _net("void")).label("used"))
    .join_from(_E, _V, _V.c.id == _E.c.voucher_id)
    .where(_V.c.budget_id.is_not(None))
    .group_by(_V.c.budget_id)
    .subquery()
)
_USED = func.coalesce(_FROM_BUDGET.c.used, 0)
_BUDGETS = (
    select(_G.c.id, _G.c.used, _USED)
    .join_from(_G, _FROM_BUDGET, _FROM_BUDGET.c.budget_id == _G.c.id, isouter=True)
    .where(_G.c.used != _USED)
)
_OF_BATCH = (
    select(_V.c.batch_id, func.count().label("vouchers"))
    .where(_V.c.batch_id.is_not(None), _V.c.origin_id.is_(None))
    .group_by(_V.c.batch_id)
    .subquery()
)
_THERE = func.coalesce(_OF_BATCH.c.vouchers, 0)
_BATCHES = (
    select(_B.c.id, _B.c.issued, _THERE)
    .join_from(_B, _OF_BATCH, _OF_BATCH.c.batch_id == _B.c.id, isouter=True)
    .where(_B.c.issued != _THERE)
)


def _budgets(session: Session) -> Iterator[Finding]:
    for key, kept, counted in session.connection().execute(_BUDGETS):
        yield Finding(_G.name, str(key), BUDGET, str(counted), str(kept))


def _batches(session: Session) -> Iterator[Finding]:
    for key, kept, counted in session.connection().execute(_BATCHES):
        yield Finding(_B.name, str(key), BATCH, str(counted), str(kept))


# --- trial balance -------------------------------------------------------------------------------------------------


class Standing(NamedTuple):
    """What stands in one account of one store, in fen."""

    store_id: int
    state: str
    amount: int


def trial_balance(session: Session) -> Sequence[Standing]:
    """Return what stands in each account of each store in sight; over all accounts it comes to nothing."""
    wanted = select(Entry.store_id, *(_net(state) for state in STATES)).group_by(Entry.store_id)
    rows = session.execute(wanted.order_by(Entry.store_id)).all()
    return [Standing(row[0], state, int(amount)) for row in rows for state, amount in zip(STATES, row[1:], strict=True)]
