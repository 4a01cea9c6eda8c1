"""Books in YAML: what is read, what is written, and every problem named where it is."""

from __future__ import annotations

import json
from datetime import date
from random import Random

import pytest

from rules import policy
from rules.book import Combine, Compare, Funding, Limit, Ref, RuleBook, Total, Yearly
from rules.errors import BookRefused
from rules.normal import check_rule
from rules.policy import read_book, write_book
from rules.standard import STANDARD_FACTS
from rules.values import NotAValue, read_value
from rules.vocabulary import DuplicateWordError, Effect, Fact, Kind, Param, Text, Vocabulary, collect
from rules.writing import plain_book
from tests.rules.random_books import EFFECTS, FACTS, LABEL, PARAMETERS, VOCABULARY, random_book

PAY = Effect("price.pay", LABEL, (Param("ratio", Kind.RATIO, LABEL, at_least=1, at_most=10_000),), on="line")
WORDS: Vocabulary = collect([("rules", STANDARD_FACTS, (PAY,)), ("sample", FACTS, EFFECTS)])

BOOK = """
book: default
brand: 貴賓
currency: CNY
settings: {multiplier_combination: add, points_per_yuan: 2}
parameters:
- parameter: gold-ratio
  kind: ratio
  label: {zh_hant: 金卡, zh_hans: 金卡, en: gold}
  reference: C08
  values: {2026-01-01: 8800, 2020-01-01: 9000}
groups:
- {group: member, label: {zh_hant: 會員, zh_hans: 会员, en: member}, policy: best, base: selling}
rules:
- rule: 金卡九折
  reference: C08
  event: quote
  group: member
  items: {fact: line.price_ratio, at_least: 8000}
  when:
    all:
    - {fact: member.tier, is: gold}
    - {fact: visit.hour, less_than: "18:30"}
    - none: [{fact: member.tags, has: blocked}, {fact: member.joined, at_most: 2020-01-31}]
  totals: [{measure: amount, at_least: 10000}]
  then: [{effect: price.pay, ratio: {parameter: gold-ratio}}]
  priority: 3
  calendar:
    since: 2026-01-01
    weekdays: [7, 1]
    hours: ["10:00-12:00", "20:00-24:00"]
    yearly: [{from: 12-23, to: 01-15, lunar: true}]
  stores: {formats: [boutique], stores: [S1, S2]}
  limits: [{per: member, period: day, count: 1, budget: 5000}]
  funding: {hq: 4000, partner: 6000}
  enabled: false
  once: line
  note: |
    第一行
    second
"""

TABLE = """
book: tables
groups: [{group: member, label: {zh_hant: 會員, zh_hans: 会员, en: member}, policy: best}]
rules: []
tables:
- table: tier-rate
  event: quote
  group: member
  reference: DSC-01
  when: {fact: member.receipts, at_least: 1}
  items: {fact: line.price_ratio, at_least: 8000}
  columns: [member.tier, line.category, member.tags, price.pay.ratio]
  rows:
  - {name: one, member.tier: ordinary, price.pay.ratio: 9500}
  - {name: two, member.tier: [gold, diamond], line.category: {is_not: top}, price.pay.ratio: 9000, reference: C09}
  - name: three
    member.tags: vip
    line.category:
    price.pay.ratio: 8500
    then: [{effect: perk.grant, perk: x}]
"""


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(BookRefused) as refusal:
        read_book(text, WORDS)
    return {problem.path: problem.sentence for problem in refusal.value.problems}


