"""The engine's guards: exact facts, one session, locks, rebuilding after errors, freeing, threads, processes."""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random

import durable_rules_engine as durable
import pytest

from rules.book import Calendar, Combine, Compare, Limit, Ref, RuleBook, Stores, Total
from rules.compile import MOST_LINES
from rules.engine import _IDS, _RETRACTIONS, Engine, _Shard
from rules.errors import EngineClosed, EngineFailed, FactRefused
from rules.event import Event, Line, Place, Usage
from rules.firings import Fires
from rules.normal import check_rule
from rules.oracle import PlainEngine, fire_plain
from tests.rules.random_books import CODES, VOCABULARY, book_of, random_book, random_event, rule_of

AT = datetime.fromisoformat("2026-05-01T15:00")
GOLD = Compare("member.tier", "is", "gold")
TOP = Compare("line.category", "is", "top")
TOPS = Line("A", 2, 10_000, 8_000, {"line.category": "top"})
OTHER = Line("B", 1, 10_000, None, {"line.category": "外套"})


def quote(*lines: Line, **facts: object) -> Event:
    return Event("quote", AT, facts={name.replace("__", "."): value for name, value in facts.items()}, lines=lines)


def fired(book: RuleBook, event: Event) -> tuple[tuple[int, int], ...]:
    engine = Engine(book, VOCABULARY)
    answer = engine.fire(event)
    assert engine.fire(event) == answer == fire_plain(book, VOCABULARY, event)
    engine.close()
    return answer.rules


def first_shard(engine: Engine) -> _Shard:
    return engine._shards[0]


def test_rules_with_items_fire_on_lines_and_others_once() -> None:
    book = book_of(rule_of("a", items=TOP), rule_of("b", GOLD), rule_of("c", GOLD, TOP), rule_of("d"))
    assert fired(book, quote(TOPS, OTHER, TOPS, member__tier="gold")) == (
        (0, 0),
        (0, 2),
        (1, -1),
        (2, 0),
        (2, 2),
        (3, -1),
    )
    assert fired(book, quote(OTHER, member__tier="diamond")) == ((3, -1),)
    assert fired(book, quote()) == ((3, -1),)
    assert fired(book, replace(quote(TOPS), kind="visit")) == ()


def test_totals_count_the_rules_own_lines_before_discounts() -> None:
    book = book_of(
        rule_of("two tops", items=TOP, totals=(Total("quantity", at_least=2),)),
        rule_of("tops for 160", items=TOP, totals=(Total("amount", at_least=16_000, at_most=16_000),)),
        rule_of("basket for 260", totals=(Total("amount", at_least=26_000),)),
        rule_of("as many as a parameter says", totals=(Total("quantity", at_least=Ref("new")),)),
    )
    assert fired(book, quote(TOPS, OTHER)) == ((0, 0), (1, 0), (2, -1))
    assert fired(book, quote(TOPS, OTHER, OTHER)) == ((0, 0), (1, 0), (2, -1), (3, -1))
    assert fired(book, quote(OTHER)) == ()


def test_closed_rules_do_not_fire() -> None:
    limits = (Limit("member", "day", count=1),)
    book = book_of(
        rule_of("open"),
        rule_of("over", calendar=Calendar(until=date(2026, 4, 30))),
        rule_of("later today", calendar=Calendar(hours=((901, 960),))),
        rule_of("elsewhere", stores=Stores(stores=frozenset({"S2"}))),
        rule_of("here", stores=Stores(stores=frozenset({"S1"}))),
        rule_of("off", enabled=False),
        rule_of("used up", limits=limits),
        rule_of("not used up", limits=limits),
    )
    event = replace(quote(), place=Place(store="S1"), usage={"used up": Usage((1,)), "not used up": Usage((0,))})
    assert fired(book, event) == ((0, -1), (4, -1), (7, -1))
    assert fired(book, replace(event, at=AT.replace(minute=1))) == ((0, -1), (2, -1), (4, -1), (7, -1))


def test_a_parameter_changes_on_its_day_without_a_new_version() -> None:
    engine = Engine(book_of(rule_of("r", Compare("member.receipts", "at_least", Ref("new")))), VOCABULARY)
    days = {"2026-01-20": (), "2026-01-21": ((0, -1),), "2026-02-09": ((0, -1),), "2026-02-10": ()}
    for day, answer in days.items():
        event = replace(quote(member__receipts=3), at=datetime.fromisoformat(day))
        assert engine.fire(event).rules == answer
    engine.close()


