"""Hostile books and events: the right answer or a clear refusal; never a crash, a hang or a wrong firing."""

from __future__ import annotations

import time
from datetime import date, datetime
from random import Random

import pytest

from rules import safety
from rules.book import Combine, Compare, Condition, RuleBook
from rules.engine import Engine
from rules.errors import BookRefused, BookUnsafe, FactRefused
from rules.event import Event, Line, Place
from rules.oracle import fire_plain
from rules.policy import read_book, write_book
from rules.safety import sample_events, try_out
from rules.yaml_text import LARGEST_FILE
from tests.rules.random_books import CODES, VOCABULARY, book_of, random_book, random_event, rule_of

AT = datetime.fromisoformat("2026-05-01T15:00")
BALANCE = "points.balance"
RULE = "- rule: r{n}\n  event: quote\n  when: {when}\n  then: [{{effect: perk.grant, perk: x}}]\n"
DIFFERENT = """
import json
from rules import safety
from rules.firings import Firings
safety.fire_plain = lambda *_: Firings(((0, 7),))
print(json.dumps(safety._try_in_child()))
"""


def quote(*lines: Line, place: Place | None = None, **facts: object) -> Event:
    given = {name.replace("__", "."): value for name, value in facts.items()}
    return Event("quote", AT, place or Place(), given, lines)


def answers(book: RuleBook, *events: Event) -> list[int]:
    """Return how many rules fire on each event, having held the engine against the plain evaluator."""
    engine = Engine(book, VOCABULARY, 0)
    counts = []
    for event in events:
        fired = engine.fire(event)
        assert fired == fire_plain(book, VOCABULARY, event)
        counts.append(len(fired.rules))
    engine.close()
    return counts


def book_text(*whens: str) -> str:
    return "book: hostile\nrules:\n" + "".join(RULE.format(n=n, when=when) for n, when in enumerate(whens))


def test_500_rules_that_all_match() -> None:
    book = book_of(
        *(
            rule_of(f"r{n}", Compare(BALANCE, "at_least", n), Compare("line.quantity", "at_least", 1))
            for n in range(500)
        )
    )
    lines = [Line("A", 1 + n, 100) for n in range(10)]
    assert answers(book, quote(*lines, points__balance=499), quote(*lines, points__balance=9)) == [5000, 100]


def test_500_rules_of_many_shapes_that_all_match() -> None:
    def shape(n: int) -> Condition:
        return (
            Compare(BALANCE, "at_least", n),
            Compare(BALANCE, "is_not", -n - 1),
            Compare("member.receipts", "less_than", 10_000 + n),
            Combine("none", (Compare("member.receipts", "is", -n - 1), Compare(BALANCE, "less_than", -n))),
            Compare("member.tags", "has_not", f"tag {n}"),
        )[n % 5]

    book = book_of(*(rule_of(f"r{n}", shape(n)) for n in range(500)))
    assert answers(book, quote(points__balance=500, member__receipts=5)) == [500]


def test_5000_rules_load_and_fire_right() -> None:
    draw = Random(4)
    rules = [
        rule_of(
            f"r{n}",
            Combine("all", (Compare("basket.store", "is", f"S{n % 600}"), Compare(BALANCE, "at_least", n))),
            Compare("line.category", "is", CODES[n % len(CODES)]) if n % 2 else None,
        )
        for n in range(5000)
    ]
    begun = time.process_time()
    events = [
        quote(
            *(Line("A", 1, 100, None, {"line.category": draw.choice(CODES)}) for _ in range(3)),
            place=Place(store=f"S{draw.randrange(620)}"),
            points__balance=draw.choice((0, 2500, 10**15)),
        )
        for _ in range(8)
    ]
    assert max(answers(book_of(*rules), *events)) > 8
    assert time.process_time() - begun < 120


def test_600_stores_each_have_their_own_rule() -> None:
    book = book_of(*(rule_of(f"r{n}", Compare("basket.store", "is", f"門店{n}")) for n in range(600)))
    events = [quote(place=Place(store=f"門店{n}")) for n in (0, 1, 24, 25, 299, 599, 600)]
    assert answers(book, *events) == [1, 1, 1, 1, 1, 1, 0]
    others = book_of(*(rule_of(f"r{n}", Compare("basket.store", "is_not", f"門店{n}")) for n in range(600)))
    assert answers(others, *events[-2:]) == [599, 600]


