"""The reward for bringing a friend (C16): promised, given when it is due, and less where goods come back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from addons.membership.queries import survivor, till_members
from addons.points import queries
from addons.points.models import Referral
from addons.points.services.earning import Earning, earn_lots
from addons.points.services.exchanging import number
from addons.points.services.occasions import about, codes_of, found_member
from addons.points.services.posting import lock
from addons.points.services.reversing import Claim, take_back
from addons.stores.queries import place as place_of
from core import settings
from core.db.scope import require_store, system_scope
from core.db.statement import Statement, write_rows
from core.periods import local
from rules.decide import Program
from rules.event import Event
from rules.vocabulary import Value

_R = Referral.__table__
_REWARDS = ("points.earn", "points.earn_share")
_FREE = (None, "cancelled")  # states in which bringing a friend may be promised


def refer(
    session: Session,
    *,
    friend_id: int,
    referrer_id: int,
    store_id: int,
    receipt_id: int | None,
    first_net: int,
    now: datetime,
    program: Program,
    day: date | None = None,
) -> int:
    """Promise the referrer points for a friend's first receipt (net, fen), pending until goods can no longer come back.

    `day`: of the entries, where it is not that of the receipt. Once a friend; returns the points, 0 where the rules
    give none (self, staff, chains) or the friend was counted before. A promise that came to nothing with its receipt
    is no longer in the way: whoever calls knows that nothing she bought before was kept. Refuses with OutOfScope,
    NotFound, MonthIsClosed.
    """
    require_store(store_id, write=True)
    if friend_id == referrer_id or queries.referral_of(session, friend_id) not in _FREE:
        return 0
    lock(session, [referrer_id])
    referrer_id = survivor(session, referrer_id)  # her file may have become a part of another one before
    if friend_id == referrer_id or not till_members(session, [referrer_id]):  # erased: nobody is there to be thanked
        return 0
    facts = _about_both(session, friend_id, referrer_id)
    points, rule = _reward(session, store_id, now, facts | {"referral.first_net": first_net}, program)
    if not points:
        return 0
    days: int = settings.value(session, "points.return_period_days")
    day = day or local(now, ZoneInfo(place_of(session, store_id).timezone)).date()
    reward = Earning(referrer_id, store_id, receipt_id, points, 0, day, now, rule, "referral", days)
    promise(session, reward, friend_id, first_net, facts)
    return points


def _reward(
    session: Session, store_id: int, now: datetime, facts: dict[str, Value], program: Program
) -> tuple[int, str]:
    """Return the points the rules give, and the rule; those of the rule that gives most."""
    place = place_of(session, store_id)
    at = local(now, ZoneInfo(place.timezone))
    effects = program.decide(Event("referral", at, codes_of(place), facts)).effects
    gifts = [(number(effect, "points"), effect.rule) for effect in effects if effect.effect in _REWARDS]
    return max(gifts, default=(0, ""))


def _about_both(session: Session, friend_id: int, referrer_id: int) -> dict[str, Value]:
    friend, referrer = found_member(session, friend_id), found_member(session, referrer_id)
    chain = queries.referral_of(session, referrer_id) == "pending" or referrer.referrer_id == friend_id
    return about(referrer) | {
        "referral.self": friend_id == referrer_id,
        "referral.staff": referrer.is_staff or friend.is_staff,
        "referral.chain": chain,
    }


def promise(
    session: Session, earning: Earning, friend_id: int, first_net: int, facts: dict[str, Value] | None = None
) -> None:
    """Credit a reward and keep whom it is for, in place of one that was cancelled."""
    _, [lot_id] = earn_lots(session, [earning])
    lot = queries.lots_by_id(session, [lot_id])[lot_id]
    row = {
        "friend_id": friend_id,
        "referrer_id": earning.member_id,
        "store_id": earning.store_id,
        "receipt_id": earning.receipt_id,
        "lot_id": lot_id,
        "first_net": first_net,
        "points": earning.points,
        "rule": earning.rule,
        "state": "pending" if lot.pending else "released",
        "due_on": lot.due_on or earning.day,
        "facts": facts,
        "at": earning.now,
        "released_at": None if lot.pending else earning.now,
    }
    with system_scope("a promise that came to nothing, in whichever store"):
        again = session.connection().execute(_AGAIN.values(row), {"b_friend": friend_id}).rowcount
    if not again:
        write_rows(session, _R, [row])


_AGAIN = update(_R).where(_R.c.friend_id == bindparam("b_friend"), _R.c.state == "cancelled")
_OF_RECEIPT = select(_R).where(_R.c.receipt_id == bindparam("b_receipt"), _R.c.state.in_(("pending", "released")))
_SHRINK = Statement(
    update(_R)
    .where(_R.c.id == bindparam("b_id"))
    .values(points=bindparam("b_points"), first_net=bindparam("b_net"), state=bindparam("b_state"))
)


def shrink_referral(session: Session, *, receipt_id: int, first_net: int, now: datetime, program: Program) -> int:
    """Let the reward for a friend follow what is left of the first receipt (net, fen); return the points taken back.

    The rules decide anew, with what they were told then. A reward that still waits shrinks, a given one is taken back
    as `reverse` does; none ever grows. Refuses with MonthIsClosed.
    """
    with system_scope("a reward follows its receipt, wherever the goods come back"):
        return _shrink(session, receipt_id, first_net, now, program)


def _shrink(session: Session, receipt_id: int, first_net: int, now: datetime, program: Program) -> int:
    found = session.connection().execute(_OF_RECEIPT, {"b_receipt": receipt_id}).one_or_none()
    if found is None:
        return 0
    facts = found.facts or _about_both(session, found.friend_id, found.referrer_id) | {"referral.chain": False}
    worth, _ = _reward(session, found.store_id, found.at, facts | {"referral.first_net": first_net}, program)
    taken: int = max(0, found.points - worth)
    if taken:
        _take(session, found, taken, now)
    left = found.points - taken
    state = found.state if left else "cancelled"
    _SHRINK.run(session, b_id=found.id, b_points=left, b_net=min(first_net, found.first_net), b_state=state)
    return taken


def _take(session: Session, referral: Any, points: int, now: datetime) -> None:
    member_id = survivor(session, referral.referrer_id)
    held = lock(session, [member_id])
    lot = queries.lots_by_id(session, [referral.lot_id])[referral.lot_id]
    day = local(now, ZoneInfo(place_of(session, referral.store_id).timezone)).date()
    lots = [lot, *queries.moved_from(session, [lot.id])]
    own = [each for each in lots if each.origin_id is None or each.member_id == member_id]
    claim = Claim(
        member_id,
        referral.store_id,
        referral.receipt_id,
        points,
        own,
        day,
        now,
        referral.rule,
        f"referral:{referral.id}",
    )
    take_back(session, [claim], held)
