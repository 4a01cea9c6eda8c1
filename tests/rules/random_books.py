"""Random rule books and events over a small vocabulary with every kind of fact."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from rules.book import (
    Calendar,
    Combine,
    Compare,
    Condition,
    Group,
    Limit,
    Parameter,
    Ref,
    Rule,
    RuleBook,
    Stores,
    Then,
    Total,
    Yearly,
)
from rules.event import Event, Line, Place, Usage
from rules.reading import OPERATORS
from rules.standard import STANDARD_FACTS
from rules.vocabulary import Choice, Effect, Fact, Kind, Param, Text, Value, Vocabulary, collect

LABEL = Text("詞", "词", "word")
TIERS = ("ordinary", "gold", "diamond")
CODES = ("", "外套", "top", 'a"b', "\\", "{x}", "A" * 40, "😀")
FIRST_DAY = date(2026, 1, 1)

FACTS = (
    Fact("member.tier", Kind.CHOICE, LABEL, "", choices=tuple(Choice(code, LABEL) for code in TIERS)),
    Fact("member.receipts", Kind.COUNT, LABEL, 0),
    Fact("member.is_birthday", Kind.YES_NO, LABEL, neutral=False),
    Fact("member.joined", Kind.DATE, LABEL, FIRST_DAY),
    Fact("member.tags", Kind.CHOICES, LABEL, frozenset()),
    Fact("points.balance", Kind.POINTS, LABEL, 0),
    Fact("visit.hour", Kind.TIME, LABEL, 0),
    Fact("visit.weekday", Kind.WEEKDAY, LABEL, 1),
    Fact("line.category", Kind.CHOICE, LABEL, "", scope="line"),
    Fact("line.launch_days", Kind.COUNT, LABEL, 0, scope="line"),
    Fact("line.members_only", Kind.YES_NO, LABEL, neutral=False, scope="line"),
    Fact("line.launched", Kind.DATE, LABEL, FIRST_DAY, scope="line"),
    Fact("line.tags", Kind.CHOICES, LABEL, frozenset(), scope="line"),
)
EFFECTS = (Effect("perk.grant", LABEL, (Param("perk", Kind.CHOICE, LABEL),)),)
VOCABULARY: Vocabulary = collect([("rules", STANDARD_FACTS, ()), ("sample", FACTS, EFFECTS)])
THEN = (Then("perk.grant", {"perk": "x"}),)
PARAMETERS = {
    name: Parameter(name, Kind.COUNT, LABEL, "", ((FIRST_DAY + timedelta(first), 2), (FIRST_DAY + timedelta(40), 4)))
    for name, first in (("old", -400), ("new", 20))
}


def book_of(*rules: Rule, groups: tuple[Group, ...] = ()) -> RuleBook:
    """Return a book of these rules with the two parameters."""
    return RuleBook("random", "brand", "CNY", groups, rules, PARAMETERS)


def rule_of(name: str, when: Condition | None = None, items: Condition | None = None, **more: object) -> Rule:
    """Return a rule of the quote event with one harmless effect."""
    return Rule(name=name, reference="", event="quote", then=THEN, when=when, items=items, **more)  # type: ignore[arg-type]


def random_value(draw: Random, fact: Fact) -> Value:
    """Return a value of the fact's kind out of a small pool, so that limits are often met exactly."""
    match fact.kind:
        case Kind.YES_NO:
            return draw.random() < 0.5
        case Kind.DATE:
            return FIRST_DAY + timedelta(draw.randrange(-3, 60))
        case Kind.CHOICE:
            return draw.choice([choice.code for choice in fact.choices] if fact.choices else CODES)
        case Kind.CHOICES:
            return frozenset(draw.sample(CODES, draw.randrange(4)))
        case Kind.WEEKDAY:
            return draw.randint(1, 7)
        case Kind.TIME:
            return draw.choice((0, 599, 600, 601, 1439))
        case Kind.RATIO:
            return draw.choice((7999, 8000, 8001, 10_000))
    return draw.choice((-(10**15), -1, 0, 1, 2, 3, 4, 5, 80_000, 10**15))