def test_two_hundred_tags_and_parameters_of_sets_fit_by_splitting() -> None:
    book = book_of(*(rule_of(f"r{n}", Compare("member.tags", "has", f"t{n}")) for n in range(700)))
    every = frozenset(f"t{n}" for n in range(700))
    assert answers(book, quote(member__tags=every), quote(member__tags=frozenset({"t699"}))) == [700, 1]


def test_huge_numbers_are_compared_exactly_or_refused() -> None:
    edge = 10**15
    book = book_of(
        rule_of("at the edge", Compare(BALANCE, "at_least", edge)),
        rule_of("one below", Compare(BALANCE, "is", edge - 1)),
        rule_of("lowest", Compare(BALANCE, "at_most", -edge)),
    )
    assert answers(book, *(quote(points__balance=n) for n in (edge, edge - 1, -edge, 0))) == [1, 1, 1, 0]
    for beyond in (edge + 1, -edge - 1, 2**63, 10**4000):
        with pytest.raises(FactRefused, match=r"points\.balance"):
            answers(book, quote(points__balance=beyond))
    with pytest.raises(BookRefused, match=r"rules\[0\]\.when\.at_least: must be between"):
        read_book(book_text("{fact: points.balance, at_least: 1000000000000001}"), VOCABULARY)
    with pytest.raises(BookRefused, match="must be a whole number"):
        read_book(book_text(f"{{fact: points.balance, at_least: {'9' * 5000}}}"), VOCABULARY)


def test_strange_text_in_every_place_of_a_book() -> None:
    strange = [
        '"',
        "\\",
        "\\u0000",
        "{x}",
        "%d",
        "%s",
        "$m",
        "$and",
        "*",
        "sid",
        "id",
        "kind",
        "＂",
        "\u00e9",
        "e\u0301",
        "\U0001f469\u200d\U0001f467",
        "\u202e",
    ]
    rules = [rule_of(text, items=Compare("line.category", "is", text)) for text in strange]
    book = RuleBook("\\", "%s", "CNY", (), tuple(rules), {})
    read = read_book(write_book(book), VOCABULARY)
    assert read == book
    lines = [Line("A", 1, 100, None, {"line.category": text}) for text in strange]
    engine = Engine(read, VOCABULARY)
    assert engine.fire(quote(*lines)).rules == tuple((n, n) for n in range(len(strange)))
    engine.close()
    for bad in ("\\0", "\\x07", "\\ud800", "\\x85"):
        with pytest.raises(BookRefused):
            read_book(book_text("{fact: member.tags, has: " + f'"{bad}"' + "}"), VOCABULARY)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be a rule book"),
        ("- a", "must be a rule book"),
        ("book: x\nrules: 5", "rules: must be a list"),
        ("book: x\nrules: [5]", "rules[0]: must be a group of words"),
        ("book: x\nrules: [{}]", "rules[0].event: is needed"),
        ("book: x\ntables: [5]", "tables[0].table: must be a text"),
        ("book: x\ntables: [{table: t, columns: 3, rows: 4}]", "tables[0].rows: must be a list"),
        ("book: x\nparameters: {a: 1}", "parameters: must be a list"),
        ("[" * 5000, "nested deeper than 30"),
        ("a: " * 3, "not YAML"),
        ("book: &a [*a]", "alias"),
        ("book: !!binary aGk=", "kind that rule books do not know"),
        ("? [a]\n: b", "not YAML"),
        ("x" * (LARGEST_FILE + 1), "larger than"),
        ("book: x\n1: y", "not a text"),
        ("book: !!float .inf", "kind that rule books do not know"),
        (book_text("5"), "rules[0].when: must be a condition"),
        (book_text("{all: 5}"), "rules[0].when.all: must be a list"),
        (book_text("{all: []}"), "rules[0].when.all: must be a list of 1"),
        (book_text("{all: [], any: []}"), "exactly one of all, any, none"),
        (book_text("{fact: [1]}"), "a list is not a fact"),
        (book_text("{fact: points.balance, at_least: 1, extra: 2}"), "exactly one of"),
        (book_text("{fact: points.balance, $or: 1}"), "exactly one of"),
        (book_text("{fact: points.balance, at_least: {$m: x}}"), "a value or {parameter: NAME}"),
        (book_text("{fact: member.tags, has: {a: b}}"), "cannot be compared with a parameter"),
        (book_text("{fact: member.joined, is: 2026-02-30}"), "must be a day"),
        (book_text("{fact: member.receipts, in: [1, 'x']}"), "must be a whole number"),
    ],
)
def test_wrong_shapes_are_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(BookRefused) as refusal:
        read_book(text, VOCABULARY)
    assert says in str(refusal.value)


