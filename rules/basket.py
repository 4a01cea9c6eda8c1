"""The prices of a basket while groups and vouchers lower them (rules.md section 3, points 3 to 6)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from rules.amounts import allocate, allocate_within, half_up, scale_by_unit
from rules.book import WHOLE, Group, Settings
from rules.event import SHORTFALL, Event
from rules.plans import How, Price, Rank
from rules.trace import HQ_PAYS, SPECIAL, VOUCHER, Shortfall, Step

#: A price effect and the lines it fires on, in basket order.
Work = tuple[Price, Sequence[int]]

_HALF = WHOLE // 2


def _by_rank(work: Work) -> Rank:
    return work[0].rank


class Basket:
    """The prices of a basket's lines; all amounts in fen for the whole line."""

    __slots__ = (
        "_by_unit",
        "_floors",
        "_lines",
        "_list_used",
        "_ungiven",
        "columns",
        "running",
        "shortfalls",
        "steps",
    )

    def __init__(self, event: Event, settings: Settings) -> None:
        """Start from the list and special prices."""
        self._lines = lines = event.lines
        lists: list[int] = []
        self.running: list[int] = []
        self.steps: list[list[Step]] = []
        for line in lines:
            full = line.list_price * line.quantity
            lists.append(full)
            if line.special_price is None:
                self.running.append(full)
                self.steps.append([])
            else:
                sold = line.special_price * line.quantity
                self.running.append(sold)
                self.steps.append([Step(SPECIAL, None, full, sold, HQ_PAYS)])
        self.columns = (lists, self.running.copy(), self.running)  # in the order of Base
        self.shortfalls: list[Shortfall] = []
        self._ungiven: dict[Rank, int] = {}  # what an amount off found no room for
        self._list_used = event.birthday_list_used
        self._by_unit = settings.rounding == "unit"
        self._floors: list[int] | None = None  # None: only 0 is the floor
        if settings.floor_price or any(line.floor_price for line in lines):
            self._floors = [max(settings.floor_price, line.floor_price) * line.quantity for line in lines]

    def run(self, group: Group, work: list[Work]) -> None:
        """Apply what fired in one group by the group's policy: rules only ever lower a price."""
        work.sort(key=_by_rank)
        if group.policy == "best":
            self._run_best(group.name, work)
        elif group.policy == "first":
            self._run_first(group.name, work)
        else:
            for price, hits in work:
                self._apply(group.name, price, hits)

    def tender(self, event: Event, settings: Settings) -> list[tuple[int, int]]:
        """Pay with the vouchers offered, in their order and without change; returns (place in the offer, fen used)."""
        used: list[tuple[int, int]] = []
        if not event.vouchers:
            return used
        most = settings.voucher_max_per_receipt if sum(self.running) >= settings.voucher_min_spend else 0
        pay = self.running.copy()
        for place, offer in enumerate(event.vouchers):
            good_for = [offer.is_for(line) for line in self._lines]
            due = [amount if good else 0 for amount, good in zip(self.running, good_for, strict=True)]
            amount = min(offer.value, sum(due))
            if amount <= 0 or (len(used) >= most and offer.kind != SHORTFALL):
                continue
            if offer.min_spend and sum(compress(pay, good_for)) < offer.min_spend:
                continue
            used.append((place, amount))
            for line, share in enumerate(allocate(amount, due)):
                if share:
                    self._lower(Step(VOUCHER, None, self.running[line], self.running[line] - share), line)
        return used

    def _lower(self, step: Step, line: int) -> None:
        self.steps[line].append(step)
        self.running[line] = step.after

    def _run_best(self, group: str, work: list[Work]) -> None:
        """Give each line the lowest price of its rules; equal prices go to the earlier rank."""
        if self._floors is None and not self._by_unit and all(price.plain for price, _ in work):
            winners = self._choose_rate(work)
        else:
            winners = self._choose_any(work)
        running = self.running
        for line, winner in enumerate(winners):
            if winner is not None:
                price, after = winner
                self.steps[line].append(Step(group, price.rule, running[line], after, price.funding))
                running[line] = after

    def _choose_rate(self, work: list[Work]) -> list[tuple[Price, int] | None]:
        """Choose among plain rates: what nearly every basket has, in one loop without lists in between."""
        best, columns = self.running.copy(), self.columns
        prices: list[Price | None] = [None] * len(best)
        for price, hits in work:
            column, ratio = columns[price.base], price.value
            for line in hits:
                amount = (column[line] * ratio + _HALF) // WHOLE
                if amount < best[line]:
                    best[line] = amount
                    prices[line] = price
        return [None if price is None else (price, amount) for price, amount in zip(prices, best, strict=True)]

    def _choose_any(self, work: list[Work]) -> list[tuple[Price, int] | None]:
        wanted = [self._wanted(price, hits) for price, hits in work]
        reached = wanted
        if self._floors:
            reached = [self._above_floor(hits, asked) for (_, hits), asked in zip(work, wanted, strict=True)]
        capped = any(price.cap is not None for price, _ in work)
        winners = self._choose_within_caps(work, reached) if capped else self._choose(work, reached)
        self._report_best(work, wanted, reached, winners)
        return winners

    def _choose(self, work: list[Work], reached: list[list[int]]) -> list[tuple[Price, int] | None]:
        best = self.running.copy()
        winners: list[tuple[Price, int] | None] = [None] * len(best)
        for (price, hits), amounts in zip(work, reached, strict=True):
            for line, amount in zip(hits, amounts, strict=True):
                if amount < best[line]:
                    best[line] = amount
                    winners[line] = (price, amount)
        return winners

    def _choose_within_caps(self, work: list[Work], reached: list[list[int]]) -> list[tuple[Price, int] | None]:
        """Choose in basket order: a line that does not fit under a cap as a whole takes its next best price (C14)."""
        options: list[list[tuple[int, int]]] = [[] for _ in self.running]
        for order, ((_, hits), amounts) in enumerate(zip(work, reached, strict=True)):
            for line, amount in zip(hits, amounts, strict=True):
                if amount < self.running[line]:
                    options[line].append((amount, order))
        winners: list[tuple[Price, int] | None] = []
        for line, choices in enumerate(options):
            fitting = ((work[order][0], amount) for amount, order in sorted(choices))
            winners.append(next((choice for choice in fitting if self._fits(choice[0], line)), None))
        return winners

    def _fits(self, price: Price, line: int) -> bool:
        """Say whether the line fits under the price's cap, and if so count its list amount."""
        if price.cap is None:
            return True
        used = self._list_used + self.columns[0][line]
        if used > price.cap:
            return False
        self._list_used = used
        return True

    def _run_first(self, group: str, work: list[Work]) -> None:
        """Give each line to the first rule by rank, and let all effects of that rule apply to it in turn."""
        owners: dict[int, str] = {}
        for price, hits in work:
            free = [line for line in hits if owners.get(line, price.rule) == price.rule]
            for line in self._apply(group, price, free):
                owners[line] = price.rule

    def _apply(self, group: str, price: Price, hits: Sequence[int]) -> list[int]:
        """Apply one price effect to its lines and return those it was applied to."""
        wanted = self._wanted(price, hits)
        taken = []
        for line, asked, reached in zip(hits, wanted, self._above_floor(hits, wanted), strict=True):
            before = self.running[line]
            if reached < before and not self._fits(price, line):
                continue
            taken.append(line)
            if reached < before:
                self._lower(Step(group, price.rule, before, reached, price.funding), line)
            self._report(price, line, asked, reached, before)
        self._report_ungiven(price)
        return taken

    def _above_floor(self, hits: Sequence[int], wanted: list[int]) -> list[int]:
        """Return the amounts that floor prices allow; a line already below its floor stays where it is."""
        if self._floors is None:
            return wanted
        floors, running = self._floors, self.running
        return [max(asked, min(floors[line], running[line])) for line, asked in zip(hits, wanted, strict=True)]

    def _wanted(self, price: Price, hits: Sequence[int]) -> list[int]:
        """Return what a price effect makes of its lines, before floors (an amount off minds them itself)."""
        if price.how is How.RATIO:
            column, ratio = self.columns[price.base], price.value
            if self._by_unit:
                return [scale_by_unit(column[line], self._lines[line].quantity, ratio) for line in hits]
            return [(column[line] * ratio + _HALF) // WHOLE for line in hits]
        if price.how is How.OFF:
            shares = self._shares(price, hits)
            return [self.running[line] - share for line, share in zip(hits, shares, strict=True)]
        if price.how is How.FIXED:
            return [price.value * self._lines[line].quantity for line in hits]
        return self._added_on(price, hits)

    def _shares(self, price: Price, hits: Sequence[int]) -> list[int]:
        """Share an amount off out over its lines, within what their floors leave."""
        weights = [self.running[line] for line in hits]
        rooms = weights
        if self._floors is not None:
            floors = self._floors
            rooms = [max(0, weight - floors[line]) for line, weight in zip(hits, weights, strict=True)]
        if price.once_a_line:
            shares = [min(price.value, room) for room in rooms]
            self._ungiven[price.rank] = price.value * len(hits) - sum(shares)
        else:
            shares = allocate_within(price.value, weights, rooms)
            self._ungiven[price.rank] = price.value - sum(shares)
        return shares

    def _added_on(self, price: Price, hits: Sequence[int]) -> list[int]:
        """Price the first units, in basket order, at the add-on price and leave the others as they are."""
        left, amounts = price.units, []
        for line in hits:
            before, quantity = self.running[line], self._lines[line].quantity
            units = min(left, quantity)
            amount = half_up(before * (quantity - units), quantity) + price.value * units
            if units and amount < before:
                left -= units
            amounts.append(min(amount, before))
        return amounts

    def _report_best(
        self,
        work: list[Work],
        wanted: list[list[int]],
        reached: list[list[int]],
        winners: list[tuple[Price, int] | None],
    ) -> None:
        """Report what the winning rules could not give; what a losing rule could not give is nobody's loss."""
        if self._floors:
            for (price, hits), asked, got in zip(work, wanted, reached, strict=True):
                for line, one, other in zip(hits, asked, got, strict=True):
                    winner = winners[line]
                    if winner is not None and winner[0] is price:
                        self._report(price, line, one, other, self.running[line])
        if self._ungiven:
            won = {winner[0].rank for winner in winners if winner is not None}
            for price, hits in work:
                nothing = price.how is How.OFF and not any(self.running[line] for line in hits)
                if price.rank in won or nothing:
                    self._report_ungiven(price)
            self._ungiven.clear()

    def _report(self, price: Price, line: int, asked: int, reached: int, before: int) -> None:
        if asked < reached and asked < before:
            self.shortfalls.append(Shortfall(price.rule, line, reached - asked))

    def _report_ungiven(self, price: Price) -> None:
        ungiven = self._ungiven.pop(price.rank, 0)
        if ungiven:
            self.shortfalls.append(Shortfall(price.rule, None, ungiven))
