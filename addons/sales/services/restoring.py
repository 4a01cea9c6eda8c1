"""What members get back or give back with a return: points, tier credit, vouchers, rewards that are no longer due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.points import services as points
from addons.sales.domain.returning import Returning
from addons.tiers import services as tiers
from addons.vouchers import services as vouchers
from core import settings
from core.policy.live import live_program


def give_back(session: Session, returning: Returning, now: datetime) -> dict[str, Any]:
    """Let points, credit, vouchers and tier follow a return; returns what the customer is told of it."""
    told = {
        **_vouchers(session, returning, now),
        **_points(session, returning, now),
        **_tier(session, returning, now),
    }
    undone = told.pop("vouchers_undone", ())
    if undone:
        told.setdefault("vouchers_withdrawn", []).extend(undone)
    return told


def _vouchers(session: Session, returning: Returning, now: datetime) -> dict[str, Any]:
    sold, place = returning.sold, returning.place
    told: dict[str, Any] = {}
    if returning.vouchers:
        restored = vouchers.restore(
            session, receipt_id=sold.id, parts=returning.vouchers, store_id=place.id, day=returning.day, now=now
        )
        told["vouchers_restored"] = [[each.code, each.amount, each.valid_until.isoformat()] for each in restored]
    for rule, count in sorted(returning.vouchers_lost().items()):
        gone = vouchers.withdraw(session, receipt_id=sold.id, rule=rule, count=count, store_id=place.id, now=now)
        told.setdefault("vouchers_withdrawn", []).extend(gone.withdrawn)
        told.setdefault("vouchers_used", []).extend(gone.used)
    return told


def _points(session: Session, returning: Returning, now: datetime) -> dict[str, Any]:
    member_id = returning.holder_id
    if member_id is None or not returning.earned:
        return {}
    told: dict[str, Any] = {}
    if returning.purchase_points > 0:
        undone = _undo_exchanges(session, returning, member_id, now)
        told |= {"vouchers_undone": undone} if undone else {}
    earning, reversal = _earning(returning, member_id, now), _reversal(returning, member_id)
    if earning.points:  # the customer paid for a lost threshold, or another multiplier holds for what is kept
        told["balance"] = points.earn_many(session, [earning])[member_id]
    if reversal.points:
        taken = points.reverse(session, reversals=[reversal], now=now)[member_id]
        told |= {"balance": taken.balance, "points_debt": taken.debt, "points_queued": taken.queued}
    if returning.cash:
        first_net = returning.after.credit
        points.shrink_referral(
            session, receipt_id=returning.sold.id, first_net=first_net, now=now, program=returning.live.program
        )
    return told


def _undo_exchanges(session: Session, returning: Returning, member_id: int, now: datetime) -> list[str]:
    """Let vouchers go that its points became, as far as nobody used them: the receipt was never bought."""
    return points.undo_exchanges(
        session,
        member_id=member_id,
        receipt_id=returning.sold.id,
        points=returning.purchase_points,
        store_id=returning.place.id,
        day=returning.day,
        now=now,
    )


def _reversal(returning: Returning, member_id: int) -> points.Reversal:
    """Return what is taken back of purchase points and of bonus; what is given is no part of it."""
    base, bonus = max(returning.purchase_points, 0), max(returning.bonus_points, 0)
    return points.Reversal(
        member_id,
        returning.place.id,
        returning.sold.id,
        base + bonus,
        base,
        returning.day,
        ref=returning.sold.number,
    )


def _earning(returning: Returning, member_id: int, now: datetime) -> points.Earning:
    """Return what is given of purchase points and of bonus; what is taken back is no part of it."""
    base, bonus = max(-returning.purchase_points, 0), max(-returning.bonus_points, 0)
    return points.Earning(
        member_id,
        returning.place.id,
        returning.sold.id,
        base + bonus,
        base,
        returning.day,
        now,
        ref=returning.sold.number,
    )


def _tier(session: Session, returning: Returning, now: datetime) -> dict[str, Any]:
    member_id = returning.holder_id
    if member_id is None or not returning.earned or not returning.credit:
        return {}
    sold = returning.sold
    tiers.uncredit(session, returns=list(uncredits(returning, member_id)), now=now)
    changed = tiers.reassess(
        session,
        member_id=member_id,
        store_id=returning.place.id,
        day=returning.day,
        now=now,
        program=live_program(session, returning.place.brand_code, now).program,
        keep=settings.value(session, "tiers.on_return") == "keep",
    )
    if changed is None:
        return {}
    return {"tier": {"before": changed.tier_before, "after": changed.tier_after, "receipt": sold.number}}


def uncredits(returning: Returning, member_id: int) -> Iterator[tiers.Uncredit]:
    """Yield what the receipt counts less for the tier."""
    sold = returning.sold
    yield tiers.Uncredit(member_id, returning.place.id, sold.id, sold.day, returning.credit, returning.points)
