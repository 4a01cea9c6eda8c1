"""Case files read: one basket or event with its expected outcome, every problem named (rules.md section 8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from rules.birthday import Birthday, kept_in, lunar_key
from rules.errors import BookRefused, Problem, RulesError
from rules.event import PAR, Event, Line, Offer, Place, Usage
from rules.facts import selling_price
from rules.returns import Kept
from rules.standard import STANDARD_FACTS
from rules.values import NotAValue, read_date, read_text, read_value
from rules.vocabulary import Fact, Value, Vocabulary
from rules.yaml_text import read_yaml

T = TypeVar("T")

NEUTRAL_MOMENT = datetime(2000, 1, 1, 12, 0)  # noqa: DTZ001 - local time of the store, like Event.at
MOST = 10**12  # fen, points or pieces: more is a slip of the keyboard

_KEYS = (
    *("case", "reference", "event", "at", "store", "member", "counters", "lines", "vouchers"),
    *("usage", "birthday_list_used", "rate", "returns", "keep_whole", "expect", "silent"),
)
_EXPECTED = (
    *("pay", "total", "tendered", "cash", "points", "credit", "vouchers_used", "multiplier"),
    *("rules", "effects", "silent", "shortfalls", "after"),
)
#: What a receipt comes to after its returns, and what goes back.
_AFTER = (
    *("pay", "total", "tendered", "cash", "points", "credit", "shortfall"),
    *("paid_back", "to_vouchers", "cash_back", "points_back", "credit_back"),
)
_COMPUTED = frozenset(fact.name for fact in STANDARD_FACTS)
_DOCUMENT = re.compile(r"^---[ \t]*$", re.MULTILINE)


class CaseRefused(RulesError):
    """A case file cannot be read; all its problems are listed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One event and what it must come to."""

    name: str
    reference: str
    event: Event
    expect: Mapping[str, Any]
    silent: tuple[str, ...] = ()  # rules that must not fire
    kept: tuple[Kept, ...] | None = None  # what is kept of each line once goods came back; None: nothing came back
    keep_whole: bool = False  # the shop bears what a lost threshold costs


def read_cases(text: str, vocabulary: Vocabulary) -> list[Case]:
    """Read the cases of one YAML or JSON text: a case, a list of cases, or several YAML documents.

    Refuses with CaseRefused for anything that is not such a text, unknown keys and words, and values that cannot be.
    """
    found: list[Any] = []
    for document in _documents(text):
        found += document if isinstance(document, list) else [document]
    if not found:
        raise CaseRefused.at("", "there is no case in this file")
    return [read_case(each, vocabulary, f"case[{place}]") for place, each in enumerate(found)]


def read_case(data: Any, vocabulary: Vocabulary, path: str = "case") -> Case:
    """Read one case from plain data.

    Refuses with CaseRefused like `read_cases`.
    """
    reader = _Reader(vocabulary)
    case = reader.case(data, path)
    if reader.problems:
        raise CaseRefused(reader.problems)
    return case


def _documents(text: str) -> Iterable[Any]:
    try:
        return [read_yaml(part) for part in _DOCUMENT.split(text) if part.strip()]
    except BookRefused as refusal:
        raise CaseRefused(refusal.problems) from None


def _birthday_facts(born: date, day: date, *, lunar: bool) -> dict[str, Value]:
    """Return what a birthday says on a day."""
    birthday = Birthday(born, lunar_key(born) if lunar else None)
    age = day.year - born.year - (day < kept_in(day.year, born))
    return {"member.is_birthday": birthday.is_on(day), "member.age": max(0, age)}


class _Reader:
    """Reads cases and gathers everything that is wrong with them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.problems: list[Problem] = []
        self._facts = vocabulary.facts

    def case(self, data: Any, path: str) -> Case:
        if data is None:
            self._wrong(path, "is empty")
        case = self._mapping(data, path, _KEYS)
        expect = dict(self._mapping(case.get("expect"), f"{path}.expect", _EXPECTED))
        silent = [*self._names(case, "silent", path), *self._names(expect, "silent", f"{path}.expect")]
        expect.pop("silent", None)
        self._check_expected(expect, f"{path}.expect")
        name, reference = self._text(case, "case", path), self._text(case, "reference", path)
        event = self._event(case, path)
        kept = self._kept(case, event, f"{path}.returns") if "returns" in case else None
        if "after" in expect and kept is None:
            self._wrong(f"{path}.expect.after", "is about returns, and there are none")
        whole = case.get("keep_whole", False)
        if not isinstance(whole, bool):
            self._wrong(f"{path}.keep_whole", "must be true or false")
        return Case(name, reference, event, expect, tuple(silent), kept, whole is True)

    def _kept(self, case: Mapping[str, Any], event: Event, path: str) -> tuple[Kept, ...]:
        """Return what is kept after goods came back or prices were put right, line by line as they follow."""
        kept = [Kept(line.quantity) for line in event.lines]
        for place, data in enumerate(self._list(case, "returns", path)):
            here = f"{path}[{place}]"
            back = self._mapping(data, here, ("line", "quantity", "price"))
            number = self._amount(back, "line", here, 0, least=1)
            if not 1 <= number <= len(kept):
                self._wrong(f"{here}.line", f"is none of the {len(kept)} lines")
            else:
                kept[number - 1] = self._left(kept[number - 1], back, event.lines[number - 1], here)
        return tuple(kept)

    def _left(self, before: Kept, back: Mapping[str, Any], line: Line, path: str) -> Kept:
        quantity = self._amount(back, "quantity", path, 0)
        price = None if back.get("price") is None else self._amount(back, "price", path, 0)
        if not quantity and price is None:
            self._wrong(path, "needs a quantity that comes back, or a price that is put right")
        if quantity > before.quantity:
            self._wrong(f"{path}.quantity", f"is more than the {before.quantity} that are left")
        if price is not None and price > selling_price(line):
            self._wrong(f"{path}.price", "is not a lower price")
        return Kept(max(0, before.quantity - quantity), before.price if price is None else price)

    def _event(self, case: Mapping[str, Any], path: str) -> Event:
        lines, vouchers = self._list(case, "lines", path), self._list(case, "vouchers", path)
        event = Event(
            self._text(case, "event", path, "quote"),
            self._moment(case.get("at"), f"{path}.at"),
            self._place(case.get("store"), f"{path}.store"),
            lines=[self._line(line, f"{path}.lines[{place}]") for place, line in enumerate(lines)],
            vouchers=[self._offer(offer, f"{path}.vouchers[{place}]") for place, offer in enumerate(vouchers)],
            usage=self._usage(case.get("usage"), f"{path}.usage"),
            birthday_list_used=self._amount(case, "birthday_list_used", path, 0),
            rate=self._amount(case, "rate", path, PAR),
        )
        counters = self._mapping(case.get("counters"), f"{path}.counters", None)
        facts = self._member(case.get("member"), event.at.date(), f"{path}.member")
        return replace(event, facts=facts | self._given(counters, "", "event", f"{path}.counters"))

    def _member(self, data: Any, day: date, path: str) -> dict[str, Value]:
        if data is None:
            return {}
        member = dict(self._mapping(data, path, None))
        facts: dict[str, Value] = {"member.present": True}
        birthday, lunar = member.pop("birthday", None), member.pop("birthday_lunar", False)
        if not isinstance(lunar, bool):
            self._wrong(f"{path}.birthday_lunar", "must be true or false")
        if birthday is not None:
            if "is_birthday" in member:
                self._wrong(f"{path}.is_birthday", "follows from the birthday; give one of them")
            born = self._try(read_date, birthday, f"{path}.birthday") or day
            facts |= _birthday_facts(born, day, lunar=lunar is True)
        return facts | self._given(member, "member.", "event", path)

    def _line(self, data: Any, path: str) -> Line:
        own = [name.name for name in fields(Line) if name.name != "facts"]
        line = self._mapping(data, path, None)
        if "list_price" not in line:
            self._wrong(f"{path}.list_price", "is missing")
        given = {
            word: line[word]
            for word in line
            if word not in own or (f"line.{word}" in self._facts and f"line.{word}" not in _COMPUTED)
        }
        special = None if line.get("special_price") is None else self._amount(line, "special_price", path, 0)
        return Line(
            self._text(line, "product", path),
            self._amount(line, "quantity", path, 1, least=1),
            self._amount(line, "list_price", path, 0),
            special,
            self._given(given, "line.", "line", path),
            self._amount(line, "floor_price", path, 0),
        )

    def _offer(self, data: Any, path: str) -> Offer:
        offer = self._mapping(data, path, tuple(each.name for each in fields(Offer)))
        goods = [
            None if offer.get(key) is None else frozenset(self._names(offer, key, path))
            for key in ("categories", "products")
        ]
        return Offer(
            self._text(offer, "kind", path, "cash"),
            self._amount(offer, "value", path, 0),
            self._text(offer, "code", path),
            self._amount(offer, "min_spend", path, 0),
            *goods,
        )

    def _place(self, data: Any, path: str) -> Place:
        names = tuple(each.name for each in fields(Place))
        store = self._mapping(data, path, names)
        return Place(**{name: self._text(store, name, path) for name in names})

    def _usage(self, data: Any, path: str) -> dict[str, Usage]:
        return {str(rule): self._used(used, f"{path}.{rule}") for rule, used in self._mapping(data, path, None).items()}

    def _used(self, data: Any, path: str) -> Usage:
        used = self._mapping(data, path, ("counts", "costs"))
        counts, costs = (
            tuple(self._whole(each, f"{path}.{key}") for each in self._list(used, key, path))
            for key in ("counts", "costs")
        )
        return Usage(counts, costs)

    def _given(self, data: Mapping[Any, Any], prefix: str, scope: str, path: str) -> dict[str, Value]:
        """Return facts by name, each read as its kind; refuses words that are unknown or follow from the case."""
        facts: dict[str, Value] = {}
        for word, raw in data.items():
            fact = self._facts.get(f"{prefix}{word}")
            if fact is None or fact.scope != scope:
                self._wrong(
                    f"{path}.{word}", f"is not a word about the {'basket line' if scope == 'line' else 'event'}"
                )
            elif fact.name in _COMPUTED:
                self._wrong(f"{path}.{word}", "follows from the rest of the case")
            else:
                facts[fact.name] = self._value(fact, raw, f"{path}.{word}")
        return facts

    def _value(self, fact: Fact, raw: Any, path: str) -> Value:
        value = self._try(lambda given: read_value(given, fact.kind, fact.choices), raw, path)
        return fact.neutral if value is None else value

    def _check_expected(self, expect: Mapping[str, Any], path: str) -> None:
        for key in ("pay", "rules", "effects", "shortfalls"):
            self._list(expect, key, path)
        after = self._mapping(expect.get("after"), f"{path}.after", _AFTER)
        self._list(after, "pay", f"{path}.after")
        for place, effect in enumerate(self._list(expect, "effects", path)):
            if not isinstance(effect, str | dict):
                self._wrong(f"{path}.effects[{place}]", "must be the name of an effect, or {effect: name, ...}")

    def _moment(self, raw: Any, path: str) -> datetime:
        try:
            moment = NEUTRAL_MOMENT if raw is None else datetime.fromisoformat(raw)
        except (TypeError, ValueError):
            self._wrong(path, "must be a day and time like 2026-05-01T15:00")
            return NEUTRAL_MOMENT
        if moment.tzinfo is not None:
            self._wrong(path, "is the local time of the store and has no time zone")
        return moment

    def _amount(self, data: Mapping[str, Any], key: str, path: str, default: int, *, least: int = 0) -> int:
        return self._whole(data.get(key, default), f"{path}.{key}", least)

    def _whole(self, raw: Any, path: str, least: int = 0) -> int:
        if type(raw) is int and least <= raw <= MOST:
            return raw
        self._wrong(path, f"must be a whole number from {least} to {MOST}")
        return least

    def _text(self, data: Mapping[str, Any], key: str, path: str, default: str = "") -> str:
        return self._try(read_text, data.get(key, default), f"{path}.{key}") or ""

    def _names(self, data: Mapping[str, Any], key: str, path: str) -> list[str]:
        return [self._try(read_text, name, f"{path}.{key}") or "" for name in self._list(data, key, path)]

    def _list(self, data: Mapping[str, Any], key: str, path: str) -> Sequence[Any]:
        value = data.get(key, [])
        if isinstance(value, list):
            return value
        self._wrong(f"{path}.{key}", "must be a list")
        return ()

    def _mapping(self, data: Any, path: str, keys: Iterable[str] | None) -> Mapping[str, Any]:
        """Return the mapping, or an empty one; unknown keys are problems unless `keys` is None."""
        if data is None:
            return {}
        if not isinstance(data, dict):
            self._wrong(path, "must be a mapping")
            return {}
        known = None if keys is None else frozenset(keys)
        for key in data:
            if known is not None and key not in known:
                self._wrong(f"{path}.{key}", "is not a key that is known here")
        return data

    def _try(self, read: Callable[[Any], T], raw: Any, path: str) -> T | None:
        try:
            return read(raw)
        except NotAValue as refusal:
            self._wrong(path, str(refusal))
            return None

    def _wrong(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))
