"""A sale that was decided and not yet written, and the figures that follow from its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from addons.catalog.queries import ProductRow
from addons.sales.domain.request import SaleRequest
from addons.sales.domain.state import MemberState
from addons.stores.queries import StorePlace
from addons.vouchers.queries import UsableVoucher
from core.policy.limits import Limited, Use, points_missed
from core.policy.live import Live
from rules.event import Event
from rules.given import gift_of
from rules.trace import SPECIAL, Decision, LineDecision


@dataclass(slots=True)
class Prepared:
    """A basket with its decision; `day` is the business day of the store."""

    request: SaleRequest
    place: StorePlace
    live: Live
    at: datetime
    day: date
    member: MemberState | None
    products: Sequence[ProductRow]
    offered: Sequence[UsableVoucher]
    event: Event
    limited: Limited
    decision: Decision = field(init=False)
    uses: Sequence[Use] = ()
    coupons: Sequence[UsableVoucher] = ()  # discount coupons that make a difference, of those presented
    presented: Sequence[UsableVoucher] = ()
    booked: date | None = None  # the day of its points where the month of its own day is closed already

    @property
    def tier(self) -> str:
        """Return the tier that set the price, empty without a member."""
        terms = self.request.terms
        if self.member is None:
            return ""
        return self.member.tier if terms is None or terms.tier is None else terms.tier

    @property
    def points_day(self) -> date:
        """Return the day its points are written with."""
        return self.booked or self.day

    @property
    def untaken(self) -> list[str]:
        """Return the codes of the vouchers that were offered, and of coupons presented, and are not used."""
        used = {place for place, _ in self.decision.vouchers_used}
        idle = [coupon.code for coupon in self.presented if coupon not in self.coupons]
        return [voucher.code for place, voucher in enumerate(self.offered) if place not in used] + idle

    @property
    def list_total(self) -> int:
        """Return the sum at list prices, in fen."""
        return sum(line.list_amount for line in self.decision.lines)

    @property
    def birthday_list(self) -> int:
        """Return the list price sold at a rate with a daily cap (C14), in fen."""
        capped = self.live.used.capped
        lines = self.decision.lines
        return sum(line.list_amount for line in lines if any(step.rule in capped for step in line.steps))

    @property
    def points(self) -> int:
        """Return the points for the member; none without one, or where the brand has no programme."""
        return self.decision.points + gift_of(self.decision) if self.earns else 0

    @property
    def credit(self) -> int:
        """Return the tier credit for the member in fen."""
        return self.decision.credit if self.earns else 0

    @property
    def earns(self) -> bool:
        """Tell whether this sale earns anything: for a member, not for a prospect who stays one (C38)."""
        return earns(self.request, self.member, self.place)

    @property
    def points_not_given(self) -> list[dict[str, Any]]:
        """Return which rules would have given how many points more, had their budgets not been used up."""
        missed = points_missed(self.limited, self.event, self.decision) if self.earns else {}
        return [{"rule": rule, "points": points} for rule, points in sorted(missed.items())]

    def as_plain(self) -> dict[str, Any]:
        """Return what a screen or an API shows of a quote; amounts are fen."""
        decision = self.decision
        return {
            "lines": [self._line(place, line) for place, line in enumerate(decision.lines)],
            "list_total": self.list_total,
            "selling_total": sum(line.selling for line in decision.lines),
            "total": decision.total,
            "tendered": decision.tendered,
            "cash": decision.cash,
            "points": self.points,
            "points_not_given": self.points_not_given,
            "multiplier": decision.multiplier,
            "credit": self.credit,
            "vouchers_used": [[self.offered[place].code, amount] for place, amount in decision.vouchers_used],
            "vouchers_untaken": self.untaken,
            "effects": [{"effect": e.effect, "rule": e.rule, **plain(e.params)} for e in decision.effects],
            "version": self.live.version,
            "digest": self.live.digest,
            "currency": self.place.currency,
        }

    def _line(self, place: int, line: LineDecision) -> dict[str, Any]:
        given, product = self.event.lines[place], self.products[place]
        return {
            "product": product.code,
            "quantity": given.quantity,
            "list_price": given.list_price,
            "special_price": given.special_price,
            "list": line.list_amount,
            "selling": line.selling,
            "pay": line.pay,
            "tendered": line.tendered,
            "net": line.net,
            "steps": [
                {
                    "group": step.group,
                    "rule": step.rule,
                    "before": step.before,
                    "after": step.after,
                    "funding": list(step.funding),
                    "version": self.live.version if step.rule else "",
                }
                for step in line.steps
            ],
        }


def earns(request: SaleRequest, member: MemberState | None, place: StorePlace) -> bool:
    """Tell whether a sale earns anything: for a member, not for a prospect who stays one (C38)."""
    active = member is not None and member.status == "active"
    return (active or request.enrol is not None) and place.has_programme


def plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters of an effect as JSON-able values."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in params.items()}


@dataclass(slots=True)
class Taken:
    """What one rule took off a receipt."""

    lines: int = 0
    amount: int = 0


def discounts(decision: Decision) -> dict[str, Taken]:
    """Return what each rule took off, in fen over all lines; the special price stands under the name `special`."""
    found: dict[str, Taken] = {}
    for line in decision.lines:
        for step in line.steps:
            rule = SPECIAL if step.group == SPECIAL else step.rule
            if rule is not None and step.before > step.after:
                taken = found.setdefault(rule, Taken())
                taken.lines += 1
                taken.amount += step.before - step.after
    return found


class Holder(NamedTuple):
    """Whose receipt it is; the card number only of a card issued with it, the referrer only on a first receipt."""

    member_id: int | None = None
    card_id: int | None = None
    card_number: str | None = None
    referrer_id: int | None = None


@dataclass(slots=True)
class Numbered:
    """A prepared sale with everything that was reserved for it."""

    sale: Prepared
    key: str
    receipt_id: int
    decision_id: int
    holder: Holder
    number: str = ""  # given last: the tills of a store wait for each other there
    extra: dict[str, Any] = field(default_factory=dict)  # what the answer says beside the figures

    @property
    def member_id(self) -> int | None:
        """Return whose receipt it is."""
        return self.holder.member_id