def test_every_part_of_a_rule_is_read() -> None:
    book = read_book(BOOK, WORDS)
    (rule,) = book.rules
    assert book.parameters["gold-ratio"].values == ((date(2020, 1, 1), 9000), (date(2026, 1, 1), 8800))
    assert book.settings.multiplier_combination == "add"
    assert rule.when == Combine(
        "all",
        (
            Compare("member.tier", "is", "gold"),
            Compare("visit.hour", "less_than", 18 * 60 + 30),
            Combine(
                "none",
                (Compare("member.tags", "has", "blocked"), Compare("member.joined", "at_most", date(2020, 1, 31))),
            ),
        ),
    )
    assert rule.items == Compare("line.price_ratio", "at_least", 8000)
    assert rule.totals == (Total("amount", at_least=10_000),)
    assert rule.then[0].params == {"ratio": Ref("gold-ratio")}
    assert rule.calendar.hours == ((600, 720), (1200, 1440))
    assert rule.calendar.yearly == (Yearly((12, 23), (1, 15), lunar=True),)
    assert rule.stores.stores == {"S1", "S2"}
    assert rule.limits == (Limit("member", "day", count=1, budget=5000),)
    assert rule.funding == Funding(hq=4000, partner=6000)
    assert (rule.enabled, rule.once, rule.priority, rule.note) == (False, "line", 3, "第一行\nsecond\n")


@pytest.mark.parametrize("text", [BOOK, TABLE])
def test_a_written_book_reads_back_equal(text: str) -> None:
    book = read_book(text, WORDS)
    assert read_book(write_book(book), WORDS) == book
    assert write_book(read_book(write_book(book), WORDS)) == write_book(book)


def test_random_books_are_written_without_loss() -> None:
    draw = Random(5)
    written = 0
    while written < 40:
        rules = tuple(rule for rule in random_book(draw, 6).rules if not check_rule(rule, ""))
        book = RuleBook("random", "", "CNY", (), rules, PARAMETERS)
        assert read_book(write_book(book), VOCABULARY) == book
        written += 1


