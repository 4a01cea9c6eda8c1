"""A compiled programme: it decides as the plain evaluator does, on random baskets of real members."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from rules.decide import Program, decide_plain
from rules.errors import EngineClosed
from rules.event import Event, Line, Offer, Usage
from rules.trace import Decision
from tests.rules.shop import NOON, program, words

KINDS = ("quote", "quote", "quote", "quote", "visit", "referral", "points_review", "tier_review", "daily", "other")


def random_event(draw: Random) -> Event:
    """Return an event around the thresholds of the programme."""
    facts = {
        "member.present": draw.random() < 0.9,
        "member.tier": draw.choice(["none", "ordinary", "gold", "diamond"]),
        "member.card_active": draw.random() < 0.8,
        "member.receipts_before": draw.randrange(3),
        "member.is_birthday": draw.random() < 0.4,
        "points.double_day": draw.random() < 0.2,
        "points.purchase_12m": draw.choice([0, 2_999, 3_000, 6_400]),
        "tiers.credit_half_year": draw.choice([0, 299_999, 300_000, 800_000]),
        "stores.no_discount": draw.random() < 0.1,
        "visit.confirmed": draw.random() < 0.7,
        "referral.first_net": draw.choice([0, 235_050, 2_000_000]),
    }
    lines = []
    for place in range(draw.randrange(1, 6)):
        full = draw.randrange(0, 300_000)
        special = draw.choice([None, full * 8 // 10, full * 79 // 100, full * draw.randrange(101) // 100])
        lines.append(Line(f"p{place}", draw.randrange(1, 4), full, special, {"line.category": "top"}))
    return Event(
        draw.choice(KINDS),
        NOON + timedelta(hours=draw.randrange(9_000)),
        facts=facts,
        lines=lines,
        vouchers=[Offer("cash", 30_000)] * draw.randrange(3),
        usage={"visit-points": Usage((draw.randrange(2), draw.randrange(6)))},
        birthday_list_used=draw.choice([0, 0, 400_000]),
    )


def test_it_decides_as_the_plain_evaluator_does() -> None:
    draw = Random(17)
    priced = 0
    for _ in range(300):
        event = random_event(draw)
        decision = program().decide(event)
        assert decision == decide_plain(program().book, words(), event)
        assert Decision.from_json(decision.as_json()) == decision
        priced += any(line.rules for line in decision.lines)
    assert priced > 50


def test_the_same_event_has_the_same_answer_in_another_copy_of_the_programme() -> None:
    events = [random_event(Random(seed)) for seed in range(20)]
    with Program(program().book, words()) as copy:
        assert [copy.decide(each).as_json() for each in events] == [program().decide(each).as_json() for each in events]


def test_a_closed_programme_refuses() -> None:
    copy = Program(program().book, words())
    copy.close()
    with pytest.raises(EngineClosed):
        copy.decide(random_event(Random(1)))


def test_a_rule_that_is_off_prices_nothing() -> None:
    book = program().book
    off = replace(book, rules=tuple(replace(rule, enabled=False) for rule in book.rules))
    event = Event("quote", NOON, facts={"member.tier": "gold"}, lines=[Line("a", 1, 100_000)])
    with Program(off, words()) as without:
        assert without.decide(event).total == 100_000
    assert program().decide(event).total == 90_000
