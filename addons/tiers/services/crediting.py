"""The ledger of tier credit: what was paid, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from addons.tiers import models, queries
from addons.tiers.domain import Uncredit
from addons.tiers.queries import Held
from core.db.scope import require_store
from core.ledger.entry import write_entries

_C = models.Credit.__table__


@dataclass(frozen=True, slots=True)
class Credit:
    """Money paid (fen) that counts towards the next tier; `points` of the same receipt for climbing by points (C01)."""

    member_id: int
    store_id: int
    receipt_id: int
    day: date
    amount: int
    now: datetime
    points: int = 0


class Uncredited(NamedTuple):
    """What was really taken back, in fen and points, and from whom: after a merge not from who bought."""

    receipt_id: int
    member_id: int
    amount: int
    points: int


def credit_many(session: Session, paid: Sequence[Credit]) -> None:
    """Write what was paid; nothing ever takes it away but a return's own negative credit (C02).

    Refuses with OutOfScope for a store that may not be written.
    """
    for store_id in {credit.store_id for credit in paid}:
        require_store(store_id, write=True)
    write_entries(session, _C, [_sale(credit) for credit in paid if credit.amount or credit.points])


def _sale(credit: Credit) -> dict[str, Any]:
    return {
        "member_id": credit.member_id,
        "store_id": credit.store_id,
        "receipt_id": credit.receipt_id,
        "number": 1,
        "kind": "purchase",
        "day": credit.day,
        "sold_at": credit.now,
        "amount": credit.amount,
        "points": credit.points,
        "amount_left": credit.amount,
        "points_left": credit.points,
        "at": credit.now,
    }


def uncredit(session: Session, *, returns: Sequence[Uncredit], now: datetime) -> list[Uncredited]:
    """Take back the credit of receipts whose goods came back, with the day of their sale; return what was taken.

    A receipt counts between nothing and what its sale gave: no more is taken than is left, and negative figures give
    back no more than was taken. Money and points go each their own way: what is kept may earn another multiplier.
    After a merge it is taken from the member who holds it now.
    Refuses with OutOfScope for a store that may not be written.
    """
    for each in returns:
        require_store(each.store_id, write=True)
    held = _locked(session, sorted({each.receipt_id for each in returns}))
    rows: list[dict[str, Any]] = []
    taken: list[Uncredited] = []
    for each in returns:
        credit = held.get(each.receipt_id)
        amount, points = (0, 0) if credit is None else credit.taking(each.amount, each.points)
        if credit is None or not (amount or points):
            continue
        credit = held[each.receipt_id] = credit.less(amount, points)
        rows.append(_taken(credit, each, amount, points, now))
        taken.append(Uncredited(each.receipt_id, credit.member_id, amount, points))
    write_entries(session, _C, rows)
    return taken


def _locked(session: Session, receipt_ids: Sequence[int]) -> dict[int, Held]:
    """Return the credit of receipts once nobody else can take it: whoever holds it is locked, also during a merge."""
    held = queries.held(session, receipt_ids)
    while held:
        holders = {credit.member_id for credit in held.values()}
        queries.lock_members(session, holders)
        held = queries.held(session, receipt_ids)
        if {credit.member_id for credit in held.values()} == holders:
            break
    return held


def _taken(credit: Held, asked: Uncredit, amount: int, points: int, now: datetime) -> dict[str, Any]:
    gives_back = amount < 0 or points < 0
    return {
        "member_id": credit.member_id,
        "store_id": asked.store_id,
        "receipt_id": credit.receipt_id,
        "number": credit.number,
        "kind": "correction" if gives_back else asked.kind,
        "day": credit.day,
        "sold_at": credit.sold_at,
        "amount": -amount,
        "points": -points,
        "amount_left": credit.amount_left,
        "points_left": credit.points_left,
        "at": now,
    }
