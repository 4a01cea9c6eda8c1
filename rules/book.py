"""The parts of a rule book as plain frozen data (rules.md section 2); reading and checking is policy.py's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rules.vocabulary import Kind, Text, Value

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that is a named dated parameter of the book, looked up at the event's day."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated number: the value of the latest day not after the asked day."""

    name: str
    kind: Kind
    label: Text
    reference: str
    values: tuple[tuple[date, int], ...]  # ascending days


@dataclass(frozen=True, slots=True)
class Compare:
    """One condition row: fact, operator, operand (a value, several values, or a parameter)."""

    fact: str
    operator: Literal["is", "is_not", "in", "not_in", "at_least", "more_than", "at_most", "less_than", "has", "has_not"]
    operand: Value | tuple[Value, ...] | Ref


@dataclass(frozen=True, slots=True)
class Combine:
    """A group of conditions: all, any or none of its parts."""

    how: Literal["all", "any", "none"]
    parts: tuple[Condition, ...]


Condition = Compare | Combine


@dataclass(frozen=True, slots=True)
class Total:
    """A threshold over the rule's own fired lines, before discounts."""

    measure: Literal["quantity", "amount"]
    at_least: int | Ref | None = None
    at_most: int | Ref | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """One effect of a rule, with its parameters."""

    effect: str
    params: Mapping[str, Value | Ref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Yearly:
    """A recurring span of days, (month, day) to (month, day), solar or lunar; may pass the end of the year."""

    start: tuple[int, int]
    end: tuple[int, int]
    lunar: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a rule holds; empty parts do not restrict. Days are inclusive, hours are minutes [start, end)."""

    since: date | None = None
    until: date | None = None
    weekdays: frozenset[int] = frozenset()
    hours: tuple[tuple[int, int], ...] = ()
    yearly: tuple[Yearly, ...] = ()


@dataclass(frozen=True, slots=True)
class Stores:
    """Where a rule holds: codes; empty sets do not restrict, several sets must all hold."""

    brands: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    franchisees: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` firings, or `budget` fen of cost, per member / store / altogether in a period."""

    per: Literal["member", "store", "all"]
    period: Literal["day", "month", "year", "ever"]
    count: int | Ref | None = None
    budget: int | Ref | None = None  # fen


@dataclass(frozen=True, slots=True)
class Funding:
    """Who pays for an effect, in basis points adding up to 10,000."""

    hq: int = WHOLE
    selling_store: int = 0
    issuing_store: int = 0
    partner: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `table` names the decision table it came from."""

    name: str
    reference: str
    event: str  # quote, checkout, visit, enrol, referral, daily, tier_review, ...
    then: tuple[Then, ...]
    items: Condition | None = None  # over line.* facts
    when: Condition | None = None  # over everything else
    totals: tuple[Total, ...] = ()
    group: str | None = None
    priority: int = 0  # higher first
    calendar: Calendar = Calendar()
    stores: Stores = Stores()
    limits: tuple[Limit, ...] = ()
    funding: Funding = Funding()
    enabled: bool = True
    once: Literal["rule", "line"] = "rule"
    table: str | None = None
    note: str | Text = ""  # as its author wrote it, or in three languages


@dataclass(frozen=True, slots=True)
class Group:
    """A stacking group; groups run in the order they have in the book."""

    name: str
    label: Text
    policy: Literal["best", "first", "all"]
    base: Literal["list", "selling", "running"] = "running"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a book calculates; defaults are the programme's (C08-C20)."""

    rounding: Literal["line", "unit"] = "line"
    multiplier_combination: Literal["max", "multiply", "add"] = "max"
    points_base: Literal["net", "list"] = "net"
    points_per_yuan: int = 1
    floor_price: int = 0  # fen a unit below which no rule may push a line
    voucher_max_per_receipt: int = 1
    voucher_min_spend: int = 0  # fen


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table as written: rows of one shape; `policy` expands it into rules and keeps it for the export."""

    name: str
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules, tables, parameters and group settings of one brand; `rules` includes the rows of the tables."""

    name: str
    brand: str
    currency: str
    groups: tuple[Group, ...]
    rules: tuple[Rule, ...]
    parameters: Mapping[str, Parameter]
    settings: Settings = Settings()
    tables: tuple[Table, ...] = ()
