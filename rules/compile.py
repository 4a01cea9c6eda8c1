"""Rule books into durable_rules rulesets that stay inside the part of it that was found right.

This file and engine.py are the only ones that know durable_rules. What goes in: conjunctions of `== != <= >=` on
whole numbers from 0 up, one message a rule, `kind` first. Rulesets are split so that no fixed table of the C code can
fill up.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isqrt

from rules.book import Compare, Condition, Rule, RuleBook
from rules.errors import BookRefused, FactRefused, Problem
from rules.fields import Column, Field, coding_key, coding_of
from rules.normal import Conjunction, check_rule, conjunctions
from rules.parameters import compares_of
from rules.vocabulary import Vocabulary
from rules.when import refs_of_rule

MOST_CHILDREN = 400  # the C table has 512 places; 513 conditions under one parent never return
MOST_WAITING = 60  # the C stack has 64; 65 fail
MOST_RULES = 500  # of one ruleset: each completed action looks at all of them
MOST_FIELDS = 200  # the C table has 252
FEW_VALUES = 24  # a number that is compared for equality with more values is written as two digits
MOST_LINES = 200  # facts of one batch

WARM_UP = 0  # kinds of facts: 0 only for the warm-up
FACT = 1
SID = "s"
RESERVED = ("sid", "id", "kind", "$s", "$forward")

#: One condition of a ruleset: (place of the field, operator, number).
Test = tuple[int, str, int]
Path = tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One shard: the JSON for durable_rules, the fields of its facts, and for each of its rules a set of ours."""

    definition: str
    columns: tuple[Column, ...]
    fields: tuple[Field, ...]
    bits: tuple[int, ...]
    every: int  # all bits together


