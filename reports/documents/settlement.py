"""A franchisee's month: what it gets and owes by kind and rule, the net to pay, and every line of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from reports.documents.kind import Kind, Tools
from reports.documents.parts import Check, Export
from reports.table import Column, Table
from reports.words import Words


class Franchisee(TypedDict):
    """Whose month."""

    code: str
    name: str


class Sum(TypedDict):
    """What comes of one kind of thing by one rule, in fen; `what` is worded already, `says` is the rule's sentence."""

    what: str
    rule: str
    says: str
    lines: int
    gets: int
    owes: int


class Line(TypedDict):
    """One line: `amount` is what the franchisee gets (fen; below nothing: owes), `other` is the other party, worded."""

    day: str
    store: str
    what: str
    rule: str
    reference: str
    other: str
    amount: int


class LeftOut(TypedDict):
    """The lines beyond those the paper holds: how many, and what they come to (fen)."""

    lines: int
    amount: int


class SettlementData(TypedDict):
    """Data of the `settlement` document; `given` is what customers got as discounts, part of it made good.

    `left_out` is what is not among the lines: the spreadsheet holds them all.
    """

    franchisee: Franchisee
    month: str
    closed: bool
    export: Export
    currency: str
    given: int
    net: int
    sums: list[Sum]
    lines: list[Line]
    left_out: LeftOut


_SUMS: dict[str, tuple[Any, int]] = {
    "what": ("text", 12),
    "rule": ("text", 18),
    "says": ("text", 32),
    "lines": ("count", 8),
    "gets": ("money", 15),
    "owes": ("money", 15),
}
_LINES: dict[str, tuple[Any, int]] = {
    "day": ("day", 12),
    "store": ("text", 9),
    "what": ("text", 11),
    "rule": ("text", 22),
    "reference": ("text", 18),
    "other": ("text", 13),
    "amount": ("money", 15),
}


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """Every line first, then the sums."""
    return [_table("lines", data["lines"], words, _LINES), _table("sums", data["sums"], words, _SUMS)]


def _table(name: str, rows: list[Mapping[str, Any]], words: Words, units: dict[str, tuple[Any, int]]) -> Table:
    columns = tuple(Column(key, words(f"settlement.column_{key}"), unit, width) for key, (unit, width) in units.items())
    return Table(name, words(f"settlement.{name}"), columns, [tuple(row[key] for key in units) for row in rows])


def checks(data: Mapping[str, Any], words: Words) -> list[Check]:
    """Do the sums and the lines come to the net, and are there as many lines as were added up."""
    sums, lines, beyond = data["sums"], data["lines"], data["left_out"]
    return [
        {
            "name": words("settlement.check_sums"),
            "unit": "money",
            "posted": data["net"],
            "recomputed": sum(each["gets"] - each["owes"] for each in sums),
        },
        {
            "name": words("settlement.check_lines"),
            "unit": "money",
            "posted": data["net"],
            "recomputed": sum(line["amount"] for line in lines) + beyond["amount"],
        },
        {
            "name": words("settlement.check_count"),
            "unit": "count",
            "posted": sum(each["lines"] for each in sums),
            "recomputed": len(lines) + beyond["lines"],
        },
    ]


def prepare(data: Mapping[str, Any], words: Words, _tools: Tools) -> dict[str, Any]:
    """Head block and controls."""
    franchisee = data["franchisee"]
    head = [
        (words("settlement.franchisee"), f"{franchisee['code']} {franchisee['name']}"),
        (words("settlement.month"), data["month"]),
        (words("settlement.state"), words("settlement.closed" if data["closed"] else "settlement.open")),
        (words("head.entries"), str(len(data["lines"]) + data["left_out"]["lines"])),
    ]
    return {"head": head, "checks": checks(data, words)}


def count(data: Mapping[str, Any]) -> int:
    """Rows of both tables."""
    return len(data["lines"]) + len(data["sums"])


KIND = Kind("settlement", SettlementData, tables, prepare, count, long="lines", most_rows=100_000)
