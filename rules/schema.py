"""The shape of a rule book in YAML: marshmallow schemas that give the parts of rules.book."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

from marshmallow import Schema, ValidationError, fields, post_load, validate
from marshmallow.experimental.context import Context

from rules.book import (
    WHOLE,
    Calendar,
    Condition,
    Funding,
    Group,
    Limit,
    Parameter,
    Ref,
    Rule,
    Settings,
    Stores,
    Then,
    Total,
    Yearly,
)
from rules.errors import Problem
from rules.reading import read_condition, read_ref, read_then
from rules.values import NotAValue, read_clock, read_date, read_flag, read_number, read_text, shown
from rules.vocabulary import Kind, Text, Vocabulary

LONGEST_NOTE = 4000
_LANGUAGES = ("zh_hant", "zh_hans", "en")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

#: The vocabulary a book is read with, while it is read.
Words = Context[Vocabulary]


class Exact(fields.Field[Any]):
    """A field read by one exact function: no coercion of texts to numbers or numbers to yes and no."""

    def __init__(self, read: Callable[[Any], Any], **more: Any) -> None:
        """Take the function that reads, and what every field takes."""
        super().__init__(**more)
        self.read = read

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return self.read(value)
        except NotAValue as refusal:
            raise ValidationError(str(refusal)) from None


class ConditionField(fields.Field[Condition]):
    """A condition tree over the facts of the event or of a line."""

    def __init__(self, scope: Literal["event", "line"], **more: Any) -> None:
        """Take the scope whose facts may be asked about."""
        super().__init__(**more)
        self.scope: Literal["event", "line"] = scope

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        problems: list[Problem] = []
        condition = read_condition(value, Words.get(), self.scope, problems)
        if problems:
            raise ValidationError(_by_path(problems))
        return condition


class ThenField(fields.Field[Then]):
    """One effect with its parameters."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        problems: list[Problem] = []
        then = read_then(value, Words.get(), problems, "")
        if problems:
            raise ValidationError(_by_path(problems))
        return then


