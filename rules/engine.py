"""Which rules fire on which lines of an event: typed facts into durable_rules, rule and line indexes out.

An event's own fact is asked first (`when`), then its lines (`items`), and only of the rulesets that may still matter.
Calendars, stores, limits and totals are worked out beside it, as sets of rules kept as bits. Within one version the
same numbers always have the same answer, so each ruleset remembers what it was asked last.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import durable_rules_engine as durable

from rules.book import Ref, RuleBook, Total
from rules.columns import EVENT_COLUMNS, LINE_COLUMNS, column_of
from rules.compile import FACT, MOST_LINES, SID, WARM_UP, Program, Ruleset, Stage, compile_book, fact_id, field_name
from rules.errors import EngineClosed, EngineFailed, Problem
from rules.event import Event, Line
from rules.facts import selling_price
from rules.fields import Field, Numbers
from rules.firings import Firings
from rules.gates import Gates
from rules.vocabulary import Vocabulary

__all__ = ["Engine", "Firings"]

REMEMBERED = 4096  # answers a ruleset keeps
_IDS = [fact_id(place) for place in range(MOST_LINES)]
_RETRACTIONS = [
    "[" + ",".join(f'{{"sid":"{SID}","id":"{each}"}}' for each in _IDS[:count]) + "]" for count in range(MOST_LINES + 1)
]
_WARM = f'[{{"sid":"{SID}","id":"warm","kind":{WARM_UP}}}]', f'[{{"sid":"{SID}","id":"warm"}}]'

Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How an engine is doing, for the metrics of a worker; its largest memory is that of the whole process."""

    rulesets: int
    loads: int  # more than rulesets: so many were loaded anew after an error
    asked: int  # facts that went to durable_rules; all others were remembered
    largest_memory: int  # KiB


