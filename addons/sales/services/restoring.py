"""What members get back or give back with a return: points, tier credit, vouchers, rewards that are no longer due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.points import services as points
from addons.sales import queries
from addons.sales.domain.returning import Returning, set_off
from addons.tiers import services as tiers
from addons.vouchers import services as vouchers
from core import settings
from core.policy.live import live_program


def give_back(
    session: Session, returning: Returning, return_id: int, vouchers_told: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Let points, credit and tier follow a return as its vouchers did; returns what the customer is told of it all."""
    told = {
        **vouchers_told,
        **_points(session, returning, return_id, now),
        **_tier(session, returning, now),
    }
    undone = told.pop("vouchers_undone", ())
    if undone:
        told.setdefault("vouchers_withdrawn", []).extend(undone)
    return told


def follow_vouchers(session: Session, returning: Returning, now: datetime) -> dict[str, Any]:
    """Give value back to vouchers and withdraw those that are no longer due; returns what the customer is told.

    What is kept back of the money for those that were used stands in `returning.set_off` from now on.
    """
    sold, place = returning.sold, returning.place
    told: dict[str, Any] = {}
    used: list[vouchers.Spent] = []
    if returning.vouchers:
        restored = vouchers.restore(
            session, receipt_id=sold.id, parts=returning.vouchers, store_id=place.id, day=returning.day, now=now
        )
        told |= _restored(restored)
    ended = vouchers.spent_of_ended(session, dict.fromkeys((key for key, _ in returning.vouchers), 0))
    for rule, count in sorted(returning.vouchers_lost().items()):
        gone = vouchers.withdraw(session, receipt_id=sold.id, rule=rule, count=count, store_id=place.id, now=now)
        told.setdefault("vouchers_withdrawn", []).extend(gone.withdrawn)
        told.setdefault("vouchers_used", []).extend(each.code for each in gone.used)
        used += gone.used
    _set_off(session, returning, used, ended)
    return told | ({"vouchers_missing": returning.missing} if returning.missing else {})


def foresee_vouchers(session: Session, returning: Returning) -> None:
    """Set in `returning.set_off` what `follow_vouchers` would keep back, without changing anything."""
    lost = sorted(returning.vouchers_lost().items())
    used = [
        each
        for rule, count in lost
        for each in vouchers.spent_of_lost(session, receipt_id=returning.sold.id, rule=rule, count=count)
    ]
    _set_off(session, returning, used, vouchers.spent_of_ended(session, dict(returning.vouchers)))


def _set_off(session: Session, returning: Returning, used: Iterable[vouchers.Spent], ended: Mapping[int, int]) -> None:
    returning.set_off = set_off(
        returning.cash,
        forgone=returning.forgone,
        used=[(each.voucher_id, each.amount) for each in used],
        ended=ended,
        deducted=queries.deducted_for(session, ended),
    )


def _restored(restored: Iterable[vouchers.Restored]) -> dict[str, Any]:
    """Return which vouchers are worth something again, and of which what came back is void."""
    good = [[each.code, each.amount, each.valid_until.isoformat()] for each in restored if not each.ended]
    void = [[each.code, each.amount] for each in restored if each.ended]
    return ({"vouchers_restored": good} if good else {}) | ({"vouchers_void": void} if void else {})


def _points(session: Session, returning: Returning, return_id: int, now: datetime) -> dict[str, Any]:
    member_id = returning.holder_id
    if member_id is None or not returning.earned:
        return {}
    told: dict[str, Any] = {}
    if returning.purchase_points > 0:
        undone = _undo_exchanges(session, returning, member_id, now)
        told |= {"vouchers_undone": undone} if undone else {}
    earning, reversal = _earning(returning, return_id, member_id, now), _reversal(returning, member_id)
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


def _earning(returning: Returning, return_id: int, member_id: int, now: datetime) -> points.Earning:
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
        digest=returning.live.digest,
        shares=tuple(returning.bonus_given()),
        event=("return", return_id),
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
    yield tiers.Uncredit(member_id, returning.place.id, sold.id, sold.day, returning.credit, returning.tier_points)
