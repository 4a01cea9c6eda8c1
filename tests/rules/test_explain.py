"""Explanations: waterfall, why a rule did not apply, the nearest change, three levels of detail (rules.md 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.book import Calendar, Compare, Funding, Limit, Rule, Stores, Then, Total
from rules.decide import decide_plain
from rules.event import Event, Line
from rules.explain import Explanation, Level, Missed, explain
from rules.sentences import Speaker
from rules.vocabulary import Value
from rules.waterfall import waterfall_text
from tests.rules.random_prices import book_of
from tests.rules.shop import NOON, case, program, words

SHIRT = Line("A", 1, 100_000)
GOLD: dict[str, Value] = {"member.present": True, "member.tier": "gold"}


def told(level: Level = "cashier", language: str = "en", **keys: Any) -> Explanation:
    event = case(**keys).event
    return explain(program().book, words(), event, program().decide(event), language=language, level=level)


def of_rule(rule: Rule, level: Level = "auditor", **facts: Value) -> Missed | None:
    """Explain one rule on one shirt."""
    book = book_of(rule)
    event = Event("quote", NOON, facts={name.replace("__", "."): value for name, value in facts.items()}, lines=[SHIRT])
    missed = explain(book, words(), event, decide_plain(book, words(), event), language="en", level=level).missed
    return missed[0] if missed else None


def rule(**parts: Any) -> Rule:
    return Rule("r", "X1", "quote", (Then("price.pay_ratio", {"ratio": 9000}),), group="g", **parts)


def test_the_waterfall_has_every_step_with_its_label() -> None:
    line = told(
        member={"tier": "gold"},
        lines=[{"list_price": 100_000, "special_price": 80_000}],
        vouchers=[{"kind": "cash", "value": 30_000}],
    ).lines[0]
    steps = [(row.label, row.before, row.after) for row in line.rows]
    assert steps == [
        ("Special price", 100_000, 80_000),
        ("Member price", 80_000, 72_000),
        ("Voucher", 72_000, 42_000),
    ]
    assert line.rows[1].sentence.startswith("At the till, if")
    assert "DSC-02" in line.rows[1].reference
    assert line.net == 42_000


def test_a_customer_sees_prices_and_no_rules() -> None:
    row = told("customer", member={"tier": "gold"}, lines=[{"list_price": 100_000}]).lines[0].rows[0]
    assert (row.rule, row.sentence, row.reference) == (None, "", "")


def test_the_nearest_change_says_how_much_is_missing() -> None:
    near = told(
        "customer", event="tier_review", member={"tier": "ordinary"}, counters={"tiers.credit_half_year": 298_750}
    )
    assert [missed.rule for missed in near.missed] == ["gold-by-spend"]
    reason = near.missed[0].reasons[0]
    assert (reason.fact, reason.seen, reason.distance) == ("tiers.credit_half_year", 298_750, 1_250)
    assert reason.text == "spent in half a year is at least CNY 3,000 (is CNY 2,987.50), CNY 12.50 short"


def test_it_is_said_in_the_language_asked_for() -> None:
    near = told(
        "customer",
        "zh_Hant",
        event="tier_review",
        member={"tier": "ordinary"},
        counters={"tiers.credit_half_year": 298_750},
    )
    assert near.missed[0].reasons[0].text == "半年累計消費不少於 3,000 元（現為 2,987.50 元），還差 12.50 元"


def test_a_cashier_is_told_which_price_was_lower() -> None:
    birthday = {"tier": "gold", "is_birthday": True}
    missed = {each.rule: each for each in told(member=birthday, lines=[{"list_price": 100_000}]).missed}
    winner = "Member price: pay 78 % of the list price"
    assert missed["tier-gold"].reasons[0].text == f"another price is as low or lower: {winner}"
    assert missed["tier-gold"].line == 0


def test_a_birthday_price_beyond_its_cap_is_said_to_be_so() -> None:
    birthday = {"tier": "gold", "is_birthday": True}
    missed = {each.rule: each for each in told(member=birthday, lines=[{"list_price": 600_000}]).missed}
    assert [reason.why for reason in missed["birthday-price"].reasons] == ["cap"]


def test_a_birthday_price_that_is_no_lower_is_not_blamed_on_the_cap() -> None:
    birthday = {"tier": "diamond", "is_birthday": True}
    missed = {
        each.rule: each
        for each in told(member=birthday, lines=[{"list_price": 100_000, "special_price": 70_000}]).missed
    }
    assert missed["birthday-price"].reasons[0].text == "another price is as low or lower: Special price"


def test_an_auditor_also_sees_what_is_off() -> None:
    keys: dict[str, Any] = {"member": {"tier": "gold"}, "lines": [{"list_price": 100_000}]}
    assert "member-day" not in {missed.rule for missed in told("cashier", **keys).missed}
    off = {missed.rule: missed.reasons[0].why for missed in told("auditor", **keys).missed}
    assert off["member-day"] == "off"


@pytest.mark.parametrize(
    ("parts", "why", "distance"),
    [
        ({"enabled": False}, "off", None),
        ({"calendar": Calendar(until=NOON.date().replace(year=2025))}, "calendar", None),
        ({"stores": Stores(formats=frozenset({"outlet"}))}, "stores", None),
        ({"limits": (Limit("all", "day", count=0),)}, "limits", None),
        ({"when": Compare("member.tier", "is", "gold")}, "when", None),
        ({"when": Compare("member.receipts_before", "at_least", 3)}, "when", 3),
        ({"when": Compare("basket.amount", "at_most", 90_000)}, "when", -10_000),
        ({"items": Compare("line.category", "is", "top")}, "items", None),
        ({"totals": (Total("amount", at_least=150_000),)}, "totals", 50_000),
        ({"totals": (Total("quantity", at_least=3),)}, "totals", 2),
        ({"totals": (Total("amount", at_most=60_000),)}, "totals", -40_000),
    ],
)
def test_every_cause_is_named_with_its_distance(parts: dict[str, Any], why: str, distance: int | None) -> None:
    missed = of_rule(rule(**parts))
    assert missed is not None
    assert [(reason.why, reason.distance) for reason in missed.reasons] == [(why, distance)]
    assert missed.reasons[0].text
    assert missed.reachable is (distance is not None and distance > 0)


def test_a_rule_that_applied_is_not_missed() -> None:
    assert of_rule(rule()) is None


def test_of_a_rule_about_items_the_nearest_line_is_told() -> None:
    about = rule(items=Compare("line.list_price", "at_least", 120_000))
    book = book_of(about)
    event = Event("quote", NOON, lines=[Line("a", 1, 10_000), Line("b", 1, 110_000)])
    missed = explain(book, words(), event, decide_plain(book, words(), event), language="en", level="cashier").missed
    assert missed[0].reasons[0].distance == 10_000


def test_effects_are_told_with_the_figure_that_came_of_them() -> None:
    exchange = told(event="points_review", member={"tier": "gold"}, counters={"points.purchase_12m": 6_400})
    assert exchange.effects[0].endswith("= 2")
    share = told(event="referral", member={"tier": "gold"}, counters={"referral.first_net": 235_050})
    assert share.effects[0].endswith("= 705")


def test_the_text_names_funders_and_what_could_not_be_given() -> None:
    shared = replace(rule(), funding=Funding(5_000, 5_000), then=(Then("price.amount_off", {"amount": 150_000}),))
    book = book_of(shared)
    event = Event("quote", NOON, lines=[SHIRT])
    decision = decide_plain(book, words(), event)
    explanation = explain(book, words(), event, decision, language="en")
    text = waterfall_text(Speaker(book, words(), "en", NOON.date()), event, decision, explanation)
    assert "HQ 50 %, selling store 50 %" in text
    assert "Could not be given in full  r  CNY 500" in text


def test_what_is_seen_stands_without_a_space_after_the_chinese_word() -> None:
    missed = {each.rule: each for each in told(language="zh_Hant", member={"tier": "gold"}).missed}
    assert "（現為金卡）" in missed["tier-diamond"].reasons[0].text
