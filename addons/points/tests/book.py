"""The ledger under test: short ways to move points, and whether all of it adds up."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.points import queries, services
from addons.points.domain import OWN
from addons.points.models import Account, Entry, Lot, Review
from addons.points.services import Earning, Reversal, Reversed
from addons.vouchers.tests.shop import NOON, Shop, at

TODAY = date(2026, 5, 4)


def earned(
    shop: Shop, member: int, points: int, *, of_purchase: int | None = None, day: date = TODAY, **more: Any
) -> Earning:
    base = points if of_purchase is None else of_purchase
    facts: dict[str, Any] = {"receipt_id": 7, "rule": "rule", "store_id": shop.store_id} | more
    return Earning(member_id=member, points=points, purchase_points=base, day=day, now=at(day), **facts)


def earn(shop: Shop, member: int, points: int, **more: Any) -> int:
    return services.earn_many(shop.session, [earned(shop, member, points, **more)])[member]


def spend(shop: Shop, member: int, points: int, **more: Any) -> list[services.Written]:
    facts: dict[str, Any] = {"store_id": shop.store_id, "reason": "gift", "ref": "r", "now": NOON} | more
    return services.spend(shop.session, member_id=member, points=points, **facts)


def reverse(
    shop: Shop, member: int, points: int, *, receipt: int = 7, of_purchase: int | None = None, day: date = TODAY
) -> Reversed:
    base = points if of_purchase is None else of_purchase
    reversal = Reversal(member, shop.store_id, receipt, points, base, day)
    return services.reverse(shop.session, reversals=[reversal], now=at(day))[member]


def states(session: Session) -> dict[str, int]:
    """What is in each account of the whole ledger."""
    sums: dict[str, int] = defaultdict(int)
    for entry in session.scalars(select(Entry)):
        sums[entry.from_state] -= entry.points
        sums[entry.to_state] += entry.points
    return {state: points for state, points in sorted(sums.items()) if points}


def assert_sound(session: Session) -> None:
    """Balances are sums of entries and of lots, numbers run without gap, and nothing comes out of nothing."""
    assert list(queries.audit(session)) == []
    session.expire_all()
    entries = session.scalars(select(Entry).order_by(Entry.member_id, Entry.number)).all()
    for account in session.scalars(select(Account)):
        _assert_account(session, account, [e for e in entries if e.member_id == account.member_id])
    for lot in session.scalars(select(Lot)):
        _assert_lot(session, lot, [e for e in entries if e.lot_id == lot.id])
    sums = states(session)
    assert sum(sums.values()) == 0
    assert (sums.get("settled", 0), sums.get("transferred", 0)) == (0, 0)
    waiting = [r.points for r in session.scalars(select(Review).where(Review.state.in_(("waiting", "asked"))))]
    assert -sums.get("queued", 0) == sum(waiting)


def _in(entries: list[Entry], state: str) -> int:
    return sum(e.points * ((e.to_state == state) - (e.from_state == state)) for e in entries)


def _assert_account(session: Session, account: Account, entries: list[Entry]) -> None:
    running = 0
    for number, entry in enumerate(entries, 1):
        running += entry.change
        assert (entry.number, entry.balance_after) == (number, running)
    held = {"pending": account.pending, "available": account.balance, "reserved": account.reserved}
    assert held == {state: _in(entries, state) for state in OWN}
    assert account.entries == len(entries)
    lots = session.scalars(select(Lot).filter_by(member_id=account.member_id)).all()
    assert account.balance == sum(lot.remaining for lot in lots)
    assert account.pending == sum(lot.pending for lot in lots)
    assert account.reserved == sum(lot.reserved for lot in lots)
    # Nobody has points to spend beside a debt.
    assert not ({lot.remaining > 0 for lot in lots if lot.remaining} >= {True, False})


def _assert_lot(session: Session, lot: Lot, entries: list[Entry]) -> None:
    assert {e.member_id for e in entries} <= {lot.member_id} or lot.origin_id is None
    assert (lot.pending, lot.remaining, lot.reserved) == tuple(_in(entries, state) for state in OWN)
    came = [e for e in entries if e.from_state in ("issued", "adjusted", "transferred") and lot.points > 0]
    assert lot.points < 0 or lot.points == sum(e.points for e in came)
    if lot.origin_id is None and lot.points > 0:
        family = [lot.id, *session.scalars(select(Lot.id).filter_by(origin_id=lot.id))]
        taken = session.scalars(select(Entry).where(Entry.lot_id.in_(family), Entry.to_state == "reversed"))
        assert lot.reversed == sum(e.points for e in taken)