class Engine:
    """One compiled version of a rule book, kept by a process; safe for several threads and after a fork."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary, remembered: int = REMEMBERED) -> None:
        """Compile and load a book; each ruleset keeps up to `remembered` answers (0: asks durable_rules every time).

        Refuses with BookRefused if a rule has unknown words or is beyond what the engine can hold.
        """
        self._book = book
        self._closed = False
        programs = compile_book(book, vocabulary)
        self._gates = Gates(book)
        self._totals = sum(1 << place for place, rule in enumerate(book.rules) if rule.totals)
        self._places: dict[int, tuple[int, ...]] = {}
        self._programs: dict[str, _Loaded] = {}
        self._shards: list[_Shard] = []
        try:
            for event, program in programs.items():
                self._programs[event] = _Loaded(program, remembered, self._shards)
        except BaseException:
            self.close()
            raise

    def fire(self, event: Event) -> Firings:
        """Say which rules fire on which lines, in book order.

        Refuses with FactRefused if a used fact is of the wrong kind, EngineClosed after close, and EngineFailed if the
        engine answered with an error (it has been loaded anew; the event may be asked again).
        """
        if self._closed:
            raise EngineClosed([Problem("", "this version of the rules has been closed")])
        program = self._programs.get(event.kind)
        if program is None:
            return Firings(())
        on = self._gates.on(event.at.date())
        live = program.rules & on.days & self._gates.at(event.at) & self._gates.where(event.place)
        live &= program.event.masks(live, (event,), on.numbers)[0]
        limited = live & self._gates.limited
        for place in self._bits(limited) if limited else ():
            if not self._gates.limits_leave_room(place, event):
                live ^= 1 << place
        lines = event.lines
        masks = program.line.masks(live & program.with_items, lines, on.numbers) if lines else []
        return Firings(tuple(self._pairs(event, live, live & ~program.with_items, masks)))

    def close(self) -> None:
        """Free the compiled version, after the evaluation that may be running; closing twice is harmless."""
        self._closed = True
        for shard in self._shards:
            shard.close()

    def status(self) -> Status:
        """Return how many rulesets are loaded, how often they were, and what they were asked."""
        shards = self._shards
        return Status(
            rulesets=len(shards),
            loads=sum(shard.loads for shard in shards),
            asked=sum(shard.asked for shard in shards),
            largest_memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        )

    def _pairs(self, event: Event, live: int, whole: int, masks: list[int]) -> list[tuple[int, int]]:
        pairs = [(place, -1) for place in self._bits(whole)]
        for line, mask in enumerate(masks):
            pairs += [(place, line) for place in self._bits(mask)]
        pairs.sort()
        if live & self._totals:
            missed = self._below_totals(event, pairs)
            pairs = [pair for pair in pairs if pair[0] not in missed]
        return pairs

    def _below_totals(self, event: Event, pairs: list[tuple[int, int]]) -> set[int]:
        """Return the fired rules whose own lines do not reach their thresholds."""
        own: dict[int, list[Line]] = {}
        for place, line in pairs:
            if self._totals >> place & 1:
                own.setdefault(place, []).extend(event.lines if line < 0 else event.lines[line : line + 1])
        numbers = self._gates.on(event.at.date()).numbers
        return {
            place
            for place, lines in own.items()
            if not all(_reached(total, lines, numbers) for total in self._book.rules[place].totals)
        }

    def _bits(self, bits: int) -> tuple[int, ...]:
        """Return the places of a set of rules; sets come back often, so they are kept."""
        places = self._places.get(bits)
        if places is None:
            if len(self._places) >= REMEMBERED:
                self._places.clear()
            places = self._places[bits] = tuple(_places(bits))
        return places


def _places(bits: int) -> list[int]:
    digits = bin(bits)[:1:-1]
    places, at = [], digits.find("1")
    while at >= 0:
        places.append(at)
        at = digits.find("1", at + 1)
    return places


def _reached(total: Total, lines: Sequence[Line], numbers: Numbers) -> bool:
    if total.measure == "quantity":
        reached = sum(line.quantity for line in lines)
    else:
        reached = sum(selling_price(line) * line.quantity for line in lines)
    low, high = _number(total.at_least, numbers), _number(total.at_most, numbers)
    return (low is None or reached >= low) and (high is None or reached <= high)


def _number(value: int | Ref | None, numbers: Numbers) -> int | None:
    return numbers[value.parameter] if isinstance(value, Ref) else value


class _Loaded:
    """The program of one event kind with its rulesets in durable_rules."""

    __slots__ = ("event", "line", "rules", "with_items")

    def __init__(self, program: Program, remembered: int, loaded: list[_Shard]) -> None:
        self.rules = program.rules
        self.with_items = program.with_items
        self.event = _Asked(program.event, EVENT_COLUMNS, remembered, loaded)
        self.line = _Asked(program.line, LINE_COLUMNS, remembered, loaded)


class _Asked:
    """One stage: says for each source (the event, or each line) which rules' conditions hold."""

    __slots__ = ("always", "shards")

    def __init__(
        self, stage: Stage, columns: dict[str, Callable[[Any], list[Any]]], remembered: int, loaded: list[_Shard]
    ) -> None:
        """Load the rulesets; each is put into `loaded` at once, so that it is freed if a later one fails."""
        self.always = stage.always
        self.shards: list[_Shard] = []
        for ruleset in stage.rulesets:
            shard = _Shard(ruleset, columns, remembered)
            loaded.append(shard)
            self.shards.append(shard)

    def masks(self, live: int, sources: Sequence[Any], numbers: Numbers) -> list[int]:
        """Return for each source the rules among `live` whose conditions hold."""
        masks = [self.always & live] * len(sources)
        for shard in self.shards:
            if shard.every & live:
                masks = [mask | found & live for mask, found in zip(masks, shard.ask(sources, numbers), strict=True)]
        return masks