def test_a_code_no_rule_names_is_like_no_code() -> None:
    book = book_of(rule_of("is", items=TOP), rule_of("is not", items=Compare("line.category", "is_not", "top")))
    for code in (*CODES, "unknown", "top ", "Top", "x" * 100_000, "\x00", "\ud800", '","f0":1,"x":"'):
        line = replace(OTHER, facts={"line.category": code})
        assert fired(book, quote(line)) == (((0, 0),) if code == "top" else ((1, 0),))


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"member__receipts": "3"}, "member.receipts"),
        ({"member__receipts": 3.0}, "member.receipts"),
        ({"member__receipts": True}, "member.receipts"),
        ({"member__receipts": None}, "member.receipts"),
        ({"member__receipts": 10**15 + 1}, "member.receipts"),
        ({"member__receipts": -(10**40)}, "member.receipts"),
        ({"member__is_birthday": 1}, "member.is_birthday"),
        ({"member__tier": 5}, "member.tier"),
        ({"member__tier": ["gold"]}, "member.tier"),
        ({"member__joined": AT}, "member.joined"),
        ({"member__joined": "2026-01-01"}, "member.joined"),
        ({"member__tags": "vip"}, "member.tags"),
    ],
)
def test_a_fact_of_another_kind_is_refused_by_name(facts: dict[str, object], path: str) -> None:
    words = (
        Compare("member.receipts", "at_least", 1),
        Compare("member.is_birthday", "is", True),
        GOLD,
        Compare("member.joined", "at_least", date(2026, 1, 1)),
        Compare("member.tags", "has", "vip"),
    )
    engine = Engine(book_of(rule_of("r", Combine("any", words))), VOCABULARY)
    with pytest.raises(FactRefused, match=f"^{path}: is of kind"):
        engine.fire(quote(**facts))
    assert engine.fire(quote(member__receipts=1)).rules == ((0, -1),)
    engine.close()


def test_a_refused_fact_of_a_line_names_the_line() -> None:
    engine = Engine(book_of(rule_of("r", items=TOP)), VOCABULARY)
    with pytest.raises(FactRefused, match=r"^lines\[1\]\.line\.category: is of kind choice, and 7 is not"):
        engine.fire(quote(TOPS, replace(TOPS, facts={"line.category": 7})))
    engine.close()


def test_more_lines_than_a_batch_are_asked_in_several() -> None:
    book = book_of(rule_of("r", items=Compare("line.launch_days", "in", (3, 150, 449))))
    lines = [replace(TOPS, facts={"line.launch_days": number}) for number in range(MOST_LINES * 2 + 50)]
    distinct = book_of(*(rule_of(f"r{n}", items=Compare("line.launch_days", "is", n)) for n in range(len(lines))))
    assert fired(book, quote(*lines)) == ((0, 3), (0, 150), (0, 449))
    assert fired(distinct, quote(*lines)) == tuple((n, n) for n in range(len(lines)))


def test_answers_are_remembered_up_to_a_number() -> None:
    book = book_of(*(rule_of(f"r{n}", Compare("member.receipts", "is", n)) for n in range(10)))
    engine = Engine(book, VOCABULARY, remembered=4)
    for _ in range(3):
        assert engine.fire(quote(member__receipts=3)).rules == ((3, -1),)
    assert engine.status().asked == 1
    for number in range(10):
        assert engine.fire(quote(member__receipts=number)).rules == ((number, -1),)
        assert len(first_shard(engine)._answers) <= 4
    engine.close()