def test_deep_and_wide_conditions_are_refused_before_they_grow() -> None:
    deep: dict[str, object] = {"fact": BALANCE, "is": 1}
    for _ in range(100_000):
        deep = {"all": [deep]}
    rule = {"rule": "r", "event": "quote", "when": deep, "then": [{"effect": "perk.grant", "perk": "x"}]}
    with pytest.raises(BookRefused, match="nested too deeply"):
        read_book({"book": "x", "rules": [rule]}, VOCABULARY)
    loop: dict[str, object] = {}
    loop["all"] = [loop]
    with pytest.raises(BookRefused, match="nested too deeply"):
        read_book({"book": "x", "rules": [rule | {"when": loop}]}, VOCABULARY)
    pair = "{any: [{fact: points.balance, is: 1}, {fact: member.receipts, is: 1}]}"
    with pytest.raises(BookRefused, match="a huge number of combinations"):
        read_book(book_text("{all: [" + ", ".join([pair] * 200) + "]}"), VOCABULARY)


def test_every_problem_of_a_thousand_bad_rules_is_named() -> None:
    whens = ["{fact: points.balance, at_least: 1.5}", "{fact: no.word, is: 1}"] * 500
    with pytest.raises(BookRefused) as refusal:
        read_book(book_text(*whens), VOCABULARY)
    assert len(refusal.value.problems) == 1000


def test_a_book_of_5000_rules_in_yaml_is_read_in_time() -> None:
    begun = time.process_time()
    text = book_text(*(f"{{fact: points.balance, at_least: {n}}}" for n in range(5000)))
    assert len(read_book(text, VOCABULARY).rules) == 5000
    assert time.process_time() - begun < 120


def test_edges_of_the_calendar_do_not_overflow() -> None:
    first, last = date.min, date.max
    book = book_of(
        rule_of("after the end", Compare("member.joined", "more_than", last)),
        rule_of("up to the end", Compare("member.joined", "at_most", last)),
        rule_of("before the beginning", Compare("member.joined", "less_than", first)),
    )
    assert answers(book, quote(member__joined=first), quote(member__joined=last)) == [1, 1]
    assert len(sample_events(book, VOCABULARY)) == safety.MOST_SAMPLES


def test_a_new_version_is_tried_in_a_child_process() -> None:
    draw = Random(9)
    book = book_of(rule_of("r", Compare("member.tier", "is", "gold"), Compare("line.price_ratio", "at_least", 8000)))
    events = [random_event(draw, book) for _ in range(10)]
    assert try_out(book, VOCABULARY, events) == 10 + safety.MOST_SAMPLES


def test_sample_events_reach_both_sides_of_every_limit() -> None:
    book = random_book(Random(12), 8)
    for event in sample_events(book, VOCABULARY):
        fire_plain(book, VOCABULARY, event)
    one = book_of(rule_of("r", Compare(BALANCE, "at_least", 5)))
    fired = {len(fire_plain(one, VOCABULARY, event).rules) for event in sample_events(one, VOCABULARY)}
    assert fired == {0, 1}


def test_a_book_the_child_refuses_is_refused_here() -> None:
    wide = Combine("all", tuple(Compare(BALANCE, "is_not", n) for n in range(30)))
    with pytest.raises(BookRefused, match="asks for 30 conditions"):
        try_out(book_of(rule_of("r", wide)), VOCABULARY)


@pytest.mark.parametrize(
    ("does", "says", "seconds"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed with these rules .signal 11.", 30),
        ("raise SystemExit('no room')", "failed with these rules: no room", 30),
        ("while True: pass", "did not finish with these rules within 1 seconds", 1),
        (
            DIFFERENT,
            "r fired wrongly",
            30,
        ),
    ],
)
def test_a_crash_a_failure_a_hang_and_a_difference_are_messages(
    does: str, says: str, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "CHILD", ("-c", does))
    with pytest.raises(BookUnsafe, match=says):
        try_out(book_of(rule_of("r", Compare(BALANCE, "at_least", 5))), VOCABULARY, seconds=seconds)
