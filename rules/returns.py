"""What a receipt comes to once goods came back or a price was corrected (rules.md section 4).

A receipt stands as the sale of what was kept: decided again by the version and the facts of the day of sale. What is
paid back is the difference, never more than was paid for the goods. What it comes to depends on what is kept alone,
not on the steps that led there: any sequence of returns ends like one return of all of them. Only what a customer has
to pay for a lost threshold is paid in money, whatever went back to her vouchers before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rules.amounts import half_up
from rules.book import Settings
from rules.errors import RulesError
from rules.event import Event, Line
from rules.pricing import earned, in_book_money
from rules.trace import Decision, EffectFired

#: Decides an event: Program.decide or the like.
Decide = Callable[[Event], Decision]


class NotKept(RulesError):
    """More is said to be kept than was bought, or at a higher price."""


class Kept(NamedTuple):
    """What of a line the customer keeps: units, and the selling price a unit should have had (fen; None: as sold)."""

    quantity: int
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a receipt comes to; amounts in fen. `vouchers` is what each voucher paid, as (place in the offer, fen)."""

    kept: tuple[Kept, ...]
    event: Event  # the sale of what is kept, with what the vouchers still pay
    decision: Decision  # what it comes to, as if nothing else had been bought
    total: int
    tendered: int
    cash: int
    points: int
    points_base: int
    credit: int
    vouchers: tuple[tuple[int, int], ...]
    effects: tuple[EffectFired, ...]
    shortfall: int = 0  # what lost thresholds cost beyond the goods' own price; kept back unless the shop forgoes it

    @property
    def empty(self) -> bool:
        """Tell whether everything came back."""
        return not any(line.quantity for line in self.kept)


def as_sold(event: Event, decision: Decision) -> Standing:
    """Return how a receipt stands before anything came back."""
    return Standing(
        tuple(Kept(line.quantity) for line in event.lines),
        event,
        decision,
        decision.total,
        decision.tendered,
        decision.cash,
        decision.points,
        decision.points_base,
        decision.credit,
        decision.vouchers_used,
        decision.effects,
    )


def standing(
    decide: Decide,
    settings: Settings,
    event: Event,
    decision: Decision,
    kept: Sequence[Kept],
    *,
    keep_whole: bool = False,
    most_tendered: int | None = None,
) -> Standing:
    """Return how a receipt stands when only `kept` is kept; `keep_whole` spares the customer lost thresholds.

    `most_tendered` is what vouchers still paid before, in fen: value that went back to them pays no second time.
    Refuses with NotKept more units than were sold, or a price above the one it was sold at; with RulesError what the
    rules refuse.
    """
    _check(event, kept)
    if all(_unchanged(line, part) for line, part in zip(event.lines, kept, strict=True)):
        return as_sold(event, decision)
    left = _event(event, kept)
    again = decide(left) if left.lines else Decision(event.kind)
    paid = _paid_for(event, decision, kept)
    owed = decision.total - again.total
    back = min(owed, paid.most)
    if keep_whole:
        back = max(back, paid.returned)
    total = decision.total - back
    tendered = _still_tendered(decision, paid.by_voucher, back, most_tendered)
    vouchers = _vouchers(decision, tendered)
    # What a voucher still pays it pays, whatever the least spend was when it was taken.
    offers = [replace(event.vouchers[place], value=amount, min_spend=0) for place, amount in vouchers if amount]
    if offers and left.lines:  # so that the decision that is kept shows them
        left = replace(left, vouchers=offers)
        again = decide(left)
    cash = total - tendered
    listed = sum(line.list_price * line.quantity for line in left.lines)
    worth = in_book_money(cash, event.rate)
    points, base = earned(settings, worth, in_book_money(listed, event.rate), again.multiplier)
    return Standing(
        tuple(kept),
        left,
        again,
        total,
        tendered,
        cash,
        points,
        base,
        worth,
        vouchers,
        again.effects,
        max(0, paid.returned - owed),
    )


def _check(event: Event, kept: Sequence[Kept]) -> None:
    if len(kept) != len(event.lines):
        raise NotKept.at("kept", f"{len(kept)} lines for a receipt of {len(event.lines)}")
    for place, (line, part) in enumerate(zip(event.lines, kept, strict=True)):
        if not 0 <= part.quantity <= line.quantity:
            raise NotKept.at(f"kept[{place}]", f"{part.quantity} of {line.quantity} cannot be kept")
        if part.price is not None and not 0 <= part.price <= _selling(line):
            raise NotKept.at(f"kept[{place}]", f"{part.price} is not a lower price")


def _selling(line: Line) -> int:
    return line.list_price if line.special_price is None else line.special_price


def _unchanged(line: Line, part: Kept) -> bool:
    return part.quantity == line.quantity and part.price in (None, _selling(line))


def _event(event: Event, kept: Sequence[Kept]) -> Event:
    """Return the sale of what is kept, without vouchers."""
    lines = [
        replace(line, quantity=part.quantity, special_price=line.special_price if part.price is None else part.price)
        for line, part in zip(event.lines, kept, strict=True)
        if part.quantity
    ]
    return replace(event, lines=lines, vouchers=())


class _Paid(NamedTuple):
    """What was paid for the goods in question: for those that came back, at most to be paid back, by voucher."""

    returned: int
    most: int
    by_voucher: int


def _paid_for(event: Event, decision: Decision, kept: Sequence[Kept]) -> _Paid:
    returned = corrected = by_voucher = 0
    for line, sold, part in zip(event.lines, decision.lines, kept, strict=True):
        stays = half_up(sold.pay * part.quantity, line.quantity)
        returned += sold.pay - stays
        by_voucher += sold.tendered - half_up(sold.tendered * part.quantity, line.quantity)
        corrected += 0 if part.price in (None, _selling(line)) else stays
    return _Paid(returned, returned + corrected, by_voucher)


def _still_tendered(decision: Decision, by_voucher: int, back: int, most: int | None) -> int:
    """Return what vouchers still pay: value goes back to them with the goods, and where less than that is to pay."""
    restored = min(by_voucher, max(back, 0))
    tendered = min(decision.tendered - restored, decision.total - back)
    return tendered if most is None else min(tendered, most)


def _vouchers(decision: Decision, tendered: int) -> tuple[tuple[int, int], ...]:
    """Share what is still tendered out over the vouchers, the first ones first: value returns to the last ones."""
    shares = []
    for place, amount in decision.vouchers_used:
        share = min(amount, tendered)
        tendered -= share
        shares.append((place, share))
    return tuple(shares)
