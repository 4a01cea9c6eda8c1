"""What is asked when goods come back, and what a change of a receipt comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from addons.sales.domain.prepared import discounts
from addons.sales.domain.refusals import EmptyReturn, NotOnReceipt, WrongReason
from addons.stores.queries import StorePlace
from core.errors import Invalid
from core.policy.limits import Limited, Where, budget_rate, costs_of, key_of
from core.policy.limits import UseKey as Counted
from core.policy.live import Live
from rules.event import Event
from rules.given import gift_of, points_given
from rules.returns import Kept
from rules.returns import Standing as Outcome
from rules.trace import Decision

#: How long the number of a return may be.
NUMBER = 48
REASONS = ("size", "colour", "quality", "changed_mind", "wrong_item", "price", "other")


@dataclass(frozen=True, slots=True)
class BackLine:
    """A line of a receipt: units that come back, the unit price it should have had (fen), or what it is swapped for."""

    line_no: int
    quantity: int = 0
    price: int | None = None
    swap: str | None = None  # the same style in another size or colour, for `quantity` units

    def as_plain(self) -> list[Any]:
        """Return it as plain data."""
        return [self.line_no, self.quantity, self.price, self.swap]


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Goods of one receipt at the counter of `store_id`; `approved_by` is the second person, where one is needed."""

    store_id: int
    receipt_id: int
    lines: Sequence[BackLine]
    reason: str
    note: str = ""
    cashier: str = ""
    approved_by: str = ""
    told: int | None = None  # fen in money the customer was told; another amount is refused

    def as_plain(self) -> dict[str, Any]:
        """Return the request as plain data: what its idempotency key stands for."""
        return {
            "store": self.store_id,
            "receipt": self.receipt_id,
            "lines": [line.as_plain() for line in self.lines],
            "reason": [self.reason, self.note],
            "told": self.told,
        }

    @property
    def kind(self) -> str:
        """Return what this is: a correction changes prices alone, a swap goods alone."""
        if all(line.price is not None and not line.quantity for line in self.lines):
            return "correction"
        return "swap" if all(line.swap for line in self.lines) else "return"

    @property
    def quantity(self) -> int:
        """Return how many units come back for good."""
        return sum(line.quantity for line in self.lines if not line.swap)