class _Shard:
    """One ruleset in durable_rules: one session, warmed once, one lock, facts taken back after each batch."""

    def __init__(self, ruleset: Ruleset, columns: dict[str, Callable[[Any], list[Any]]], remembered: int) -> None:
        self.every = ruleset.every
        self._ruleset = ruleset
        self._columns = [column_of(column, columns) for column in ruleset.columns]
        fields = ruleset.fields
        self._fields = () if fields == tuple(map(Field, range(len(ruleset.columns)))) else fields
        numbers = "".join(f',"{field_name(place)}":%d' for place in range(len(fields)))
        self._fact = f'{{"sid":"{SID}","id":"%s","kind":{FACT}{numbers}}}'
        self._bits = {f"{number:04}": bits for number, bits in enumerate(ruleset.bits)}
        self._remembered = remembered
        self._answers: dict[Key, int] = {}
        self.loads = 0
        self.asked = 0
        self._lock = Lock()
        self._handle: int | None = None
        with self._lock:
            self._load()

    def ask(self, sources: Sequence[Any], numbers: Numbers) -> list[int]:
        """Return for each source the set of rules whose conditions hold."""
        keys = list(zip(*[column(sources, numbers) for column in self._columns], strict=True))
        answers = self._answers
        found = [answers.get(key, -1) for key in keys]
        if -1 not in found:
            return found
        fresh = self._ask_all([key for key, known in dict(zip(keys, found, strict=True)).items() if known < 0])
        return [fresh[key] if known < 0 else known for key, known in zip(keys, found, strict=True)]

    def close(self) -> None:
        with self._lock:
            self._free()

    def _ask_all(self, keys: list[Key]) -> dict[Key, int]:
        fresh: dict[Key, int] = {}
        for start in range(0, len(keys), MOST_LINES):
            fresh.update(self._ask_batch(keys[start : start + MOST_LINES]))
        if self._remembered:
            if len(self._answers) + len(fresh) > self._remembered:
                self._answers = {}
            self._answers.update(fresh)
        return fresh

    def _ask_batch(self, keys: list[Key]) -> dict[Key, int]:
        text = (
            "["
            + ",".join([self._fact % (each, *self._numbers(key)) for each, key in zip(_IDS, keys, strict=False)])
            + "]"
        )
        with self._lock:
            if self._handle is None:
                raise EngineClosed([Problem("", "this version of the rules has been closed")])
            self.asked += len(keys)
            try:
                found = self._run(text, len(keys))
            except BaseException as failure:
                # A session that was left half-way would be silent for a minute: never go on with it.
                self._free()
                self._load()
                if isinstance(failure, durable.error):
                    raise EngineFailed([Problem("", f"the engine failed: {failure}")]) from failure
                raise
        return {key: found[each] for each, key in zip(_IDS, keys, strict=False)}

    def _numbers(self, key: Key) -> Key:
        """Return the fields of a fact: its columns, or digits of them."""
        return tuple([each.of(key) for each in self._fields]) if self._fields else key

    def _run(self, text: str, count: int) -> dict[str, int]:
        handle, bits = self._handle, self._bits
        found = dict.fromkeys(_IDS[:count], 0)
        code, state = durable.assert_facts(handle, text)
        if code == _OBSERVED:
            raise EngineFailed([Problem("", "the engine still knew facts of an earlier event")])
        first = durable.start_action_for_state(handle, state)
        match = first[1] if first else None
        left = count * len(bits)
        while match:
            # {"0012":{"m":{"sid":"s","id":"l003",...: names and ids have four characters, so their places are known
            found[match[30:34]] |= bits[match[2:6]]
            left -= 1
            if left < 0:
                raise EngineFailed([Problem("", "the engine fired more than its rules can")])
            match = durable.complete_and_start_action(handle, state)
        durable.retract_facts(handle, _RETRACTIONS[count])
        return found

    def _load(self) -> None:
        """Load the ruleset and fire once: freeing a session that never fired would crash the process."""
        try:
            handle = durable.create_ruleset("rules", self._ruleset.definition)
        except durable.error as failure:
            raise EngineFailed([Problem("", f"the engine refused its rules: {failure}")]) from failure
        _, state = durable.assert_facts(handle, _WARM[0])
        durable.start_action_for_state(handle, state)
        while durable.complete_and_start_action(handle, state):
            pass
        durable.retract_facts(handle, _WARM[1])
        self._handle = handle
        self.loads += 1

    def _free(self) -> None:
        """Free the session, then the ruleset: the other way round leaks, without the session it crashes."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            durable.delete_state(handle, SID)
            durable.delete_ruleset(handle)


_OBSERVED = 2  # durable_rules: a fact of this id is already there
