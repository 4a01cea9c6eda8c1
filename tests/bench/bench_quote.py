"""Deciding and pricing a basket beside a handwritten pricer that loops over the same rules and lines.

Both give the same prices, which is checked first. Times are processor time, taken in turn in one run; every basket is
new to both. `cold` is the same with an engine that remembers no answers.
"""

from __future__ import annotations

import gc
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from statistics import median
from time import process_time

from core.addons.words import vocabulary
from rules.book import Combine, Compare, Condition, Group, Rule, RuleBook, Then, Total
from rules.engine import Engine
from rules.event import Event, Line, Place
from rules.pricing import Pricer
from rules.vocabulary import Text

START = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - local time of the store
LABEL = Text("組", "组", "Group")
CATEGORIES = ("top", "coat", "dress", "jeans", "shoes", "bag", "scarf", "knit")
TIERS = ("none", "ordinary", "gold", "diamond")
FORMATS = ("boutique", "flagship", "outlet")
ROUNDS = 9


def rule_book(count: int, draw: Random) -> RuleBook:
    """Return a book like a brand's: tier rates everywhere, offers of single stores, categories, days and amounts."""
    rules = [
        _rule(f"tier-{tier}", 9500 - 250 * place, [Compare("member.tier", "is", tier)], items=_RATIO)
        for place, tier in enumerate(TIERS[1:])
    ]
    while len(rules) < count:
        when: list[Condition] = [Compare("basket.store", "is", f"s{draw.randrange(max(4, count // 6))}")]
        if draw.random() < 0.4:
            when = [Compare("basket.store_format", "is", draw.choice(FORMATS))]
        if draw.random() < 0.5:
            when.append(Compare("member.tier", "in", tuple(draw.sample(TIERS, 2))))
        if draw.random() < 0.2:
            when.append(Compare("basket.weekday", "at_least", draw.randrange(1, 7)))
        items: list[Condition] = [Compare("line.category", "is", draw.choice(CATEGORIES))]
        if draw.random() < 0.5:
            items.append(_RATIO)
        totals = (Total("amount", at_least=draw.randrange(50_000, 400_000)),) if draw.random() < 0.1 else ()
        rules.append(
            _rule(f"offer-{len(rules)}", draw.randrange(7000, 9900, 50), when, items=_all(items), totals=totals)
        )
    return RuleBook("bench", "", "CNY", (Group("price", LABEL, "best", "selling"),), tuple(rules), {})


_RATIO = Compare("line.price_ratio", "at_least", 8000)