def test_rows_of_a_table_become_rules() -> None:
    book = read_book(TABLE, WORDS)
    one, two, three = book.rules
    shared = Compare("member.receipts", "at_least", 1)
    assert one.when == Combine("all", (shared, Compare("member.tier", "is", "ordinary")))
    assert two.when == Combine("all", (shared, Compare("member.tier", "in", ("gold", "diamond"))))
    assert two.items is not None
    assert Compare("line.category", "is_not", "top") in two.items.parts  # type: ignore[union-attr]
    assert three.when == Combine("all", (shared, Compare("member.tags", "has", "vip")))
    assert three.items == Compare("line.price_ratio", "at_least", 8000)
    assert [then.effect for then in three.then] == ["perk.grant", "price.pay"]
    assert [rule.reference for rule in book.rules] == ["DSC-01", "C09", "DSC-01"]
    assert {rule.table for rule in book.rules} == {"tier-rate"}
    assert plain_book(book)["tables"][0]["rows"][0] == {  # type: ignore[index]
        "name": "one",
        "member.tier": "ordinary",
        "price.pay.ratio": 9500,
    }


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("brand: 貴賓", "brand: 7", "brand", "must be a text"),
        ("brand: 貴賓", "brend: x", "brend", "not a word"),
        ("currency: CNY", "currency: {a: 1}", "currency", "must be a text"),
        ("points_per_yuan: 2", "points_per_yuan: 2.5", "settings.points_per_yuan", "whole number"),
        ("add,", "sum,", "settings.multiplier_combination", "one of"),
        ("8800", "'8800'", "parameters[0].values.2026-01-01.value", "whole number"),
        ("kind: ratio", "kind: money", "rules[0].then", "of kind money, not ratio"),
        ("2026-01-01: 8800", "2026-02-30: 8800", "parameters[0].values.2026-02-30.key", "must be a day"),
        ("policy: best", "policy: worst", "groups[0].policy", "one of"),
        ("- {group: member,", "- {group: other,", "rules[0].group", "not a group"),
        ("  group: member\n", "", "rules[0].group", "changes prices"),
        ("rule: 金卡九折", "rule: ''", "rules[0].rule", "must not be empty"),
        ("rule: 金卡九折", 'rule: "a\\u0007"', "rules[0].rule", "cannot be printed"),
        ("rule: 金卡九折", f"rule: {'長' * 201}", "rules[0].rule", "at most 200"),
        ("  event: quote\n", "", "rules[0].event", "is needed"),
        ("line.price_ratio", "line.prize", "rules[0].items.fact", "not a fact"),
        ("line.price_ratio, at_least: 8000", "member.tier, is: gold", "rules[0].items.fact", "about the line"),
        ("member.tier, is: gold", "line.category, is: gold", "rules[0].when.all[0].fact", "belong into items"),
        ("member.tier, is: gold", "member.tier, is: silver", "rules[0].when.all[0].is", "not one of ordinary"),
        ("member.tier, is: gold", "member.tier, at_least: gold", "rules[0].when.all[0]", "exactly one of"),
        ("at_least: 8000", "at_least: true", "rules[0].items.at_least", "whole number, not True"),
        ("at_least: 8000", "at_least: -1", "rules[0].items.at_least", "between 0"),
        ("at_least: 8000", "at_least: 8000, at_most: 9", "rules[0].items", "exactly one of"),
        ("at_least: 8000", f"in: [{', '.join(map(str, range(65)))}]", "rules[0].items.in", "1 to 64"),
        ("at_least: 8000", "in: []", "rules[0].items.in", "1 to 64"),
        ("at_least: 8000", "at_least: {parameter: other}", "rules[0]", "parameter other is not in this book"),
        ("at_least: 8000", "at_least: {param: x}", "rules[0].items.at_least", "{parameter: NAME}"),
        ('"18:30"', '"18:61"', "rules[0].when.all[1].less_than", "a time like"),
        ("has: blocked", "is: blocked", "rules[0].when.all[2].none[0]", "exactly one of has, has_not"),
        ("price.pay, ratio", "price.pey, ratio", "rules[0].then[0].effect", "not an effect"),
        ("ratio: {parameter: gold-ratio}", "ratio: 10001", "rules[0].then[0].ratio", "at most 10000"),
        ("ratio: {parameter: gold-ratio}", "rate: 1", "rules[0].then[0].ratio", "needs it"),
        ("at_least: 10000}", "at_leest: 1}", "rules[0].totals[0].at_leest", "not a word"),
        ("10:00-12:00", "12:00-10:00", "rules[0].calendar.hours[0]", "two spans"),
        ("weekdays: [7, 1]", "weekdays: [0]", "rules[0].calendar.weekdays", "between 1 and 7"),
        ("from: 12-23", "from: 12-31", "rules[0].calendar.yearly[0]", "never has a day 31"),
        ("partner: 6000", "partner: 6001", "rules[0].funding", "add up to 10001"),
        (", count: 1, budget: 5000", "", "rules[0].limits[0]", "count or a budget"),
        ("enabled: false", "enabled: 0", "rules[0].enabled", "true or false"),
        ("once: line", "once: twice", "rules[0].once", "Must be one of"),
        ("brand: 貴賓", "brand: a\nbrand: b", "", "key is given twice"),
        ("brand: 貴賓", "brand: &a x", "", "alias or anchor"),
        ("brand: 貴賓", "brand: !!python/object:os.system x", "", "not YAML"),
        ("brand: 貴賓", "brand: [", "", "not YAML"),
    ],
)
def test_what_is_wrong_is_named_where_it_is(old: str, new: str, path: str, says: str) -> None:
    assert old in BOOK
    found = problems_of(BOOK.replace(old, new))
    assert path in found
    assert says in found[path]


def test_all_problems_are_named_at_once() -> None:
    bad = BOOK.replace("is: gold", "is: silver").replace("partner: 6000", "partner: 1").replace("brand", "brend")
    assert set(problems_of(bad)) == {"brend", "rules[0].when.all[0].is", "rules[0].funding"}


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("member.tier: ordinary,", "member.tier: silver,", "tables[0].rows[0].when.all[1].is", "not one of"),
        ("member.tier: ordinary,", "member.tear: ordinary,", "tables[0].rows[0].member.tear", "no column"),
        ("line.category, member.tags", "line.kategory, member.tags", "tables[0].columns[1]", "neither a fact"),
        ("  event: quote\n", "  event: quote\n  rule: x\n", "tables[0].rule", "not a word of decision tables"),
        ("{name: one,", "{", "tables[0].rows[0].rule", "must not be empty"),
        ("name: two", "name: one", "rules", "one is there twice"),
        ("price.pay.ratio: 9000", "price.pay.ratio: 0", "tables[0].rows[1].then[0].ratio", "at least 1"),
        ("- table: tier-rate\n  event", "- event", "tables[0].table", "must be a text"),
    ],
)
def test_problems_of_tables_name_the_row(old: str, new: str, path: str, says: str) -> None:
    assert old in TABLE
    found = problems_of(TABLE.replace(old, new))
    assert path in found
    assert says in found[path]