@dataclass(frozen=True, slots=True)
class Stage:
    """The conditions on one kind of fact (event or line): the rules without any, and the shards with the others."""

    always: int
    rulesets: tuple[Ruleset, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """All rules of one event kind; sets of rules are bits by their place in the book."""

    rules: int
    with_items: int
    event: Stage
    line: Stage


def compile_book(book: RuleBook, vocabulary: Vocabulary) -> dict[str, Program]:
    """Compile the enabled rules of a book, by event kind.

    Refuses with BookRefused, listing every rule with unknown words or beyond the limits.
    """
    problems = [
        problem
        for place, rule in enumerate(book.rules)
        for problem in _problems(rule, f"rules[{place}]", book, vocabulary)
    ]
    if problems:
        raise BookRefused(problems)
    by_event: dict[str, list[int]] = defaultdict(list)
    for place, rule in enumerate(book.rules):
        if rule.enabled:
            by_event[rule.event].append(place)
    return {event: _program(book, vocabulary, places) for event, places in by_event.items()}


def _problems(rule: Rule, path: str, book: RuleBook, vocabulary: Vocabulary) -> Iterator[Problem]:
    for name, condition, scope in (("items", rule.items, "line"), ("when", rule.when, "event")):
        for row in compares_of(condition):
            if row.fact not in vocabulary.facts or vocabulary.facts[row.fact].scope != scope:
                yield Problem(f"{path}.{name}", f"{row.fact} is not a fact of the {scope}")
    for name in sorted(refs_of_rule(rule) - book.parameters.keys()):
        yield Problem(path, f"parameter {name} is not in this book")
    yield from check_rule(rule, path)


def _program(book: RuleBook, vocabulary: Vocabulary, places: list[int]) -> Program:
    whens = {place: book.rules[place].when for place in places}
    items = {place: book.rules[place].items for place in places}
    return Program(
        rules=_bits(places),
        with_items=_bits(place for place, condition in items.items() if condition is not None),
        event=_stage(whens, vocabulary),
        line=_stage(items, vocabulary),
    )


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


def _stage(conditions: Mapping[int, Condition | None], vocabulary: Vocabulary) -> Stage:
    always = _bits(place for place, condition in conditions.items() if condition is None)
    wanted: dict[Conjunction, int] = defaultdict(int)
    for place, condition in conditions.items():
        if condition is not None:
            for conjunction in conjunctions(condition):
                wanted[conjunction] |= 1 << place
    coder = _Coder(wanted, vocabulary)
    bits_of: dict[Path, int] = defaultdict(int)
    for conjunction, bits in wanted.items():
        path = coder.path(conjunction)
        if path is not None:
            bits_of[path] |= bits
    always |= bits_of.pop((), 0)
    return Stage(always, tuple(_rulesets(bits_of, coder)))


@dataclass(slots=True)
class _Range:
    """What one conjunction asks of one number: a span, and numbers inside it that it excludes."""

    low: int
    high: int
    excluded: set[int] = field(default_factory=set)

    def narrow(self, low: int, high: int, inside: bool) -> None:
        if inside:
            self.low, self.high = max(self.low, low), min(self.high, high)
        else:
            self.excluded.update(range(low, high + 1))

    def tidied(self) -> _Range | None:
        """Return the same with excluded edges cut off, or None if nothing passes."""
        while self.low in self.excluded:
            self.low += 1
        while self.high in self.excluded:
            self.high -= 1
        self.excluded = {each for each in self.excluded if self.low < each < self.high}
        return self if self.low <= self.high else None


def _sorted_rows(wanted: Iterable[Conjunction]) -> dict[Conjunction, list[Compare]]:
    """Return conjunctions and their rows in an order that is the same in every process: sets have none."""
    rows = {each: sorted(each, key=repr) for each in wanted}
    return dict(sorted(rows.items(), key=lambda pair: repr(pair[1])))


class _Coder:
    """Numbers the facts of one stage and turns conjunctions into paths of tests."""

    def __init__(self, wanted: Mapping[Conjunction, int], vocabulary: Vocabulary) -> None:
        compares: dict[tuple[object, ...], dict[Compare, None]] = defaultdict(dict)
        sorted_rows = _sorted_rows(wanted)
        for rows in sorted_rows.values():
            for compare in rows:
                compares[coding_key(compare)][compare] = None
        self.codings = {key: coding_of(rows) for key, rows in compares.items()}
        self.columns = [Column(vocabulary.facts[str(key[0])], coding) for key, coding in self.codings.items()]
        self.fields: dict[Field, int] = {}
        self._places = {key: place for place, key in enumerate(self.codings)}
        ranges = {conjunction: self._ranges(rows) for conjunction, rows in sorted_rows.items()}
        self._split = self._many_valued(ranges.values())
        tests = {conjunction: self._tests(each) for conjunction, each in ranges.items() if each is not None}
        self._uses = Counter(test for each in tests.values() for test in each)
        self._tests_of = tests

    def path(self, conjunction: Conjunction) -> Path | None:
        """Return the tests in the order that shares most: what most rules ask first, equality before spans."""
        tests = self._tests_of.get(conjunction)
        if tests is None:
            return None
        return tuple(sorted(tests, key=lambda test: (-self._uses[test], test[1] != "==", test)))

    def _ranges(self, conjunction: Iterable[Compare]) -> dict[tuple[object, ...], _Range] | None:
        """Return what is asked of each number, None if the conditions contradict each other."""
        ranges: dict[tuple[object, ...], _Range] = {}
        for compare in conjunction:
            key = coding_key(compare)
            coding = self.codings[key]
            (low, high), inside = coding.passing(compare)
            ranges.setdefault(key, _Range(0, coding.size - 1)).narrow(low, high, inside)
        if any(each.tidied() is None for each in ranges.values()):
            return None
        return ranges

    def _many_valued(self, every: Iterable[dict[tuple[object, ...], _Range] | None]) -> set[tuple[object, ...]]:
        values: dict[tuple[object, ...], set[int]] = defaultdict(set)
        for ranges in every:
            for key, each in (ranges or {}).items():
                if each.low == each.high:
                    values[key].add(each.low)
        return {key for key, seen in values.items() if len(seen) > FEW_VALUES}

    def _tests(self, ranges: Mapping[tuple[object, ...], _Range]) -> list[Test]:
        tests: list[Test] = []
        for key, each in ranges.items():
            highest = self.codings[key].size - 1
            if each.low == each.high and key in self._split:
                base = isqrt(highest) + 1
                tests.append((self._field(key, base, high=True), "==", each.low // base))
                tests.append((self._field(key, base), "==", each.low % base))
            elif each.low == each.high:
                tests.append((self._field(key), "==", each.low))
            else:
                tests += [(self._field(key), ">=", each.low)] if each.low > 0 else []
                tests += [(self._field(key), "<=", each.high)] if each.high < highest else []
                tests += [(self._field(key), "!=", one) for one in sorted(each.excluded)]
        return tests

    def _field(self, key: tuple[object, ...], base: int = 0, *, high: bool = False) -> int:
        return self.fields.setdefault(Field(self._places[key], base, high), len(self.fields))


def _rulesets(bits_of: Mapping[Path, int], coder: _Coder) -> Iterator[Ruleset]:
    """Give shards, each the longest run of paths within the limits; sorted, so that equal beginnings stay together."""
    paths = sorted(bits_of)
    while paths:
        size = _longest_run(paths)
        yield _ruleset(paths[:size], bits_of, coder)
        paths = paths[size:]


def _longest_run(paths: list[Path]) -> int:
    good, bad = 1, min(len(paths), MOST_RULES) + 1
    if _fits(paths[: bad - 1]):
        return bad - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if _fits(paths[:middle]) else (good, middle)
    return good


def _fits(paths: list[Path]) -> bool:
    if len({test[0] for path in paths for test in path}) > MOST_FIELDS:
        return False
    tree = _Node()
    for path in paths:
        tree.add(path)
    return tree.most_children() <= MOST_CHILDREN and tree.most_waiting() <= MOST_WAITING


class _Node:
    """The tree that durable_rules makes of a ruleset: rules with equal beginnings share nodes."""

    __slots__ = ("children",)

    def __init__(self) -> None:
        self.children: dict[Test, _Node] = {}

    def add(self, path: Path) -> None:
        node = self
        for test in path:
            node = node.children.setdefault(test, _Node())

    def most_children(self) -> int:
        """Return the number of conditions under the node that has most."""
        return max([len(self.children), *(child.most_children() for child in self.children.values())])

    def most_waiting(self) -> int:
        """Return an upper bound of the conditions that wait on the C stack while one fact is looked at."""
        if not self.children:
            return 0
        by_field: dict[int, list[Test]] = defaultdict(list)
        for test in self.children:
            by_field[test[0]].append(test)
        at_once = sum(_most_true(tests) for tests in by_field.values())
        return at_once + max(0, max(child.most_waiting() for child in self.children.values()) - 1)


def _most_true(tests: Sequence[Test]) -> int:
    """Return how many tests of one field can be true of the same number."""
    equal = any(operator == "==" for _, operator, _ in tests)
    spans = [(operator, number) for _, operator, number in tests if operator != "=="]
    points = {number + step for _, number in spans for step in (-1, 0, 1)}
    true_of = (sum(_passes(point, *span) for span in spans) for point in points)
    return equal + max(true_of, default=0)


def _passes(point: int, operator: str, number: int) -> bool:
    if operator == "!=":
        return point != number
    return point >= number if operator == ">=" else point <= number


def _ruleset(paths: list[Path], bits_of: Mapping[Path, int], coder: _Coder) -> Ruleset:
    fields = list(coder.fields)
    used = sorted({test[0] for path in paths for test in path})
    names = {place: field_name(number) for number, place in enumerate(used)}
    refuse_equal_hashes([*RESERVED, *names.values()])
    columns = sorted({fields[place].column for place in used})
    bits = tuple(bits_of[path] for path in paths)
    return Ruleset(
        _definition([[(names[place], operator, number) for place, operator, number in path] for path in paths]),
        tuple(coder.columns[place] for place in columns),
        tuple(replace(fields[place], column=columns.index(fields[place].column)) for place in used),
        bits,
        _union(bits),
    )


def _union(bits: Iterable[int]) -> int:
    union = 0
    for each in bits:
        union |= each
    return union


_OPERATORS = {"!=": "$neq", ">=": "$gte", "<=": "$lte"}  # the whole whitelist, beside equality


def _definition(paths: list[list[tuple[str, str, int]]]) -> str:
    rules: dict[str, object] = {"****": {"all": [{"m": {"kind": WARM_UP}}]}}
    for number, path in enumerate(paths):
        conditions: list[object] = [{"kind": FACT}]
        for name, operator, value in path:
            conditions.append({name: value} if operator == "==" else {_OPERATORS[operator]: {name: value}})
        rules[rule_name(number)] = {"all": [{"m": {"$and": conditions}}]}
    return json.dumps(rules)


def rule_name(number: int) -> str:
    """Return the name of a rule in its ruleset, always four characters."""
    return f"{number:04}"


def field_name(number: int) -> str:
    """Return the name of a field in a ruleset."""
    return f"f{number}"


def fact_id(number: int) -> str:
    """Return the id of a fact in a batch, always four characters."""
    return f"l{number:03}"


def refuse_equal_hashes(names: Iterable[str]) -> None:
    """Refuse with FactRefused names that the C code cannot tell apart: it compares 32-bit hashes, not texts."""
    seen: dict[int, str] = {}
    for name in names:
        other = seen.setdefault(fnv_1a(name), name)
        if other != name:
            raise FactRefused.at(name, f"has the same hash as {other}")


def fnv_1a(name: str) -> int:
    """Return the 32-bit FNV-1a hash by which the C code knows a name."""
    number = 2166136261
    for byte in name.encode():
        number = ((number ^ byte) * 16777619) & 0xFFFFFFFF
    return number


refuse_equal_hashes([*RESERVED, *map(field_name, range(MOST_FIELDS))])
refuse_equal_hashes(map(fact_id, range(MOST_LINES)))
