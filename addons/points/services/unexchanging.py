"""Goods came back whose points had become a voucher: nobody used it, so it goes and the points are there again.

Without this the member would owe points for a voucher she never used, and keep the voucher. One that was used stays
hers, and the points are a debt (`reversing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.membership.queries import survivor
from addons.points import queries
from addons.points.queries import Exchange, LotHeld
from addons.points.services.freeing import pay_debts
from addons.points.services.moving import moved_lot
from addons.points.services.pooling import given_back
from addons.points.services.posting import Movement, insert_lots, lock, lock_there, write
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from core.db.scope import require_store, system_scope


def undo_exchanges(
    session: Session, *, member_id: int, receipt_id: int, points: int, store_id: int, day: date, now: datetime
) -> list[str]:
    """Undo exchanges of a receipt's purchase points before `points` of these are taken back; return the voucher codes.

    The oldest go first, and only as many as purchase points are missing; vouchers of which anything was used stay.
    What of their price was drawn from the family goes back to whose points they were.
    Refuses with OutOfScope for a store that may not be written, MonthIsClosed.
    """
    require_store(store_id, write=True)
    owner = survivor(session, member_id)
    lots = [lot for lot in queries.receipt_lots(session, [receipt_id]) if lot.source == "purchase"]
    exchanges = _exchanges(session, lots) if points else []
    if not exchanges:
        return []
    vouchers_read.to_change(session, [each.voucher_id for each in exchanges])  # before the account, as a sale does
    givers = queries.givers_of(session, [lot_id for each in exchanges for lot_id, _ in each.lots])
    locks = lock if givers else lock_there
    held = locks(session, [owner, *(each.member_id for each in exchanges), *givers.values()])
    there = sum(remaining for _, remaining in queries.purchase_lots(session, owner, day))
    missing = points - there - sum(lot.pending for lot in lots)
    undone: list[Exchange] = []
    codes: list[str] = []
    for exchange in exchanges:
        if missing <= sum(points for each in undone for lot_id, points in each.lots if lot_id not in givers):
            break
        code = vouchers.withdraw_exchanged(
            session, voucher_id=exchange.voucher_id, receipt_id=receipt_id, store_id=store_id, now=now
        )
        if code is not None:
            undone.append(exchange)
            codes.append(code)
    back = list(_back(undone, store_id, day, now))
    movements = [*back, *given_back(session, back, givers)]
    movements += _onward(session, [m for m in back if m.lot_id not in givers], owner)
    write(session, movements, held)
    pay_debts(session, movements, held)
    return codes


def _exchanges(session: Session, lots: Sequence[LotHeld]) -> list[Exchange]:
    """Return the exchanges of these lots, of whichever file they were, the oldest first."""
    found: list[Exchange] = []
    for member_id in sorted({lot.member_id for lot in lots}):
        found += queries.exchanges_of(session, member_id, [lot.id for lot in lots if lot.member_id == member_id])
    return sorted(found, key=lambda each: each.voucher_id)


def _onward(session: Session, movements: Sequence[Movement], owner: int) -> list[Movement]:
    """Return the entries that let points of a merged file go on to the file it is a part of."""
    came = [m for m in movements if m.member_id != owner]
    lots = queries.lots_by_id(session, [m.lot_id for m in came]) if came else {}
    rows = [moved_lot(lots[m.lot_id], owner, m.points, lots[m.lot_id].receipt_id) for m in came]
    with system_scope("a lot stays the store's that gave its points"):
        ids = insert_lots(session, rows)
    onward: list[Movement] = []
    for m, lot_id in zip(came, ids, strict=True):
        there = m._replace(kind="merge", from_state="available", to_state="transferred")
        onward += [
            there,
            there._replace(member_id=owner, lot_id=lot_id, from_state="transferred", to_state="available"),
        ]
    return onward


def _back(undone: Sequence[Exchange], store_id: int, day: date, now: datetime) -> Iterator[Movement]:
    """Yield the entries that let points go back to the lots they were taken from."""
    for exchange in undone:
        for lot_id, points in exchange.lots:
            yield Movement(
                exchange.member_id,
                store_id,
                lot_id,
                "exchange",
                "redeemed",
                "available",
                points,
                day,
                now,
                exchange.receipt_id,
                exchange.rule,
                "return",
                exchange.ref,
            )