def test_plain_data_is_read_like_yaml() -> None:
    book = read_book(BOOK, WORDS)
    assert read_book(plain_book(book), WORDS) == book
    with pytest.raises(BookRefused, match="a kind that rule books do not know"):
        read_book({"book": "x", "rules": [{"rule": 1.5}]}, WORDS)
    with pytest.raises(BookRefused, match="not a text"):
        read_book({1: "x"}, WORDS)  # type: ignore[dict-item]


def test_a_text_that_looks_like_something_else_stays_a_text() -> None:
    then = "then: [{effect: perk.grant, perk: '%s'}]"
    for text in ("123", "true", "null", "~", "2026-01-01", "1.5", "- a", "{a: 1}", "a: b", "#", "'", "\u3000", "0x1f"):
        rules = f"book: x\nrules:\n- rule: r\n  event: quote\n  {then % text.replace(chr(39), chr(39) * 2)}\n"
        book = read_book(rules, WORDS)
        assert book.rules[0].then[0].params == {"perk": text}
        assert read_book(write_book(book), WORDS) == book


def test_a_book_has_a_largest_number_of_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "MOST_RULES", 2)
    then = "event: quote, then: [{effect: perk.grant, perk: x}]"
    text = "book: x\nrules:\n" + "".join(f"- {{rule: r{number}, {then}}}\n" for number in range(4))
    with pytest.raises(BookRefused, match=r"^rules: are more than 20000$"):
        read_book(text, VOCABULARY)


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("09:30", Kind.TIME, 570),
        (570, Kind.TIME, 570),
        ("24:00", Kind.TIME, 1440),
        (7, Kind.WEEKDAY, 7),
        (-5, Kind.MONEY, -5),
        (True, Kind.YES_NO, True),
        ("2024-02-29", Kind.DATE, date(2024, 2, 29)),
        (date(2024, 2, 29), Kind.DATE, date(2024, 2, 29)),
        (["a", "b", "a"], Kind.CHOICES, frozenset({"a", "b"})),
        ("a", Kind.CHOICE, "a"),
    ],
)
def test_values_are_read_by_their_kind(raw: object, kind: Kind, value: object) -> None:
    assert read_value(raw, kind) == value


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("24:01", Kind.TIME),
        ("9:30", Kind.TIME),
        (1441, Kind.TIME),
        (8, Kind.WEEKDAY),
        (1.0, Kind.MONEY),
        ("1", Kind.COUNT),
        (True, Kind.COUNT),
        (1, Kind.YES_NO),
        ("20240229", Kind.DATE),
        ("2023-02-29", Kind.DATE),
        (5, Kind.CHOICE),
        (["a", 5], Kind.CHOICES),
        ({"a": 1}, Kind.CHOICE),
    ],
)
def test_what_is_not_of_its_kind_is_refused(raw: object, kind: Kind) -> None:
    with pytest.raises(NotAValue):
        read_value(raw, kind)


def test_a_word_has_one_owner() -> None:
    fact = Fact("a.b", Kind.COUNT, LABEL, 0)
    with pytest.raises(DuplicateWordError, match=r"a\.b is declared by one and by two"):
        collect([("one", (fact,), ()), ("two", (fact,), ())])


def test_a_note_may_be_written_in_three_languages() -> None:
    note = {"zh_hant": "例", "zh_hans": "例子", "en": "An example"}
    text = BOOK.replace("  note: |\n    第一行\n    second\n", f"  note: {json.dumps(note)}\n")
    book = read_book(text, WORDS)
    assert book.rules[0].note == Text("例", "例子", "An example")
    assert read_book(write_book(book), WORDS) == book


def test_a_note_in_some_of_the_languages_is_refused() -> None:
    text = BOOK.replace("  note: |\n    第一行\n    second\n", "  note: {en: An example}\n")
    with pytest.raises(BookRefused, match="zh_hant"):
        read_book(text, WORDS)
