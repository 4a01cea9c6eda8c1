"""What did not fit about sales made offline is looked at by a person: resolved with a reason, or posted after all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.pos.domain.offline import brought_from
from addons.pos.models import Conflict, OfflineSale, Pack
from addons.pos.services.offline import post_or_hold
from addons.pos.services.refusals import AlreadyResolved, NotHeld
from core.db.posting import Operation, Posted, post
from core.db.scope import require_store
from core.errors import Invalid, NotFound

#: A sale with one of these waits for a person.
WAITING = ("clock", "not_posted")


def resolve_conflict(session: Session, *, conflict_id: int, reason: str, by: str, now: datetime) -> Conflict:
    """Note that somebody looked at a conflict, and why it is settled; a held sale is closed without a receipt.

    Refuses with NotFound, OutOfScope, AlreadyResolved, Invalid without a reason.
    """
    conflict = session.get(Conflict, conflict_id, with_for_update=True, populate_existing=True)
    if conflict is None:
        raise NotFound(what="conflict", which=str(conflict_id))
    require_store(conflict.store_id, write=True)
    if conflict.resolved_at is not None:
        raise AlreadyResolved(by=conflict.resolved_by)
    _resolve(conflict, _reason(reason), by, now)
    if conflict.kind in WAITING:
        sale = session.get_one(OfflineSale, conflict.sale_id, with_for_update=True, populate_existing=True)
        if sale.state == "held" and not _open_waiting(session, sale.id):
            sale.state = "closed"
    session.flush()
    return conflict


def post_held(*, sale_id: int, reason: str, by: str, now: datetime, key: str) -> Posted:
    """Write the receipt of a held sale after all, as of its moment of sale, at the latest of when it came in.

    What still does not fit becomes conflicts of their own; where the receipt is refused again the sale stays held
    with that refusal. Refuses with NotFound, OutOfScope, NotHeld, Invalid without a reason.
    """
    request = {"sale": sale_id, "reason": _reason(reason)}
    operation = Operation("pos.post_held", f"pos:held:{sale_id}:{key}", request)

    def command(session: Session) -> dict[str, Any]:
        sale = session.get(OfflineSale, sale_id, with_for_update=True, populate_existing=True)
        if sale is None:
            raise NotFound(what="sale", which=str(sale_id))
        require_store(sale.store_id, write=True)
        if sale.state != "held" or sale.body is None:
            raise NotHeld(sale=sale.key)
        brought = brought_from(sale.body)
        pack = None if sale.pack_id is None else session.get(Pack, sale.pack_id)
        for conflict in _open_waiting(session, sale.id):
            _resolve(conflict, _reason(reason), by, now)
        at = min(sale.sold_at, sale.received_at)
        return post_or_hold(session, sale, brought, pack, key=operation.key, at=at, now=now)

    return post(operation, command)


def _open_waiting(session: Session, sale_id: int) -> list[Conflict]:
    wanted = select(Conflict).where(
        Conflict.sale_id == sale_id, Conflict.resolved_at.is_(None), Conflict.kind.in_(WAITING)
    )
    return list(session.scalars(wanted))


def _resolve(conflict: Conflict, reason: str, by: str, now: datetime) -> None:
    conflict.resolved_at, conflict.resolved_by, conflict.reason = now, by, reason


def _reason(reason: str) -> str:
    if not reason.strip() or len(reason) > 200:
        raise Invalid(field="reason", problem="a reason of at most 200 letters is needed")
    return reason.strip()
