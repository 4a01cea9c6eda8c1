"""Case files: what they may say, what is refused, how expectations are compared (rules.md section 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.cases import CaseRefused, read_case, read_cases
from rules.scenarios import Mismatch, run_case
from tests.rules.shop import case, program, words

GOLD = {"tier": "gold"}
SHIRT = {"product": "A", "list_price": 100_000}


def mismatches(**keys: Any) -> list[str]:
    return [each.key for each in run_case(program(), case(**keys)).mismatches]


def test_what_is_not_given_is_neutral() -> None:
    event = read_case({"lines": [{"list_price": 100}]}, words()).event
    assert (event.kind, event.lines[0].quantity, event.lines[0].special_price, event.facts) == ("quote", 1, None, {})
    assert program().decide(event).total == 100


def test_a_member_is_present_and_null_is_none() -> None:
    assert case(member=GOLD).event.facts == {"member.present": True, "member.tier": "gold"}
    assert case(member=None).event.facts == {}


@pytest.mark.parametrize(
    ("birthday", "day", "kept"),
    [
        ("1990-05-04", "2026-05-04", True),
        ("1990-05-04", "2026-05-05", False),
        ("1992-02-29", "2026-02-28", True),
        ("1992-02-29", "2028-02-28", False),
        ("1992-02-29", "2028-02-29", True),
    ],
)
def test_a_birthday_is_kept_on_its_day(birthday: str, day: str, kept: bool) -> None:
    facts = case(at=f"{day}T10:00", member={"birthday": birthday}).event.facts
    assert facts["member.is_birthday"] is kept


@pytest.mark.parametrize(("day", "kept"), [("2026-09-25", True), ("2026-10-03", False), ("2027-09-15", True)])
def test_a_lunar_birthday_is_kept_by_the_moon(day: str, kept: bool) -> None:
    """Born on 3 October 1990, the 15th of the eighth month."""
    facts = case(at=f"{day}T10:00", member={"birthday": "1990-10-03", "birthday_lunar": True}).event.facts
    assert facts["member.is_birthday"] is kept


def test_money_of_another_market_earns_in_the_books() -> None:
    """A thousand Hong Kong dollars at 0.9123 are 912.30 yuan."""
    found = case(rate=912_300, member=GOLD, lines=[{"product": "A", "list_price": 100_000}])
    decision = program().decide(found.event)
    assert (decision.cash, decision.points, decision.credit) == (90_000, 821, 82_107)
    par = program().decide(case(member=GOLD, lines=[{"product": "A", "list_price": 100_000}]).event)
    assert (par.cash, par.points, par.credit) == (90_000, 900, 90_000)


def test_age_follows_from_the_birthday() -> None:
    assert case(at="2026-05-03T10:00", member={"birthday": "1990-05-04"}).event.facts["member.age"] == 35
    assert case(at="2026-05-04T10:00", member={"birthday": "1990-05-04"}).event.facts["member.age"] == 36


def test_words_of_a_line_are_its_facts() -> None:
    line = case(lines=[SHIRT | {"category": "top", "is_new_arrival": True}]).event.lines[0]
    assert line.facts == {"line.product": "A", "line.category": "top", "line.is_new_arrival": True}


def test_one_case_a_list_or_several_documents_and_json() -> None:
    one = "case: a\nlines: [{list_price: 1}]\n"
    assert [each.name for each in read_cases(one, words())] == ["a"]
    assert [each.name for each in read_cases("- case: a\n- case: b\n", words())] == ["a", "b"]
    assert [each.name for each in read_cases(f"{one}---\n- case: b\n- case: c\n", words())] == ["a", "b", "c"]
    as_json = json.dumps([{"case": "金卡", "member": {"tier": "gold"}}])
    assert read_cases(as_json, words())[0].name == "金卡"


@pytest.mark.parametrize(
    ("keys", "path", "complaint"),
    [
        ({"color": "red"}, "case.color", "not a key"),
        ({"member": {"tier": "gold", "shoe": 3}}, "case.member.shoe", "not a word about the event"),
        ({"member": {"tier": "platinum"}}, "case.member.tier", "not one of"),
        ({"member": {"birthday": "2026-02-30"}}, "case.member.birthday", "must be a day"),
        ({"member": {"birthday": "1990-01-01", "is_birthday": True}}, "case.member.is_birthday", "follows"),
        (
            {"member": {"birthday": "1990-01-01", "birthday_lunar": "x"}},
            "case.member.birthday_lunar",
            "true or false",
        ),
        ({"member": {"receipts_before": "3"}}, "case.member.receipts_before", "whole number"),
        ({"member": [1]}, "case.member", "must be a mapping"),
        ({"counters": {"points.balances": 1}}, "case.counters.points.balances", "not a word"),
        ({"counters": {"basket.lines": 1}}, "case.counters.basket.lines", "follows"),
        ({"counters": {"line.category": "top"}}, "case.counters.line.category", "not a word about the event"),
        ({"lines": {"a": 1}}, "case.lines", "must be a list"),
        ({"lines": [{"product": "A"}]}, "case.lines[0].list_price", "is missing"),
        ({"lines": [{"list_price": -1}]}, "case.lines[0].list_price", "whole number"),
        ({"lines": [{"list_price": 1, "quantity": 0}]}, "case.lines[0].quantity", "from 1"),
        ({"lines": [{"list_price": True}]}, "case.lines[0].list_price", "whole number"),
        ({"lines": [{"list_price": 1, "price_ratio": 8000}]}, "case.lines[0].price_ratio", "follows"),
        ({"vouchers": [{"worth": 3}]}, "case.vouchers[0].worth", "not a key"),
        ({"store": {"city": "上海"}}, "case.store.city", "not a key"),
        ({"usage": {"visit-points": {"counts": [-1]}}}, "case.usage.visit-points.counts", "whole number"),
        ({"at": "yesterday"}, "case.at", "must be a day and time"),
        ({"at": "2026-05-01T15:00+08:00"}, "case.at", "no time zone"),
        ({"expect": {"price": [1]}}, "case.expect.price", "not a key"),
        ({"expect": {"pay": 3}}, "case.expect.pay", "must be a list"),
        ({"expect": {"effects": [3]}}, "case.expect.effects[0]", "name of an effect"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(keys: dict[str, Any], path: str, complaint: str) -> None:
    with pytest.raises(CaseRefused) as refusal:
        case(**keys)
    assert [problem.path for problem in refusal.value.problems] == [path]
    assert complaint in refusal.value.problems[0].sentence


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(CaseRefused) as refusal:
        case(color="red", lines=[{"list_price": -1}, {"colour": 3, "list_price": 1}])
    assert len(refusal.value.problems) == 3


@pytest.mark.parametrize("text", ["", "[]", "--- {", "just words", "- 3", "a: &x 1\nb: *x", "case: a\ncase: b"])
def test_a_text_that_is_no_case_is_refused(text: str) -> None:
    with pytest.raises(CaseRefused):
        read_cases(text, words())


def test_expectations_that_are_met() -> None:
    assert not mismatches(member=GOLD, lines=[SHIRT], expect={"pay": [90_000], "rules": [["tier-gold"]], "effects": []})


@pytest.mark.parametrize(
    ("expect", "key"),
    [
        ({"pay": [90_001]}, "pay"),
        ({"total": 1}, "total"),
        ({"points": 1}, "points"),
        ({"rules": [[]]}, "rules"),
        ({"rules": ["tier-gold", "tier-diamond"]}, "rules"),
        ({"effects": ["perk.grant"]}, "effects"),
        ({"silent": ["tier-gold"]}, "silent"),
        ({"vouchers_used": 1}, "vouchers_used"),
    ],
)
def test_expectations_that_are_not_met(expect: dict[str, Any], key: str) -> None:
    assert mismatches(member=GOLD, lines=[SHIRT], expect=expect) == [key]


SHIRTS = {"product": "A", "list_price": 100_000, "quantity": 3}


def test_returns_are_kept_line_by_line_and_expected_apart() -> None:
    back = [{"line": 1, "quantity": 1}, {"line": 1, "price": 80_000}]
    given = {"member": GOLD, "lines": [SHIRTS], "returns": back}
    assert not mismatches(**given, expect={"total": 270_000, "after": {"pay": [144_000], "paid_back": 126_000}})
    assert mismatches(**given, expect={"after": {"cash_back": 1}}) == ["after.cash_back"]
    assert mismatches(**given, expect={"pay": [1], "after": {"points": 1440}}) == ["pay"]


def test_a_lost_threshold_is_borne_by_the_shop_where_the_case_says_so() -> None:
    given = {"member": GOLD, "lines": [SHIRT, SHIRT], "returns": [{"line": 1, "quantity": 1}]}
    assert not mismatches(**given, keep_whole=True, expect={"after": {"shortfall": 0, "cash_back": 90_000}})


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"returns": [{"line": 3, "quantity": 1}]}, "returns[0].line: is none of the 1 lines"),
        ({"returns": [{"line": 1, "quantity": 4}]}, "returns[0].quantity: is more than the 3 that are left"),
        ({"returns": [{"line": 1, "quantity": 2}] * 2}, "returns[1].quantity: is more than the 1 that are left"),
        ({"returns": [{"line": 1}]}, "returns[0]: needs a quantity"),
        ({"returns": [{"line": 1, "price": 100_001}]}, "returns[0].price: is not a lower price"),
        ({"returns": [{"line": 1, "colour": "red"}]}, "returns[0].colour: is not a key"),
        ({"returns": 1}, "returns: must be a list"),
        ({"expect": {"after": {"total": 1}}}, "expect.after: is about returns"),
        ({"returns": [{"line": 1, "quantity": 1}], "expect": {"after": {"x": 1}}}, "expect.after.x: is not a key"),
        ({"keep_whole": 1}, "keep_whole: must be true or false"),
    ],
)
def test_returns_that_cannot_be_are_refused(keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CaseRefused) as refused:
        case(lines=[SHIRTS], **keys)
    assert complaint in str([f"{each.path}: {each.sentence}" for each in refused.value.problems])


def test_a_mismatch_says_what_was_found() -> None:
    outcome = run_case(program(), case(member=GOLD, lines=[SHIRT], expect={"total": 1}))
    assert outcome.mismatches == (Mismatch("total", 1, 90_000),)


def test_effects_are_compared_by_the_parameters_given() -> None:
    visit = {"event": "visit", "member": GOLD, "counters": {"visit.confirmed": True}}
    assert not mismatches(**visit, expect={"effects": ["points.earn"]})
    assert not mismatches(
        **visit, expect={"effects": [{"effect": "points.earn", "points": 10}], "rules": ["visit-points"]}
    )
    assert mismatches(**visit, expect={"effects": [{"effect": "points.earn", "points": 11}]}) == ["effects"]
    assert mismatches(**visit, expect={"effects": []}) == ["effects"]
    assert mismatches(**visit, expect={"effects": ["points.earn", "points.earn"]}) == ["effects"]


def test_an_outcome_as_json_has_the_words_of_expectations() -> None:
    voucher = {"kind": "cash", "value": 30_000}
    outcome = run_case(program(), case(case="c", member=GOLD, lines=[SHIRT], vouchers=[voucher]))
    assert outcome.as_json() == {
        "case": "c",
        "pay": [90_000],
        "total": 90_000,
        "tendered": 30_000,
        "vouchers_used": [[0, 30_000]],
        "cash": 60_000,
        "points": 600,
        "credit": 60_000,
        "rules": [["tier-gold"]],
        "effects": [],
    }