def _all(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else Combine("all", tuple(parts))


def _rule(
    name: str, ratio: int, when: Sequence[Condition], *, items: Condition, totals: tuple[Total, ...] = ()
) -> Rule:
    then = (Then("price.pay_ratio", {"ratio": ratio}),)
    return Rule(name, "", "quote", then, items, _all(when), totals, group="price")


def baskets(count: int, lines: int, stores: int, draw: Random) -> list[Event]:
    """Return new baskets of so many lines."""
    return [
        Event(
            "quote",
            START + timedelta(minutes=draw.randrange(300_000)),
            Place(format=draw.choice(FORMATS), store=f"s{draw.randrange(stores)}"),
            {"member.tier": draw.choice(TIERS), "member.present": True},
            [_line(draw) for _ in range(lines)],
        )
        for _ in range(count)
    ]


def _line(draw: Random) -> Line:
    full = draw.randrange(10_000, 300_000)
    special = None if draw.random() < 0.5 else full * draw.randrange(60, 100) // 100
    return Line(
        f"p{draw.randrange(10_000)}",
        draw.choice((1, 1, 1, 2)),
        full,
        special,
        {"line.category": draw.choice(CATEGORIES)},
    )


@dataclass(slots=True)
class PlainRule:
    """A rule as the handwritten pricer has it: rows of (fact, test, value)."""

    name: str
    when: list[tuple[str, Callable[[object, object], bool], object]]
    items: list[tuple[str, Callable[[object, object], bool], object]]
    least: int
    ratio: int


_TESTS: dict[str, Callable[..., bool]] = {
    "is": operator.eq,
    "in": lambda seen, wanted: seen in wanted,
    "at_least": operator.ge,
}


def plain_rules(book: RuleBook) -> list[PlainRule]:
    """Return the rules of a book for the handwritten pricer."""
    return [
        PlainRule(
            rule.name,
            _rows(rule.when),
            _rows(rule.items),
            max(
                (int(total.at_least or 0) for total in rule.totals if not hasattr(total.at_least, "parameter")),
                default=0,
            ),
            int(str(rule.then[0].params["ratio"])),
        )
        for rule in book.rules
    ]


def _rows(condition: Condition | None) -> list[tuple[str, Callable[[object, object], bool], object]]:
    parts: Iterable[Condition | None] = condition.parts if isinstance(condition, Combine) else (condition,)
    return [(row.fact, _TESTS[row.operator], row.operand) for row in parts if isinstance(row, Compare)]


def price_by_hand(rules: list[PlainRule], event: Event) -> tuple[list[int], list[list[tuple[str, int, int]]], int, int]:
    """Price a basket the plain way: facts in dicts, a loop over rules, a loop over lines, the best price a line."""
    facts = dict(event.facts)
    facts["basket.store"] = event.place.store
    facts["basket.store_format"] = event.place.format
    facts["basket.weekday"] = event.at.isoweekday()
    lines, pay, steps = [], [], []
    for line in event.lines:
        full = line.list_price * line.quantity
        sold = full if line.special_price is None else line.special_price * line.quantity
        about = dict(line.facts)
        about["line.price_ratio"] = sold * 10_000 // full
        lines.append((about, sold))
        pay.append(sold)
        steps.append([] if line.special_price is None else [("special", full, sold)])
    winners: list[str | None] = [None] * len(lines)
    for rule in rules:
        if all(test(facts[fact], value) for fact, test, value in rule.when):
            hits = [
                place
                for place, (about, _) in enumerate(lines)
                if all(test(about[fact], value) for fact, test, value in rule.items)
            ]
            if rule.least and sum(lines[place][1] for place in hits) < rule.least:
                continue
            for place in hits:
                amount = (lines[place][1] * rule.ratio + 5_000) // 10_000
                if amount < pay[place] or (amount == pay[place] and rule.name < (winners[place] or "")):
                    pay[place] = amount
                    winners[place] = rule.name
    for place, winner in enumerate(winners):
        if winner is not None:
            steps[place].append((winner, lines[place][1], pay[place]))
    total = sum(pay)
    return pay, steps, total, total // 100


@dataclass(frozen=True, slots=True)
class Measured:
    """Processor time a basket, in microseconds."""

    ours: float
    cold: float
    plain: float
    firing: float


def measure(book: RuleBook, lines: int, stores: int, seed: int, count: int = 150) -> Measured:
    """Check that both give the same prices, then time them in turn on baskets that are new each round."""
    words = vocabulary()
    pricer, warm, cold = Pricer(book, words), Engine(book, words), Engine(book, words, 0)
    by_hand = plain_rules(book)
    draw = Random(seed)
    for event in baskets(count, lines, stores, draw):
        decision = pricer.decide(event, warm.fire(event).rules)
        assert [line.pay for line in decision.lines] == price_by_hand(by_hand, event)[0]
        assert pricer.decide(event, cold.fire(event).rules) == decision
    rounds = []
    for _ in range(ROUNDS):
        batch = baskets(count, lines, stores, draw)
        rounds.append(
            (
                _time(lambda event: pricer.decide(event, warm.fire(event).rules), batch),
                _time(lambda event: pricer.decide(event, cold.fire(event).rules), batch),
                _time(lambda event: price_by_hand(by_hand, event), batch),
                _time(cold.fire, batch),
            )
        )
    warm.close()
    cold.close()
    return Measured(*(median(column) for column in zip(*rounds, strict=True)))


def _time(work: Callable[[Event], object], events: list[Event]) -> float:
    gc.collect()
    gc.disable()
    begun = process_time()
    for event in events:
        work(event)
    spent = process_time() - begun
    gc.enable()
    return spent * 1e6 / len(events)


def main() -> None:
    """Print the ratios."""
    print("10 lines            ours us  cold us  by hand us   ours/by hand   cold/by hand   wanted")
    for count, wanted in ((10, ""), (50, "<= 3.0"), (200, ""), (500, "<= 0.7"), (1_000, "")):
        stores = max(4, count // 6)
        found = measure(rule_book(count, Random(count)), 10, stores, count)
        print(
            f"{count:6} rules    {found.ours:10.0f} {found.cold:8.0f} {found.plain:11.0f}"
            f" {found.ours / found.plain:14.2f} {found.cold / found.plain:14.2f}   {wanted}"
        )
    book = rule_book(50, Random(50))
    print("\n50 rules            ours us  cold us   a line us")
    for lines in (1, 2, 5, 10, 20, 50):
        found = measure(book, lines, 8, lines, 60)
        print(f"{lines:6} lines    {found.ours:10.0f} {found.cold:8.0f} {found.ours / lines:11.1f}")


if __name__ == "__main__":
    main()
