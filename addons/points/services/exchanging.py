"""Points become vouchers (C17), by themselves or because the member asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.queries import FamilyLot
from addons.points.services.freeing import free_overdue
from addons.points.services.pooling import draw
from addons.points.services.posting import Movement, lock_there, write
from addons.points.services.refusals import NothingToExchange
from addons.points.services.taking import Hand, lock_family, taken
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from core import settings
from core.db.scope import require_store
from rules.trace import EffectFired


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whose purchase points of 12 months may be worth vouchers; `store_id` issues them."""

    member_id: int
    brand_id: int
    store_id: int
    purchase_12m: int
    day: date
    now: datetime
    receipt_id: int | None = None  # the receipt that made them worth vouchers


class Exchanged(NamedTuple):
    """Vouchers a member got for points; of `not_given` more of `value` fen the budget had no room: the points stay."""

    member_id: int
    points: int
    codes: list[str]
    rule: str
    not_given: int = 0
    value: int = 0
    points_kept: int = 0


#: Decides what a candidate gets: the effects of the rules that fired.
Decide = Callable[[Candidate], Iterable[EffectFired]]


def exchange_many(
    session: Session, candidates: Sequence[Candidate], decide: Decide, *, requested: bool = False
) -> list[Exchanged]:
    """Give vouchers for purchase points as the rules decide: oldest points first, the remainder stays.

    For who asks, the points of her family count too where hers do not reach. Where the budget of a rule has no room for
    a voucher it is not given, its points stay, and that is said. Nothing happens by itself while the setting
    points.exchange_mode is on_request. Refuses with OutOfScope.
    """
    if not requested and settings.value(session, "points.exchange_mode") == "on_request":
        return []
    return [
        exchanged
        for candidate in candidates
        for effect in decide(candidate)
        if effect.effect == "points.exchange" and (exchanged := _exchange(session, candidate, effect, pooled=requested))
    ]


def exchange_on_request(session: Session, candidate: Candidate, decide: Decide) -> list[Exchanged]:
    """Give vouchers for purchase points because the member asks for them.

    Refuses with OutOfScope, NothingToExchange where the points make no voucher, VoucherBudgetUsedUp where there is no
    room for any.
    """
    done = exchange_many(session, [candidate], decide, requested=True)
    if not done:
        raise NothingToExchange(points=candidate.purchase_12m)
    if not any(each.codes for each in done):
        vouchers.require_of_rule(session, candidate.brand_id, done[0].rule, done[0].value)
    return done


def _exchange(session: Session, candidate: Candidate, effect: EffectFired, *, pooled: bool) -> Exchanged | None:
    """Exchange what the lots really hold now that the accounts are locked, at most what was decided."""
    require_store(candidate.store_id, write=True)
    price, times = number(effect, "points"), number(effect, "times")
    member_id, now = candidate.member_id, candidate.now
    hand = lock_family(session, member_id) if pooled else Hand(lock_there(session, [member_id]))
    hand = hand._replace(held=free_overdue(session, hand.held, now, [member_id, *hand.others]))
    own, family = _there(session, candidate, hand)
    times = min(times, (own.points + sum(lot.remaining for lot in family)) // price)
    if times < 1:
        return None
    issue = _issue(candidate, effect)
    codes = [code for code in vouchers.issue_within_budgets(session, [issue] * times) if code is not None]
    if codes:
        movement = _price(candidate, effect.rule, price)
        drawn = draw(session, movement, family, price * len(codes) - own.points)
        paid = _paid(session, movement, codes, [*own.lots, *drawn.lots])
        write(session, [*drawn.movements, *paid], hand.held)
    missed = times - len(codes)
    return Exchanged(member_id, price * len(codes), codes, effect.rule, missed, issue.value, price * missed)


class _Own(NamedTuple):
    """Purchase points of the member that can become vouchers, and the lots, (lot, what remains), in which they are."""

    points: int
    lots: list[tuple[int, int]]


def _there(session: Session, candidate: Candidate, hand: Hand) -> tuple[_Own, list[FamilyLot]]:
    """Return what may become vouchers of the member's own points, and of those of her family."""
    lots = queries.purchase_lots(session, candidate.member_id, candidate.day)
    balance = hand.held[candidate.member_id].balance
    own = _Own(max(0, min(balance, sum(remaining for _, remaining in lots))), lots)
    if not hand.others or balance < 0:
        return own, []
    return own, queries.family_purchase_lots(session, hand.others, candidate.day)


def _price(candidate: Candidate, rule: str, points: int) -> Movement:
    return Movement(
        candidate.member_id,
        candidate.store_id,
        0,
        "exchange",
        "available",
        "redeemed",
        points,
        candidate.day,
        candidate.now,
        candidate.receipt_id,
        rule,
    )


def _paid(
    session: Session, movement: Movement, codes: Sequence[str], lots: Sequence[tuple[int, int]]
) -> Iterator[Movement]:
    """Take the price of each voucher from what the lots have left, so that entries name the voucher they paid for."""
    issued = vouchers_read.by_code(session, codes)
    left = dict(lots)
    for code in codes:
        price = movement._replace(ref=queries.ref_of(issued[code].id))
        for part in taken(price, [(lot_id, remaining) for lot_id, remaining in left.items() if remaining]):
            left[part.lot_id] -= part.points
            yield part


def _issue(candidate: Candidate, effect: EffectFired) -> vouchers.Issue:
    return vouchers.Issue(
        member_id=candidate.member_id,
        brand_id=candidate.brand_id,
        store_id=candidate.store_id,
        kind=str(effect.params["voucher_kind"]),
        value=number(effect, "voucher_value"),
        day=candidate.day,
        now=candidate.now,
        source="exchange",
        rule=effect.rule,
        days=number(effect, "days") if "days" in effect.params else None,
        limits=vouchers.limits_given(effect.params),
        receipt_id=candidate.receipt_id,
    )


def number(effect: EffectFired, name: str) -> int:
    """Return a whole number that a rule gives; TypeError if it is none."""
    value = effect.params[name]
    if not isinstance(value, int):
        message = f"{effect.rule}: {name} = {value!r} is not a whole number"
        raise TypeError(message)
    return value