def test_after_any_error_the_ruleset_is_loaded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(book_of(rule_of("r", GOLD), rule_of("s", Compare("member.receipts", "at_least", 1))), VOCABULARY, 0)
    event = quote(member__tier="gold", member__receipts=1)
    real, interruptions = durable.complete_and_start_action, iter([KeyboardInterrupt])

    def interrupted_once(*arguments: object) -> object:
        for interruption in interruptions:
            raise interruption
        return real(*arguments)

    monkeypatch.setattr(durable, "complete_and_start_action", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        engine.fire(event)
    assert engine.status().loads == 2
    assert engine.fire(event).rules == ((0, -1), (1, -1))
    engine.close()


def test_an_error_of_the_engine_is_told_and_the_next_event_is_right() -> None:
    engine = Engine(book_of(rule_of("r", GOLD)), VOCABULARY, 0)
    shard = first_shard(engine)
    durable.assert_facts(shard._handle, f'[{{"sid":"s","id":"{_IDS[0]}","kind":1,"f0":1}}]')  # left behind
    with pytest.raises(EngineFailed, match="the engine"):
        engine.fire(quote(member__tier="gold"))
    assert engine.status().loads == 2
    assert engine.fire(quote(member__tier="gold")).rules == ((0, -1),)
    engine.close()


def test_a_closed_engine_says_so() -> None:
    engine = Engine(book_of(rule_of("r", GOLD)), VOCABULARY)
    engine.fire(quote())
    engine.close()
    engine.close()
    with pytest.raises(EngineClosed, match="has been closed"):
        engine.fire(quote())


def test_closing_waits_for_the_evaluation_that_runs() -> None:
    engine = Engine(book_of(rule_of("r", GOLD)), VOCABULARY, 0)
    shard = first_shard(engine)
    closing = threading.Thread(target=engine.close)
    with shard._lock:
        closing.start()
        closing.join(0.05)
        assert closing.is_alive()
        assert shard._handle is not None
    closing.join()
    assert shard._handle is None


def test_no_batch_is_empty_and_ids_are_few_and_short() -> None:
    assert _RETRACTIONS[1] == '[{"sid":"s","id":"l000"}]'
    assert all(len(json.loads(each)) == count for count, each in enumerate(_RETRACTIONS))
    engine = Engine(book_of(rule_of("r", items=TOP)), VOCABULARY, 0)
    engine.fire(quote())
    assert engine.status().asked == 0
    engine.close()


def test_threads_get_their_own_answers() -> None:
    draw = Random(8)
    rules = [rule for rule in random_book(draw, 60).rules if not check_rule(rule, "")]
    book = book_of(*rules)
    events = [random_event(draw, book) for _ in range(40)]
    right = [fire_plain(book, VOCABULARY, event) for event in events]
    engine = Engine(book, VOCABULARY, remembered=20)
    with ThreadPoolExecutor(8) as threads:
        for _ in range(4):
            assert list(threads.map(engine.fire, events)) == right
    engine.close()


def test_no_thread_is_started_by_import_or_load() -> None:
    code = (
        "import threading; from rules.engine import Engine;"
        "from tests.rules.random_books import *;"
        "engine = Engine(book_of(rule_of('r', Compare('member.tier', 'is', 'gold'))), VOCABULARY);"
        "print(threading.active_count()); import sys; print('durable.engine' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), *sys.path]))}
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert child.stdout.split() == ["1", "False"]


def test_an_engine_loaded_before_a_fork_is_right_in_the_child() -> None:
    engine = Engine(book_of(rule_of("r", GOLD)), VOCABULARY, 0)
    child = os.fork()
    if not child:
        right = engine.fire(quote(member__tier="gold")).rules == ((0, -1),)
        os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0
    engine.close()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_versions_that_are_closed_leave_no_memory_behind() -> None:
    book = book_of(*(rule_of(f"r{n}", Compare("member.receipts", "at_least", n)) for n in range(100)))

    def version() -> None:
        engine = Engine(book, VOCABULARY)
        engine.fire(quote(member__receipts=50))
        engine.close()

    for _ in range(5):
        version()
    gc.collect()
    before = resident()
    for _ in range(30):
        version()
    gc.collect()
    assert resident() - before < 8_000_000  # unfreed versions would be some 75 MB


def test_the_plain_evaluator_can_take_the_engines_place() -> None:
    book = book_of(rule_of("r", GOLD, TOP))
    for make in (Engine, PlainEngine):
        engine: Fires = make(book, VOCABULARY)
        assert engine.fire(quote(TOPS, member__tier="gold")).rules == ((0, 0),)
        engine.close()


def test_the_engine_and_its_python_are_pinned() -> None:
    assert importlib.metadata.version("durable-rules") == "2.0.28"
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())["project"]
    assert "durable-rules==2.0.28" in project["dependencies"]
    assert project["requires-python"] == ">=3.11,<3.13"


def test_only_two_files_know_durable_rules() -> None:
    root = Path(__file__).parents[2]
    knows = [
        path.relative_to(root).as_posix()
        for folder in ("rules", "core", "addons", "reports")
        for path in root.joinpath(folder).rglob("*.py")
        if "import durable" in path.read_text() or "from durable" in path.read_text()
    ]
    assert knows == ["rules/engine.py"]


def test_a_ruleset_that_durable_rules_refuses_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[int] = []
    real_load, real_free = durable.create_ruleset, durable.delete_ruleset

    def second_is_refused(*arguments: object) -> object:
        if len(loaded) == 1:
            raise durable.error("Could not create ruleset, error code: 303")
        loaded.append(real_load(*arguments))
        return loaded[-1]

    def note(handle: int) -> None:
        freed.append(handle)
        real_free(handle)

    loaded: list[object] = []
    monkeypatch.setattr(durable, "create_ruleset", second_is_refused)
    monkeypatch.setattr(durable, "delete_ruleset", note)
    book = book_of(rule_of("first", GOLD, TOP))
    with pytest.raises(EngineFailed, match="refused its rules: Could not create ruleset, error code: 303"):
        Engine(book, VOCABULARY)
    assert freed == loaded


def test_more_firings_than_the_rules_can_have_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(book_of(rule_of("r", GOLD)), VOCABULARY, 0)
    match = '{"0000":{"m":{"sid":"s","id":"l000"}}}'
    real = durable.complete_and_start_action
    endless = iter([match, match])
    monkeypatch.setattr(durable, "complete_and_start_action", lambda *given: next(endless, None) or real(*given))
    with pytest.raises(EngineFailed, match="fired more than its rules can"):
        engine.fire(quote(member__tier="gold"))
    assert engine.fire(quote(member__tier="gold")).rules == ((0, -1),)
    engine.close()
