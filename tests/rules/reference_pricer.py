"""A second pricer, written from the text of rules.md section 3 with exact fractions: slow, plain, nothing shared."""

from __future__ import annotations

from fractions import Fraction
from itertools import count
from math import floor
from typing import Any

from rules.book import Group, Rule, RuleBook, Then
from rules.event import Event

Rules = list[tuple[Rule, list[int]]]


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def share_out(amount: int, weights: dict[int, int], rooms: dict[int, int]) -> dict[int, int]:
    """Largest remainder, ties to the earlier; what a full place cannot take goes to the others."""
    given = dict.fromkeys(weights, 0)
    for round_ in count():
        left = min(amount, sum(rooms.values())) - sum(given.values())
        open_places = {place: weights[place] for place in weights if given[place] < rooms[place] or not round_}
        whole = sum(open_places.values())
        if left <= 0 or not whole:
            return given
        exact = {place: Fraction(left * weight, whole) for place, weight in open_places.items()}
        shares = {place: floor(part) for place, part in exact.items()}
        for place in sorted(exact, key=lambda place: (floor(exact[place]) - exact[place], place)):
            if sum(shares.values()) < left:
                shares[place] += 1
        for place, part in shares.items():
            given[place] = min(rooms[place], given[place] + part)
    raise AssertionError  # the rounds end when nothing is left


class Reference:
    """Prices one event; afterwards `pay`, `net`, `winners` (rules a line), `cash`, `points`, `used` can be asked."""

    def __init__(self, book: RuleBook, event: Event, fired: set[tuple[int, int]]) -> None:
        self.book, self.event = book, event
        self.places = list(range(len(event.lines)))
        self.list = {place: line.quantity * line.list_price for place, line in enumerate(event.lines)}
        self.selling = {
            place: line.quantity * (line.list_price if line.special_price is None else line.special_price)
            for place, line in enumerate(event.lines)
        }
        self.now = dict(self.selling)
        self.winners: dict[int, list[str]] = {place: [] for place in self.places}
        self.under_cap = event.birthday_list_used
        for group in book.groups:
            rules = [
                (-rule.priority, rule.name, place)
                for place, rule in enumerate(book.rules)
                if rule.group == group.name and any(each == place for each, _ in fired)
            ]
            self.run(group, [(book.rules[place], self.lines_of(place, fired)) for _, _, place in sorted(rules)])
        self.pay = [self.now[place] for place in self.places]
        self.tender()
        self.net = [self.now[place] for place in self.places]
        self.cash = sum(self.net)
        base = self.cash if book.settings.points_base == "net" else sum(self.list.values())
        self.points = base // 100 * book.settings.points_per_yuan

    def lines_of(self, place: int, fired: set[tuple[int, int]]) -> list[int]:
        if (place, -1) in fired:
            return self.places
        return sorted(line for each, line in fired if each == place)

    def floor(self, place: int) -> int:
        line = self.event.lines[place]
        return min(self.now[place], line.quantity * max(line.floor_price, self.book.settings.floor_price))

    def run(self, group: Group, rules: Rules) -> None:
        if group.policy == "best":
            self.run_best(group, rules)
            return
        taken: dict[int, str] = {}
        for rule, lines in rules:
            for then in rule.then:
                mine = [line for line in lines if group.policy == "all" or taken.get(line, rule.name) == rule.name]
                asked = self.asked(group, rule, then, mine)
                for line in mine:
                    amount = max(asked[line], self.floor(line))
                    if amount < self.now[line]:
                        if not self.fits(then, line):
                            continue
                        self.now[line] = amount
                        self.winners[line].append(rule.name)
                    taken[line] = rule.name

    def run_best(self, group: Group, rules: Rules) -> None:
        offers: dict[int, list[tuple[int, int, int, Rule, Then]]] = {place: [] for place in self.places}
        for order, (rule, lines) in enumerate(rules):
            for number, then in enumerate(rule.then):
                asked = self.asked(group, rule, then, lines)
                for line in lines:
                    offers[line].append((max(asked[line], self.floor(line)), order, number, rule, then))
        for line in self.places:
            for amount, _, _, rule, then in sorted(offers[line], key=lambda offer: offer[:3]):
                if amount < self.now[line] and self.fits(then, line):
                    self.now[line] = amount
                    self.winners[line].append(rule.name)
                    break

    def fits(self, then: Then, line: int) -> bool:
        cap: Any = then.params.get("list_cap")
        if cap is None:
            return True
        if self.under_cap + self.list[line] > cap:
            return False
        self.under_cap += self.list[line]
        return True

    def asked(self, group: Group, rule: Rule, then: Then, lines: list[int]) -> dict[int, int]:
        params: dict[str, Any] = dict(then.params)
        if then.effect == "price.fixed":
            return {line: params["price"] * self.event.lines[line].quantity for line in lines}
        if then.effect == "price.amount_off":
            return self.after_amount_off(rule, params["amount"], lines)
        if then.effect == "price.add_on":
            return self.after_add_on(params, lines)
        base = params.get("base") or ("running" if group.policy == "all" else group.base)
        amounts = {"list": self.list, "selling": self.selling, "running": self.now}[base]
        ratio = Fraction(params["ratio"], 10_000)
        if self.book.settings.rounding == "line":
            return {line: half_up(amounts[line] * ratio) for line in lines}
        units = {line: self.event.lines[line].quantity for line in lines}
        return {line: half_up(amounts[line] * ratio / units[line]) * units[line] for line in lines}

    def after_amount_off(self, rule: Rule, amount: int, lines: list[int]) -> dict[int, int]:
        rooms = {line: self.now[line] - self.floor(line) for line in lines}
        if rule.once == "line":
            return {line: self.now[line] - min(amount, rooms[line]) for line in lines}
        shares = share_out(amount, {line: self.now[line] for line in lines}, rooms)
        return {line: self.now[line] - shares[line] for line in lines}

    def after_add_on(self, params: dict[str, Any], lines: list[int]) -> dict[int, int]:
        left, asked = params.get("units", 1), dict[int, int]()
        for line in lines:
            quantity, now = self.event.lines[line].quantity, self.now[line]
            units = min(left, quantity)
            amount = half_up(Fraction(now * (quantity - units), quantity)) + units * params["price"]
            asked[line] = min(now, amount)
            if asked[line] < now:
                left -= units
        return asked

    def tender(self) -> None:
        self.used: list[tuple[int, int]] = []
        settings = self.book.settings
        enough = sum(self.now.values()) >= settings.voucher_min_spend
        for place, offer in enumerate(self.event.vouchers):
            unpaid = offer.kind == "shortfall"
            if not (enough or unpaid):
                continue
            good = {line: self.now[line] for line in self.places if offer.is_for(self.event.lines[line])}
            due = sum(good.values())
            if sum(self.pay[self.places.index(line)] for line in good) < offer.min_spend:
                continue
            if (unpaid or len(self.used) < settings.voucher_max_per_receipt) and min(offer.value, due) > 0:
                amount = min(offer.value, due)
                self.used.append((place, amount))
                for line, share in share_out(amount, dict(good), dict(good)).items():
                    self.now[line] -= share
