"""Points come in: what purchases, visits and friends give, at once or once goods can no longer come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.points import domain
from addons.points.services.posting import Held, Movement, credit, insert_lots
from addons.points.services.settling import settle
from core import settings
from core.db.scope import require_store
from core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Earning:
    """Points of one receipt, visit or reward; `purchase_points` of a purchase are the part that can become vouchers.

    `pending_days`: how long they wait after `day`; those of a purchase as headquarters decided where it is not said.
    `rule` gave them; where several did, `shares` says how many of the bonus each.
    `digest`: the rule book that gave them; `event`: what for. A rule of a version gives once for each.
    `ref`: what a return refers to that gives points of a receipt anew.
    """

    member_id: int
    store_id: int
    receipt_id: int | None
    points: int
    purchase_points: int
    day: date
    now: datetime
    rule: str = ""
    source: str = "purchase"
    pending_days: int | None = None
    ref: str = ""
    digest: str = ""
    shares: tuple[tuple[str, int], ...] = ()
    event: tuple[str, int] | None = None


def earn_many(session: Session, earnings: Sequence[Earning]) -> dict[int, int]:
    """Credit points as lots with their entries; return what each member named can spend.

    Points that wait are pending until `release_pending` finds their day over. A debt is paid first. Refuses with
    OutOfScope for a store that may not be written, Invalid for points that cannot be, MonthIsClosed.
    """
    held, _ = earn_lots(session, earnings)
    return {member_id: account.balance for member_id, account in held.items()}


def earn_lots(session: Session, earnings: Sequence[Earning]) -> tuple[dict[int, Held], list[int]]:
    """Credit points; return what the accounts have then, and the lots in the order of the earnings."""
    if not earnings:
        return {}, []
    for store_id in {earning.store_id for earning in earnings}:
        require_store(store_id, write=True)
    months = settings.value(session, "points.expiry_months")
    waits = settings.value(session, "points.purchase_pending_days")
    lots = [(row, earning) for earning in earnings for row in _lots(earning, months, waits)]
    ids = insert_lots(session, [row for row, _ in lots])
    movements = [_issued(row, lot_id, earning) for (row, earning), lot_id in zip(lots, ids, strict=True)]
    held = credit(session, movements, {earning.member_id for earning in earnings})
    return held | _pay_debts(session, movements, held), ids


def _pay_debts(session: Session, movements: Sequence[Movement], held: Mapping[int, Held]) -> dict[int, Held]:
    """Let the new points of those who owed pay first; return their accounts."""
    earned: dict[int, int] = {}
    for m in movements:
        earned[m.member_id] = earned.get(m.member_id, 0) + m.change
    owing = {m: held[m] for m, points in earned.items() if points and held[m].balance < points}
    return settle(session, owing, {m.member_id: m for m in movements}) if owing else {}


def _lots(earning: Earning, months: int, purchases_wait: int) -> Iterator[dict[str, Any]]:
    waits = purchases_wait if earning.source == "purchase" else 0
    waits = waits if earning.pending_days is None else earning.pending_days
    event, event_id = earning.event or (None, None)
    for source, points, rule in _parts(earning):
        by_rule = rule != "" and event is not None
        yield new_lot(
            member_id=earning.member_id,
            store_id=earning.store_id,
            source=source,
            earned_on=earning.day,
            due_on=earning.day + timedelta(days=waits) if waits else None,
            expires_on=domain.expiry(earning.day, months),
            points=points,
            pending=points if waits else 0,
            remaining=0 if waits else points,
            receipt_id=earning.receipt_id,
            rule=rule,
            digest=earning.digest,
            event=event if by_rule else None,
            event_id=event_id if by_rule else None,
        )


_EMPTY = {"due_on": None, "expires_on": None, "receipt_id": None, "origin_id": None, "rule": "", "digest": ""}
_EMPTY |= {"event": None, "event_id": None}
_NOTHING = {"pending": 0, "remaining": 0, "reserved": 0, "reversed": 0}


def new_lot(**columns: Any) -> dict[str, Any]:
    """Return the row of a lot: empty unless it is said what is in it."""
    return _EMPTY | _NOTHING | columns


def _parts(earning: Earning) -> list[domain.Part]:
    try:
        return domain.parts(earning.source, earning.points, earning.purchase_points, earning.rule, earning.shares)
    except ValueError as problem:
        raise Invalid(field="points", problem=str(problem)) from problem


def _issued(lot: Mapping[str, Any], lot_id: int, earning: Earning) -> Movement:
    return Movement(
        lot["member_id"],
        lot["store_id"],
        lot_id,
        lot["source"],
        "issued",
        "pending" if lot["pending"] else "available",
        lot["points"],
        lot["earned_on"],
        earning.now,
        lot["receipt_id"],
        lot["rule"],
        ref=earning.ref,
    )
