"""Random price rules, baskets and firings for the tests of the arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from hypothesis import strategies as st

from rules.book import Funding, Group, Ref, Rule, RuleBook, Settings, Then
from rules.event import Event, Line, Offer
from rules.standard import STANDARD_FACTS
from rules.standard_effects import STANDARD_EFFECTS
from rules.vocabulary import Text, Value, collect

LABEL = Text("組", "组", "group")
VOCABULARY = collect([("rules", STANDARD_FACTS, STANDARD_EFFECTS)])
DAY = datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001 - local time of the store
BEST = Group("g", LABEL, "best", "selling")
POLICIES: list[Literal["best", "first", "all"]] = ["best", "first", "all"]
BASES: list[Literal["list", "selling", "running"]] = ["list", "selling", "running"]

Fired = tuple[tuple[int, int], ...]
Case = tuple[RuleBook, Event, Fired]

money = st.integers(0, 300_000)
ratios = st.integers(0, 10_000) | st.sampled_from([7800, 8500, 9000, 9500, 10_000])
bases = st.none() | st.sampled_from(BASES)


def book_of(*rules: Rule, groups: Iterable[Group] = (BEST,), **settings: Any) -> RuleBook:
    return RuleBook("b", "", "CNY", tuple(groups), tuple(rules), {}, Settings(**settings))


def quote(*lines: Line, vouchers: Iterable[Offer] = (), **more: Any) -> Event:
    return Event("quote", DAY, lines=list(lines), vouchers=list(vouchers), **more)


def rate(name: str, ratio: int | Ref, *, group: str | None = "g", priority: int = 0, **params: Value | Ref) -> Rule:
    return Rule(
        name, "", "quote", (Then("price.pay_ratio", {"ratio": ratio} | params),), group=group, priority=priority
    )


def off(name: str, amount: int, *, group: str = "g", priority: int = 0, once: Literal["rule", "line"] = "rule") -> Rule:
    then = (Then("price.amount_off", {"amount": amount}),)
    return Rule(name, "", "quote", then, group=group, priority=priority, once=once)


@st.composite
def price_effects(draw: st.DrawFn) -> Then:
    effect = draw(st.sampled_from(["price.pay_ratio"] * 4 + ["price.amount_off", "price.fixed", "price.add_on"]))
    if effect == "price.pay_ratio":
        params: dict[str, Any] = {"ratio": draw(ratios)}
        base, cap = draw(bases), draw(st.none() | st.none() | st.integers(0, 500_000))
        params |= {} if base is None else {"base": base}
        params |= {} if cap is None else {"list_cap": cap}
    elif effect == "price.amount_off":
        params = {"amount": draw(money)}
    else:
        params = {"price": draw(money)}
        if effect == "price.add_on" and draw(st.booleans()):
            params["units"] = draw(st.integers(1, 4))
    return Then(effect, params)


@st.composite
def price_books(draw: st.DrawFn, most_effects: int = 2) -> RuleBook:
    groups = [
        Group(f"g{place}", LABEL, draw(st.sampled_from(POLICIES)), draw(st.sampled_from(BASES)))
        for place in range(draw(st.integers(1, 3)))
    ]
    rules = [
        Rule(
            f"r{place}",
            "",
            "quote",
            tuple(draw(st.lists(price_effects(), min_size=1, max_size=most_effects))),
            group=draw(st.sampled_from(groups)).name,
            priority=draw(st.integers(-1, 1)),
            once=draw(st.sampled_from(["rule", "rule", "line"])),
            funding=draw(st.sampled_from([Funding(), Funding(5000, 3000, 2000, 0)])),
        )
        for place in range(draw(st.integers(0, 6)))
    ]
    return book_of(
        *rules,
        groups=groups,
        rounding=draw(st.sampled_from(["line", "unit"])),
        points_base=draw(st.sampled_from(["net", "list"])),
        points_per_yuan=draw(st.integers(0, 3)),
        floor_price=draw(st.sampled_from([0, 0, 5_000])),
        voucher_max_per_receipt=draw(st.integers(0, 3)),
        voucher_min_spend=draw(st.sampled_from([0, 0, 50_000])),
    )


CATEGORIES = ("top", "shoes")


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    good_for = draw(st.none() | st.frozensets(st.sampled_from(CATEGORIES)))
    return Offer("cash", draw(st.integers(0, 100_000)), "", draw(st.sampled_from([0, 0, 20_000])), good_for)


@st.composite
def baskets(draw: st.DrawFn) -> Event:
    lines = [
        Line(
            f"p{place}",
            draw(st.integers(1, 5)),
            full := draw(money),
            draw(st.none() | st.integers(0, full)),
            draw(st.sampled_from([{}, *({"line.category": category} for category in CATEGORIES)])),
            floor_price=draw(st.sampled_from([0, 0, 0, 1_000, full // 2])),
        )
        for place in range(draw(st.integers(0, 5)))
    ]
    vouchers = draw(st.lists(offers(), max_size=3))
    return quote(*lines, vouchers=vouchers, birthday_list_used=draw(st.sampled_from([0, 0, 100_000])))


@st.composite
def quotes(draw: st.DrawFn, books: st.SearchStrategy[RuleBook] | None = None) -> Case:
    """A book, an event, and which of its rules fire where."""
    book, event = draw(books if books is not None else price_books()), draw(baskets())
    fired = []
    for place in range(len(book.rules)):
        hits = draw(st.none() | st.just([-1]) | st.lists(st.integers(0, 4), unique=True, max_size=5))
        fired += [(place, hit) for hit in sorted(hits or ()) if hit < len(event.lines)]
    return book, event, tuple(fired)
