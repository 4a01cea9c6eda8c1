"""What reaches durable_rules: the small part of it that is right, and never more than its tables hold."""

from __future__ import annotations

import json
from random import Random

import pytest

from rules.book import Combine, Compare, Condition, Ref
from rules.compile import (
    FACT,
    FEW_VALUES,
    MOST_CHILDREN,
    MOST_RULES,
    MOST_WAITING,
    Ruleset,
    Stage,
    compile_book,
    fact_id,
    field_name,
    fnv_1a,
    refuse_equal_hashes,
    rule_name,
)
from rules.errors import BookRefused, FactRefused
from rules.normal import MOST_COMBINATIONS, MOST_CONDITIONS, check_rule, conjunctions
from tests.rules.random_books import CODES, VOCABULARY, book_of, random_book, rule_of

BALANCE = "points.balance"


def stage_of(*whens: Condition | None) -> Stage:
    rules = [rule_of(f"r{number}", when) for number, when in enumerate(whens)]
    return compile_book(book_of(*rules), VOCABULARY)["quote"].event


def conditions_of(ruleset: Ruleset) -> dict[str, list[dict[str, object]]]:
    rules = json.loads(ruleset.definition)
    del rules["****"]
    return {name: rule["all"][0]["m"]["$and"] for name, rule in rules.items()}


def test_only_whitelisted_forms_on_whole_numbers_reach_the_engine() -> None:
    draw = Random(11)
    seen = 0
    for _ in range(60):
        rules = [rule for rule in random_book(draw, 10).rules if not check_rule(rule, "")]
        for program in compile_book(book_of(*rules), VOCABULARY).values():
            for ruleset in (*program.event.rulesets, *program.line.rulesets):
                rules_of = json.loads(ruleset.definition)
                assert rules_of.pop("****") == {"all": [{"m": {"kind": 0}}]}
                for rule in rules_of.values():
                    assert list(rule) == ["all"]
                    (message,) = rule["all"]
                    first, *rest = message["m"]["$and"]
                    assert first == {"kind": FACT}
                    assert rest
                    for condition in rest:
                        ((word, operand),) = condition.items()
                        if word.startswith("$"):
                            assert word in ("$neq", "$gte", "$lte")
                            ((word, operand),) = operand.items()
                        assert word.startswith("f")
                        assert type(operand) is int
                        assert 0 <= operand < 10_000
                        seen += 1
    assert seen > 1000


def test_equal_conjunctions_are_one_rule_of_the_engine() -> None:
    gold, rich = Compare("member.tier", "is", "gold"), Compare(BALANCE, "at_least", 5)
    (ruleset,) = stage_of(Combine("all", (gold, rich)), Combine("all", (rich, gold)), gold).rulesets
    assert sorted(ruleset.bits) == [0b011, 0b100]
    assert ruleset.every == 0b111


def test_what_most_rules_ask_comes_first_and_equality_before_spans() -> None:
    gold, rich = Compare("member.tier", "is", "gold"), Compare(BALANCE, "at_least", 5)
    day = Compare("visit.weekday", "is", 3)
    (ruleset,) = stage_of(Combine("all", (rich, day, gold)), Combine("all", (day, gold)), gold).rulesets
    facts = [column.fact.name for column in ruleset.columns]
    names = {field_name(place): facts[field.column] for place, field in enumerate(ruleset.fields)}
    longest = max(conditions_of(ruleset).values(), key=len)
    asked = [next(iter(each.get("$gte", each))) for each in longest]  # type: ignore[call-overload]
    assert [names.get(each) for each in asked] == [None, "member.tier", "visit.weekday", BALANCE]


def test_contradictions_are_left_out_and_what_always_holds_needs_no_engine() -> None:
    nobody = Combine("all", (Compare(BALANCE, "at_least", 5), Compare(BALANCE, "less_than", 5)))
    stage = stage_of(nobody, None)
    assert stage.rulesets == ()
    assert stage.always == 0b10


def test_a_fact_with_many_values_is_written_as_two_digits() -> None:
    few = stage_of(*(Compare("basket.store", "is", f"S{number}") for number in range(FEW_VALUES)))
    many = stage_of(*(Compare("basket.store", "is", f"S{number}") for number in range(600)))
    assert [field.base for field in few.rulesets[0].fields] == [0]
    assert all(field.base for ruleset in many.rulesets for field in ruleset.fields)
    assert len(many.rulesets) == 2  # 600 rules, at most 500 each


