"""A new version is built and run in a child process first: a crash there is a message for HQ, not an outage."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import cycle, islice

from rules.book import Compare, Ref, RuleBook
from rules.engine import Engine
from rules.errors import BookRefused, BookUnsafe, Problem
from rules.event import Event, Line, Place
from rules.oracle import fire_plain
from rules.parameters import compares_of
from rules.values import LARGEST
from rules.vocabulary import Fact, Kind, Value, Vocabulary

MOST_EVALUATIONS = 100_000  # rules x events of one trial
MOST_SAMPLES = 50
CHILD = ("-m", "rules.safety")
_REFUSED = "refused"
_DIFFERENT = "different"


def try_out(book: RuleBook, vocabulary: Vocabulary, events: Sequence[Event] = (), *, seconds: float = 60) -> int:
    """Build a book in a child process, fire it on the events and on samples of its own, and compare with the oracle.

    Returns the number of events tried. Refuses with BookRefused if the book cannot be compiled, with BookUnsafe if the
    child crashes, takes longer than `seconds`, or decides one event differently.
    """
    asked = pickle.dumps((book, vocabulary, [*events, *sample_events(book, vocabulary)]))
    command = [sys.executable, *CHILD]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=asked, capture_output=True, timeout=seconds, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise BookUnsafe.at("", f"the engine did not finish with these rules within {seconds:g} seconds") from None
    return _verdict(child)


def _verdict(child: subprocess.CompletedProcess[bytes]) -> int:
    if child.returncode < 0:
        raise BookUnsafe.at("", f"the engine crashed with these rules (signal {-child.returncode})")
    if child.returncode > 0:
        last = child.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise BookUnsafe.at("", f"the engine failed with these rules: {last[0][:500]}")
    answer: dict[str, object] = json.loads(child.stdout)
    found = answer.get("problems")
    problems = [Problem(path, sentence) for path, sentence in found] if isinstance(found, list) else []
    if answer["verdict"] == _REFUSED:
        raise BookRefused(problems)
    if answer["verdict"] == _DIFFERENT:
        raise BookUnsafe(problems)
    tried = answer["tried"]
    return tried if isinstance(tried, int) else 0


def sample_events(book: RuleBook, vocabulary: Vocabulary) -> list[Event]:
    """Return events that meet the limits named in the book exactly, and one to either side."""
    kinds = sorted({rule.event for rule in book.rules})
    count = max(1, min(MOST_SAMPLES, MOST_EVALUATIONS // (1 + len(book.rules))))
    values = _values_named(book, vocabulary)
    days = sorted({day + timedelta(step) for day in _days_named(book) for step in (-1, 0, 1)})
    moments = [datetime.combine(day, time(hour)) for day, hour in zip(days, cycle((0, 10, 15, 23)), strict=False)]
    return [
        Event(
            kind=kinds[number % len(kinds)],
            at=moments[number % len(moments)],
            place=_place(values, number),
            facts=_picked(values, vocabulary, "event", number),
            lines=[_line(values, vocabulary, number * 4 + line) for line in range(number % 4)],
        )
        for number in range(count if kinds else 0)
    ]


def _values_named(book: RuleBook, vocabulary: Vocabulary) -> dict[str, list[Value]]:
    named: dict[str, dict[Value, None]] = {}
    for rule in book.rules:
        for row in (*compares_of(rule.when), *compares_of(rule.items)):
            near = _near(row, book, vocabulary.facts[row.fact])
            named.setdefault(row.fact, {}).update(dict.fromkeys(near))
    return {fact: list(values) for fact, values in named.items()}


def _near(row: Compare, book: RuleBook, fact: Fact) -> Iterator[Value]:
    operands = row.operand if isinstance(row.operand, tuple) else (row.operand,)
    for operand in operands:
        if isinstance(operand, Ref):
            yield from (value for _, value in book.parameters[operand.parameter].values)
        elif fact.kind is Kind.CHOICES:
            yield from (frozenset(), frozenset({str(operand)}))
        elif fact.kind is Kind.YES_NO:
            yield from (True, False)
        elif isinstance(operand, date):
            yield from (date.fromordinal(each) for each in _around(operand.toordinal(), 1, date.max.toordinal()))
        elif isinstance(operand, int):
            yield from _around(operand, -LARGEST, LARGEST)
        else:
            yield from (operand, fact.neutral)


def _around(number: int, lowest: int, highest: int) -> list[int]:
    return [each for each in (number, number - 1, number + 1) if lowest <= each <= highest]


def _days_named(book: RuleBook) -> set[date]:
    days = {day for rule in book.rules for day in (rule.calendar.since, rule.calendar.until) if day}
    days |= {day for parameter in book.parameters.values() for day, _ in parameter.values}
    return {day for day in days if date.min < day < date.max} or {date(2026, 1, 1)}


def _picked(values: Mapping[str, list[Value]], vocabulary: Vocabulary, scope: str, number: int) -> dict[str, Value]:
    facts = [(name, pool) for name, pool in values.items() if vocabulary.facts[name].scope == scope]
    return {name: pool[(number + place) % len(pool)] for place, (name, pool) in enumerate(facts)}


def _place(values: Mapping[str, list[Value]], number: int) -> Place:
    def pick(fact: str) -> str:
        pool = values.get(fact, [""])
        return str(pool[number % len(pool)])

    return Place(
        pick("basket.brand"),
        pick("basket.region"),
        pick("basket.franchisee"),
        pick("basket.store_format"),
        pick("basket.store"),
    )


def _line(values: Mapping[str, list[Value]], vocabulary: Vocabulary, number: int) -> Line:
    ratios = [each for each in values.get("line.price_ratio", []) if isinstance(each, int) and each >= 0]
    quantities = [each for each in values.get("line.quantity", []) if isinstance(each, int) and each > 0]
    quantity = next(islice(cycle(quantities or [1]), number % 7, None))
    special = 10 * ratios[number % len(ratios)] if ratios and number % 2 else None
    return Line("sample", quantity, 100_000, special, _picked(values, vocabulary, "line", number))


def _try_in_child() -> dict[str, object]:
    book, vocabulary, events = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by try_out, our parent
    try:
        engine = Engine(book, vocabulary)
    except BookRefused as refusal:
        return {"verdict": _REFUSED, "problems": [[each.path, each.sentence] for each in refusal.problems]}
    for number, event in enumerate(events):
        wrong = set(engine.fire(event).rules) ^ set(fire_plain(book, vocabulary, event).rules)
        if wrong:
            names = sorted({book.rules[place].name for place, _ in wrong})
            return {"verdict": _DIFFERENT, "problems": [[f"events[{number}]", f"{', '.join(names)} fired wrongly"]]}
    engine.close()
    return {"verdict": "right", "tried": len(events)}


if __name__ == "__main__":
    json.dump(_try_in_child(), sys.stdout)
