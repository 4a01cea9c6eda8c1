"""What a return or an exchange would bring, seen by doing it and undoing it: the cashier is told exactly what comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.sales.domain.prepared import Prepared
from addons.sales.domain.request import SaleRequest
from addons.sales.domain.returning import Returning, ReturnRequest, Unreceipted
from addons.sales.services.preparing import prepare
from addons.sales.services.restoring import uncredits
from addons.sales.services.returning import approval_needed, preview, return_goods
from addons.sales.services.unreceipted import give_voucher_for
from addons.tiers import queries as tiers_read
from addons.tiers.queries import Shortfall
from core.db.posting import rehearse
from core.db.scope import require_store
from core.policy.live import live_program

_KEY = "rehearsal"
_SOMEBODY = "?"  # who would approve; a rehearsal shows what has to be approved


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A return as it would be: what is decided, the answer, why a second person is needed, and what the tier lacks."""

    returning: Returning
    answer: Mapping[str, Any]
    approval: str | None
    shortfall: Shortfall | None = None


def rehearse_return(request: ReturnRequest, *, now: datetime) -> Rehearsed:
    """Return what a return would come to; nothing is kept.

    Refuses like `take_back`, but for the approval that is not there yet.
    """
    require_store(request.store_id, write=True)
    seen: list[Rehearsed] = []

    def command(session: Session) -> dict[str, Any]:
        returning = preview(session, request, now)
        approval = approval_needed(session, returning)
        lacks = _shortfall(session, returning, now)
        asked = replace(request, approved_by=request.approved_by or _SOMEBODY)
        answer = return_goods(session, asked, _KEY, now)
        seen.append(Rehearsed(returning, answer, approval, lacks))
        return answer

    rehearse(command)
    return seen[-1]


def _shortfall(session: Session, returning: Returning, now: datetime) -> Shortfall | None:
    """Return what is missing of the tier once the credit is gone; None where it stands."""
    member_id = returning.holder_id
    if member_id is None or not returning.earned or not returning.credit:
        return None
    return tiers_read.shortfall(
        session,
        member_id,
        returns=list(uncredits(returning, member_id)),
        day=returning.day,
        now=now,
        program=live_program(session, returning.place.brand_code, now).program,
    )


def price_in_exchange(request: ReturnRequest, basket: SaleRequest, *, now: datetime) -> Prepared:
    """Return a basket as it will be priced once the goods came back; refuses like `take_back` and `quote`."""
    require_store(request.store_id, write=True)
    sales: list[Prepared] = []

    def command(session: Session) -> dict[str, Any]:
        answer = return_goods(session, request, _KEY, now, exchanged=True)
        sales.extend(prepare(session, [basket], now))
        return answer

    rehearse(command)
    return sales[-1]


def require_takeable(request: ReturnRequest, *, now: datetime) -> None:
    """Do nothing for a return that could be posted as it is; refuses like `take_back`, the approval included."""
    require_store(request.store_id, write=True)
    rehearse(lambda session: return_goods(session, request, _KEY, now, exchanged=True))


def rehearse_unreceipted(request: Unreceipted, *, now: datetime) -> Mapping[str, Any]:
    """Return what goods without a receipt would bring; refuses like `take_back_unreceipted`."""
    require_store(request.store_id, write=True)
    asked = replace(request, approved_by=request.approved_by or _SOMEBODY)
    return rehearse(lambda session: give_voucher_for(session, asked, _KEY, now))