def _by_path(problems: list[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.path.lstrip("."), []).append(problem.sentence)
    return found


def _number(lowest: int, highest: int) -> Callable[[Any], int]:
    def read(raw: object) -> int:
        number = read_number(raw)
        if not lowest <= number <= highest:
            raise NotAValue(f"must be between {lowest} and {highest}")
        return number

    return read


def _number_or_ref(kind: Kind) -> Callable[[Any], int | Ref]:
    def read(raw: object) -> int | Ref:
        if isinstance(raw, Mapping):
            return read_ref(raw, kind)
        number = read_number(raw, kind)
        if number < 0:
            raise NotAValue("must not be negative")
        return number

    return read


def _name(raw: object) -> str:
    text = read_text(raw)
    if not text.strip():
        raise NotAValue("must not be empty")
    return text


def _codes(raw: object) -> frozenset[str]:
    if not isinstance(raw, list):
        raise NotAValue(f"must be a list, not {shown(raw)}")
    return frozenset(map(_name, raw))


def _weekdays(raw: object) -> frozenset[int]:
    if not isinstance(raw, list):
        raise NotAValue("must be a list of 1 (Monday) to 7 (Sunday)")
    return frozenset(read_number(each, Kind.WEEKDAY) for each in raw)


def _span(raw: object) -> tuple[int, int]:
    start, dash, end = raw.partition("-") if isinstance(raw, str) else ("", "", "")
    if not dash:
        raise NotAValue(f"must be hours like 10:00-22:00, not {shown(raw)}")
    span = read_clock(start), read_clock(end)
    if span[0] >= span[1]:
        raise NotAValue("must end after it begins; write hours over midnight as two spans")
    return span


def _month_day(raw: object) -> tuple[int, int]:
    match = _MONTH_DAY.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise NotAValue(f"must be month and day like 02-14, not {shown(raw)}")
    return int(match[1]), int(match[2])


def _note(raw: object) -> str | Text:
    if not isinstance(raw, Mapping):
        return read_text(raw, LONGEST_NOTE, lines=True)
    if set(raw) != set(_LANGUAGES):
        raise NotAValue(f"must be one text, or one for each of {', '.join(_LANGUAGES)}")
    return Text(*(read_text(raw[language], LONGEST_NOTE, lines=True) for language in _LANGUAGES))


def _one_of(*allowed: str) -> Exact:
    return Exact(read_text, validate=validate.OneOf(allowed, error="must be one of {choices}"), required=True)


def _tuples(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: tuple(data[key]) for key in keys if key in data}


def _list(inner: fields.Field[Any]) -> fields.List[Any]:
    return fields.List(inner, validate=validate.Length(max=100_000))


class TextSchema(Schema):
    """One text in three languages."""

    zh_hant = Exact(read_text, required=True)
    zh_hans = Exact(read_text, required=True)
    en = Exact(read_text, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Text:
        return Text(**data)


class ParameterSchema(Schema):
    """A dated number: `values` maps days to numbers."""

    parameter = Exact(_name, required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    label = fields.Nested(TextSchema, required=True)
    reference = Exact(read_text, load_default="")
    values = fields.Dict(keys=Exact(read_date), values=Exact(read_number), required=True, validate=validate.Length(1))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Parameter:
        dated: dict[date, int] = data["values"]
        return Parameter(
            data["parameter"], data["kind"], data["label"], data["reference"], tuple(sorted(dated.items()))
        )


class GroupSchema(Schema):
    """A stacking group."""

    group = Exact(_name, required=True)
    label = fields.Nested(TextSchema, required=True)
    policy = _one_of("best", "first", "all")
    base = Exact(read_text, validate=validate.OneOf(("list", "selling", "running")), load_default="running")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Group:
        return Group(data["group"], data["label"], data["policy"], data["base"])


class SettingsSchema(Schema):
    """How the book calculates."""

    rounding = Exact(read_text, validate=validate.OneOf(("line", "unit")))
    multiplier_combination = Exact(read_text, validate=validate.OneOf(("max", "multiply", "add")))
    points_base = Exact(read_text, validate=validate.OneOf(("net", "list")))
    points_per_yuan = Exact(_number(0, 10_000))
    floor_price = Exact(_number(0, 10**12))
    voucher_max_per_receipt = Exact(_number(0, 1000))
    voucher_min_spend = Exact(_number(0, 10**12))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Settings:
        return Settings(**data)


class TotalSchema(Schema):
    """A threshold over the rule's own lines."""

    measure = _one_of("quantity", "amount")
    at_least = Exact(_number_or_ref(Kind.MONEY))
    at_most = Exact(_number_or_ref(Kind.MONEY))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Total:
        if len(data) < 2:
            raise ValidationError("needs at_least or at_most")
        return Total(**data)


class YearlySchema(Schema):
    """A span of days of every year."""

    start = Exact(_month_day, required=True, data_key="from")
    end = Exact(_month_day, required=True, data_key="to")
    lunar = Exact(read_flag, load_default=False)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Yearly:
        for month, day in (data["start"], data["end"]):
            if day > (30 if data["lunar"] else _LONGEST_MONTHS[month - 1]):
                raise ValidationError(f"month {month} never has a day {day}")
        return Yearly(**data)


class CalendarSchema(Schema):
    """When a rule holds."""

    since = Exact(read_date)
    until = Exact(read_date)
    weekdays = Exact(_weekdays)
    hours = _list(Exact(_span))
    yearly = _list(fields.Nested(YearlySchema))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Calendar:
        if "since" in data and "until" in data and data["since"] > data["until"]:
            raise ValidationError("ends before it begins")
        return Calendar(**data | _tuples(data, "hours", "yearly"))


class StoresSchema(Schema):
    """Where a rule holds."""

    brands = Exact(_codes)
    regions = Exact(_codes)
    franchisees = Exact(_codes)
    formats = Exact(_codes)
    stores = Exact(_codes)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Stores:
        return Stores(**data)


class LimitSchema(Schema):
    """How often, or for how much money, a rule may fire."""

    per = _one_of("member", "store", "all")
    period = _one_of("day", "month", "year", "ever")
    count = Exact(_number_or_ref(Kind.COUNT))
    budget = Exact(_number_or_ref(Kind.MONEY))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Limit:
        if "count" not in data and "budget" not in data:
            raise ValidationError("needs a count or a budget")
        return Limit(**data)


class FundingSchema(Schema):
    """Who pays, in basis points."""

    hq = Exact(_number(0, WHOLE), load_default=0)
    selling_store = Exact(_number(0, WHOLE), load_default=0)
    issuing_store = Exact(_number(0, WHOLE), load_default=0)
    partner = Exact(_number(0, WHOLE), load_default=0)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Funding:
        if sum(data.values()) != WHOLE:
            raise ValidationError(f"shares add up to {sum(data.values())}, not to {WHOLE}")
        return Funding(**data)


class RuleSchema(Schema):
    """One rule; needs a vocabulary in `Words`."""

    rule = Exact(_name, required=True)
    reference = Exact(read_text, load_default="")
    event = Exact(_name, required=True)
    then = fields.List(ThenField(), required=True, validate=validate.Length(1, 50))
    items = ConditionField("line")
    when = ConditionField("event")
    totals = _list(fields.Nested(TotalSchema))
    group = Exact(_name)
    priority = Exact(_number(-1_000_000, 1_000_000))
    calendar = fields.Nested(CalendarSchema)
    stores = fields.Nested(StoresSchema)
    limits = _list(fields.Nested(LimitSchema))
    funding = fields.Nested(FundingSchema)
    enabled = Exact(read_flag)
    once = Exact(read_text, validate=validate.OneOf(("rule", "line")))
    note = Exact(_note)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Rule:
        return Rule(name=data.pop("rule"), **data | _tuples(data, "then", "totals", "limits"))


class BookSchema(Schema):
    """A whole book; its rules and tables are read one by one, so that one bad rule hides no other."""

    book = Exact(_name, required=True)
    brand = Exact(read_text, load_default="")
    currency = Exact(_name, load_default="CNY")
    settings = fields.Nested(SettingsSchema, load_default=Settings)
    parameters = _list(fields.Nested(ParameterSchema))
    groups = _list(fields.Nested(GroupSchema))
    rules = fields.List(fields.Raw())
    tables = fields.List(fields.Raw())

    unread: ClassVar[tuple[str, ...]] = ("rules", "tables")


def problems_of(messages: object, path: str = "") -> list[Problem]:
    """Return marshmallow's nested messages as flat problems with paths like `rules[3].when.all[1].fact`."""
    if isinstance(messages, Mapping):
        return [problem for key, inner in messages.items() for problem in problems_of(inner, _joined(path, key))]
    sentences = messages if isinstance(messages, list) else [messages]
    return [Problem(path, _sentence(each)) for each in sentences]


def _joined(path: str, key: object) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key in ("_schema", ""):
        return path
    return f"{path}.{str(key)[:80]}".lstrip(".") if not str(key).startswith("[") else f"{path}{key}"


def _sentence(message: object) -> str:
    text = str(message)
    known = {
        "Unknown field.": "is not a word of rule books",
        "Missing data for required field.": "is needed",
        "Field may not be null.": "must not be empty",
        "Invalid input type.": "must be a group of words",
        "Not a valid list.": "must be a list",
        "Not a valid mapping type.": "must be a group of words",
        "Shorter than minimum length 1.": "must not be empty",
    }
    return known.get(text, text)