def waiting_of(stage: Stage, number: int) -> int:
    """Count the conditions that are true at once of one fact whose only column has this number."""
    asks = {"$gte": int.__ge__, "$lte": int.__le__, "$neq": int.__ne__}
    return max(
        sum(
            asks[word](number, *operand.values()) if word in asks else number == operand  # type: ignore[attr-defined]
            for _, condition in conditions_of(ruleset).values()
            for word, operand in condition.items()
        )
        for ruleset in stage.rulesets
    )


def test_thresholds_that_are_all_met_are_spread_over_rulesets() -> None:
    stage = stage_of(*(Compare(BALANCE, "at_least", number) for number in range(1, 501)))
    assert len(stage.rulesets) == -(-500 // MOST_WAITING)
    assert waiting_of(stage, 500) == MOST_WAITING
    assert sorted(bit for ruleset in stage.rulesets for bit in ruleset.bits) == [1 << place for place in range(500)]


def test_no_ruleset_is_larger_than_its_tables() -> None:
    whens = [
        Combine("all", (Compare("basket.store", "is", f"S{one}"), Compare(BALANCE, "is_not", two)))
        for one in range(60)
        for two in range(50)
    ]
    stage = stage_of(*whens)
    rules = [conditions_of(ruleset) for ruleset in stage.rulesets]
    assert sum(map(len, rules)) == 3000
    for each in rules:
        assert len(each) <= MOST_RULES
        beginnings: dict[str, set[str]] = {}
        for conditions in each.values():
            for length in range(1, len(conditions)):
                beginnings.setdefault(json.dumps(conditions[:length]), set()).add(json.dumps(conditions[length]))
        assert max(map(len, beginnings.values())) <= MOST_CHILDREN


def test_too_many_combinations_or_conditions_are_refused_by_name() -> None:
    pairs = [Combine("any", (Compare(BALANCE, "is", n), Compare("basket.lines", "is", n))) for n in range(9)]
    combinations = rule_of("r", Combine("all", tuple(pairs)))
    assert f"512 combinations of its alternatives, more than {MOST_COMBINATIONS}" in str(check_rule(combinations, "p"))
    conditions = rule_of("r", Combine("all", tuple(Compare(BALANCE, "is_not", n) for n in range(MOST_CONDITIONS + 1))))
    with pytest.raises(BookRefused, match=r"rules\[1\]\.when: asks for 21 conditions at once, more than 20") as refusal:
        compile_book(book_of(rule_of("fine"), conditions, combinations), VOCABULARY)
    assert [problem.path for problem in refusal.value.problems] == ["rules[1].when", "rules[2].when"]


def test_words_that_the_vocabulary_does_not_have_are_refused() -> None:
    rules = (
        rule_of("a", Compare("no.word", "is", 1)),
        rule_of("b", Compare("line.category", "is", "x")),
        rule_of("c", Compare(BALANCE, "is", Ref("no-parameter"))),
    )
    with pytest.raises(BookRefused) as refusal:
        compile_book(book_of(*rules), VOCABULARY)
    assert [problem.path for problem in refusal.value.problems] == ["rules[0].when", "rules[1].when", "rules[2]"]


def test_short_lists_are_taken_apart_and_long_ones_become_one_question() -> None:
    assert len(conjunctions(Compare("line.category", "in", CODES[:4]))) == 4
    assert len(conjunctions(Compare("line.category", "in", CODES[:5]))) == 1
    assert len(conjunctions(Compare("line.category", "not_in", CODES))) == 1


def test_names_have_different_hashes_and_equal_ones_are_refused() -> None:
    assert fnv_1a("costarring") == fnv_1a("liquid")  # the well-known pair: durable_rules takes them for one field
    with pytest.raises(FactRefused, match="liquid: has the same hash as costarring"):
        refuse_equal_hashes(["costarring", "liquid"])
    refuse_equal_hashes(map(field_name, range(200)))
    refuse_equal_hashes(map(fact_id, range(200)))


def test_names_of_rules_and_facts_have_a_fixed_width() -> None:
    assert {len(rule_name(number)) for number in range(MOST_RULES)} == {4}
    assert {len(fact_id(number)) for number in range(200)} == {4}


def test_the_same_book_compiles_to_the_same_text() -> None:
    rules = [rule for rule in random_book(Random(2), 30).rules if not check_rule(rule, "")]
    first, second = (compile_book(book_of(*rules), VOCABULARY)["quote"] for _ in range(2))
    assert [each.definition for each in first.event.rulesets] == [each.definition for each in second.event.rulesets]