def random_compare(draw: Random, scope: str) -> Compare:
    """Return a comparison of any fact of the scope, now and then with a dated parameter."""
    fact = draw.choice([each for each in VOCABULARY.facts.values() if each.scope == scope])
    operator = draw.choice(OPERATORS[fact.kind])
    if operator in ("in", "not_in"):
        several = tuple(random_value(draw, fact) for _ in range(draw.randint(1, 7)))
        return Compare(fact.name, operator, several)  # type: ignore[arg-type]
    if operator in ("has", "has_not"):
        return Compare(fact.name, operator, draw.choice(CODES))  # type: ignore[arg-type]
    if fact.kind is Kind.COUNT and draw.random() < 0.3:
        return Compare(fact.name, operator, Ref(draw.choice(("old", "new"))))  # type: ignore[arg-type]
    return Compare(fact.name, operator, random_value(draw, fact))  # type: ignore[arg-type]


def random_condition(draw: Random, scope: str, deep: int = 3) -> Condition:
    """Return a condition tree."""
    if not deep or draw.random() < 0.4:
        return random_compare(draw, scope)
    parts = tuple(random_condition(draw, scope, deep - 1) for _ in range(draw.randint(1, 3)))
    return Combine(draw.choice(("all", "any", "none")), parts)


def random_calendar(draw: Random) -> Calendar:
    """Return a calendar with some of its parts."""
    since = FIRST_DAY + timedelta(draw.randrange(40)) if draw.random() < 0.2 else None
    hours = ((600, 601), (700, 1440)) if draw.random() < 0.3 else ((0, 720),)
    edges = ((12, 23), (1, 15)) if draw.random() < 0.5 else ((2, 14), (2, 29))
    return Calendar(
        since=since,
        until=since + timedelta(20) if since else None,
        weekdays=frozenset(draw.sample(range(1, 8), 5)) if draw.random() < 0.3 else frozenset(),
        hours=hours if draw.random() < 0.3 else (),
        yearly=(Yearly(*edges, lunar=draw.random() < 0.7),) if draw.random() < 0.2 else (),
    )


def random_rule(draw: Random, name: str) -> Rule:
    """Return a rule of any shape."""
    number = draw.choice((0, 1, 2, Ref("new")))
    return rule_of(
        name,
        when=random_condition(draw, "event") if draw.random() < 0.7 else None,
        items=random_condition(draw, "line") if draw.random() < 0.6 else None,
        totals=(Total("quantity", at_least=2), Total("amount", at_most=draw.choice((90_000, 10**9))))
        if draw.random() < 0.2
        else (),
        calendar=random_calendar(draw) if draw.random() < 0.4 else Calendar(),
        stores=Stores(formats=frozenset({"mall"}), regions=frozenset({"north"})) if draw.random() < 0.2 else Stores(),
        limits=(Limit("member", "day", count=number), Limit("all", "ever", budget=500)) if draw.random() < 0.2 else (),
        enabled=draw.random() < 0.95,
    )


def random_book(draw: Random, rules: int) -> RuleBook:
    """Return a book of so many rules of any shape."""
    return book_of(*(random_rule(draw, f"rule {number}") for number in range(rules)))


def random_line(draw: Random) -> Line:
    """Return a basket line; some facts are left to their neutral value."""
    facts = [fact for fact in FACTS if fact.scope == "line" and draw.random() < 0.8]
    given = {fact.name: random_value(draw, fact) for fact in facts}
    price = draw.choice((0, 1, 80_000, 100_000))
    special = draw.choice((None, None, 0, 79_999, 80_000))
    return Line("A", draw.randint(1, 3), price, special, given)


def random_event(draw: Random, book: RuleBook) -> Event:
    """Return a quote with some facts, lines and usage."""
    facts = [fact for fact in FACTS if fact.scope == "event" and draw.random() < 0.8]
    clock = time(draw.choice((0, 9, 10, 12, 23)), draw.choice((0, 1, 59)))
    usage = {rule.name: Usage((draw.randrange(3), 0), (0, draw.choice((0, 499, 500)))) for rule in book.rules[::3]}
    return Event(
        kind="quote",
        at=datetime.combine(FIRST_DAY + timedelta(draw.randrange(70)), clock),
        place=Place(region=draw.choice(("", "north", "south")), format=draw.choice(("mall", "street"))),
        facts={fact.name: random_value(draw, fact) for fact in facts},
        lines=[random_line(draw) for _ in range(draw.randrange(5))],
        usage=usage,
    )