@dataclass(frozen=True, slots=True)
class Unreceipted:
    """Goods that come back without a receipt, for a voucher of the member; always approved by a second person."""

    store_id: int
    product: str
    quantity: int
    member_id: int
    reason: str
    note: str = ""
    cashier: str = ""
    approved_by: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Return the request as plain data: what its idempotency key stands for."""
        return {
            "store": self.store_id,
            "product": [self.product, self.quantity],
            "member": self.member_id,
            "reason": [self.reason, self.note],
        }


class SoldLine(NamedTuple):
    """A line of the receipt with what was kept of it so far; `price` is the corrected one."""

    line_no: int
    product_id: int
    code: str
    quantity: int
    kept: int
    price: int | None


class Sold(NamedTuple):
    """A receipt as it was sold; amounts in fen."""

    id: int
    store_id: int
    number: str
    brand_id: int
    member_id: int | None
    day: date
    at: datetime
    currency: str
    points: int
    credit: int
    decision_id: int
    birthday_list: int
    total: int


def return_number(sold: Sold, store: str, return_no: int) -> str:
    """Return the number of a return, of no other receipt: one that a store imported has the store's code in front.

    Its own numbers begin with the code; others may be in use in several stores. A long one gives way to the id.
    """
    begins, _, counted = sold.number.rpartition("-")
    if begins == store and counted.isdigit():
        return f"{sold.number}-R{return_no}"
    number = f"{store}/{sold.number}-R{return_no}"
    return number if len(number) <= NUMBER else f"{store}//{sold.id}-R{return_no}"


class Stands(NamedTuple):
    """How a receipt stands; amounts in fen."""

    returns: int
    quantity: int
    list_total: int
    total: int
    tendered: int
    cash: int
    points: int
    points_base: int
    credit: int
    birthday_list: int
    decision_id: int


class SetOff(NamedTuple):
    """What a used voucher that is no longer due comes to with a return, in fen; `voucher_id` is the one issued.

    `amount` is kept back of the money; below nothing: paid back, since what it had paid for came back too. `missing`
    was spent too and is asked for no more.
    """

    voucher_id: int
    amount: int
    missing: int


def set_off(
    cash: int,
    *,
    forgone: bool,
    used: Iterable[tuple[int, int]],
    ended: Mapping[int, int],
    deducted: Mapping[int, int],
) -> list[SetOff]:
    """Return what of `cash` is kept back for used vouchers (voucher, fen spent), never more than there is.

    Nothing where the shop forgoes it. Of `ended`, asked for by earlier returns, so many fen are still spent: what was
    `deducted` beyond that is paid back.
    """
    again = {key: deducted.get(key, 0) - spent for key, spent in ended.items()}
    found = [SetOff(key, -more, 0) for key, more in sorted(again.items()) if more > 0]
    left = max(0, cash - sum(each.amount for each in found))
    for voucher_id, spent in used:
        amount = 0 if forgone else min(spent, left)
        left -= amount
        if spent:
            found.append(SetOff(voucher_id, amount, spent - amount))
    return found


@dataclass(slots=True)
class Returning:
    """A change of a receipt, decided and not yet written."""

    request: ReturnRequest
    sold: Sold
    place: StorePlace  # where the goods come back
    day: date
    live: Live
    event: Event
    before: Stands
    before_decision: Decision
    after: Outcome
    forgone: bool
    holder_id: int | None
    swaps: Mapping[int, int] = field(default_factory=dict)  # line -> product taken instead
    vouchers: Sequence[tuple[int, int]] = ()  # (voucher, fen that goes back to it)
    lines: Sequence[SoldLine] = ()
    issued: Mapping[str, int] = field(default_factory=dict)  # vouchers that rules gave with it: a budget may lack
    set_off: Sequence[SetOff] = ()  # used vouchers that are no longer due
    worth: int = 0  # fen that a point cost the budget of a rule that gave it

    @property
    def earned(self) -> bool:
        """Tell whether the sale earned points and credit: for a member."""
        return self.holder_id is not None and (self.sold.points > 0 or self.sold.credit > 0)

    @property
    def paid_back(self) -> int:
        """Return the value given back, in fen; below nothing where the customer pays for a lost threshold."""
        return self.before.total - self.after.total

    @property
    def to_vouchers(self) -> int:
        """Return what of it goes back to vouchers."""
        return self.before.tendered - self.after.tendered

    @property
    def cash(self) -> int:
        """Return what of it is to be paid back in money, before anything is kept back."""
        return self.before.cash - self.after.cash

    @property
    def deducted(self) -> int:
        """Return what is kept back for used vouchers that are no longer due; below nothing where it is paid back."""
        return sum(each.amount for each in self.set_off)

    @property
    def missing(self) -> int:
        """Return what was spent of such vouchers and nobody pays."""
        return sum(each.missing for each in self.set_off)

    @property
    def money(self) -> int:
        """Return what the customer gets in money; below nothing where the customer pays."""
        return self.cash - self.deducted

    @property
    def points(self) -> int:
        """Return the points that are taken back."""
        return self.before.points - self.after.points - gift_of(self.after.decision) if self.earned else 0

    @property
    def tier_points(self) -> int:
        """Return how many of them count towards a tier: what a rule gives as such never did (C01)."""
        return self.points - gift_of(self.before_decision) + gift_of(self.after.decision) if self.earned else 0

    @property
    def purchase_points(self) -> int:
        """Return how many of them are purchase points; below nothing: given, whatever becomes of the bonus."""
        return self.before.points_base - self.after.points_base if self.earned else 0

    @property
    def bonus_points(self) -> int:
        """Return how many of them are bonus of rules, with a sign of its own: another multiplier may hold since."""
        return self.points - self.purchase_points

    def bonus_given(self) -> Iterator[tuple[str, int]]:
        """Yield which rules give how many of the bonus points that are given, where more are given than taken back."""
        left = max(0, -self.bonus_points)
        how = self.live.program.book.settings.multiplier_combination
        before = points_given(how, self.before_decision, self.before.points_base)
        for rule, points in points_given(how, self.after.decision, self.after.points_base).items():
            more = min(left, max(0, points - before.get(rule, 0)))
            left -= more
            if more:
                yield rule, more

    @property
    def credit(self) -> int:
        """Return the tier credit that is taken back, in fen."""
        return self.before.credit - self.after.credit if self.earned else 0

    @property
    def birthday_list(self) -> int:
        """Return the list price still sold at a rate with a daily cap (C14)."""
        capped = self.live.used.capped
        return sum(
            line.list_amount for line in self.after.decision.lines if any(step.rule in capped for step in line.steps)
        )

    def stands(self, decision_id: int) -> Stands:
        """Return how the receipt stands afterwards."""
        now = self.after
        earned = self.earned
        return Stands(
            self.before.returns + 1,
            sum(part.quantity for part in now.kept),
            sum(line.list_amount for line in now.decision.lines),
            now.total,
            now.tendered,
            now.cash,
            now.points + gift_of(now.decision) if earned else 0,
            now.points_base if earned else 0,
            now.credit if earned else 0,
            self.birthday_list,
            decision_id,
        )

    def discounts(self) -> dict[str, int]:
        """Return what each rule takes off less than before, in fen."""
        before, after = discounts(self.before_decision), discounts(self.after.decision)
        return _less({r: t.amount for r, t in before.items()}, {r: t.amount for r, t in after.items()})

    def vouchers_lost(self) -> Counter[str]:
        """Return by rule how many vouchers that were given are no longer due."""
        issued = Counter(self.issued)
        return (_due(self.before_decision) & issued) - (_due(self.after.decision) & issued)

    def gifts_lost(self) -> list[str]:
        """Return the gifts that are no longer due, by name."""
        lost = _gifts(self.before_decision) - _gifts(self.after.decision)
        return sorted(lost.elements())

    def uses(self) -> Iterator[tuple[Counted, int, int]]:
        """Yield the counters of limited rules with the firings and fen that are free again."""
        limits = self.live.used.limits.get("quote")
        if not limits:
            return
        where = Where(self.sold.brand_id, self.sold.store_id, self.holder_id, self.sold.day)
        worth, rate = self.worth if self.earned else 0, budget_rate(self.event.rate)
        limited = Limited(self.live.program, limits, where, worth, rate)
        before = costs_of(self.before_decision, limited, self.before.points_base)
        after = costs_of(self.after.decision, limited, self.after.points_base)
        for rule in sorted({*before, *after}):
            firings = (rule in before) - (rule in after)
            cost = before.get(rule, 0) - after.get(rule, 0)
            keys = {key_of(rule, limit, where) for limit in limits.get(rule, ())}
            if firings or cost:
                yield from ((key, firings, cost) for key in keys if key is not None)


def _less(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    changed = {name: before.get(name, 0) - after.get(name, 0) for name in sorted({*before, *after})}
    return {name: amount for name, amount in changed.items() if amount}


def _due(decision: Decision) -> Counter[str]:
    return Counter(effect.rule for effect in decision.effects if effect.effect == "voucher.issue")


def _gifts(decision: Decision) -> Counter[str]:
    given = (effect for effect in decision.effects if effect.effect == "gift.give")
    return Counter(str(effect.params.get("gift", effect.rule)) for effect in given)


def kept_after(request: ReturnRequest, lines: Sequence[SoldLine]) -> list[Kept]:
    """Return what is kept of each line once the request is fulfilled.

    Refuses with EmptyReturn, WrongReason, NotOnReceipt (more than is left of a line), Invalid.
    """
    if request.reason not in REASONS:
        raise WrongReason(reason=request.reason)
    if not request.lines:
        raise EmptyReturn
    if len({back.line_no for back in request.lines}) != len(request.lines):
        raise Invalid(field="lines", problem="a line is named twice")
    left = {line.line_no: Kept(line.kept, line.price) for line in lines}
    for back in request.lines:
        kept = left.get(back.line_no)
        if kept is None or not 0 <= back.quantity <= kept.quantity:
            raise NotOnReceipt(line=back.line_no, quantity=back.quantity, left=0 if kept is None else kept.quantity)
        left[back.line_no] = _kept(back, kept)
    return [left[line.line_no] for line in lines]


def _kept(back: BackLine, kept: Kept) -> Kept:
    if not back.quantity and back.price is None:
        raise Invalid(field="lines", problem="a line needs a quantity or a price")
    if back.swap:
        if back.price is not None:
            raise Invalid(field="lines", problem="a swap keeps the price")
        return kept
    if back.price is not None and back.price < 0:
        raise Invalid(field="lines", problem="no price is below nothing")
    price = kept.price if back.price is None else back.price
    return Kept(kept.quantity - back.quantity, price)
