"""A receipt on paper for the customer: goods and why they cost what they did, how it was paid, what it brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from reports.documents.kind import Kind, Tools
from reports.documents.parts import Export, grouped
from reports.table import Column, Table
from reports.text import money
from reports.words import Words


class Sold(TypedDict):
    """A line, both amounts for all its pieces; `variant` is size and colour, `why` names the discounts, worded."""

    code: str
    name: str
    variant: str
    quantity: int
    list_amount: int
    pay: int
    why: list[str]


class Paid(TypedDict):
    """A way in which it was paid, worded."""

    name: str
    amount: int


class Step(TypedDict):
    """The tier that was reached and, unless it holds already, the day on which it begins by itself; both worded."""

    tier: str
    due: str


class ReceiptSlipData(TypedDict):
    """Data of the `receipt_slip` document, amounts in fen; `heading`, `state` and `tier` are worded already.

    `points` and `balance` are None without a member, `balance` also where nothing was told of it. `card` is the number
    of a new member's card, else "". `not_given` are vouchers whose budget had no room: fen, and points that stay;
    `points_not_given` the points that rules would have given, had their budgets had room.
    `ahead` says what the customer nearly had, in sentences.
    """

    store: str
    brand: str
    heading: str
    number: str
    state: str
    at: str
    member: str
    tier: str
    currency: str
    lines: list[Sold]
    list_total: int
    total: int
    tenders: list[Paid]
    points: int | None
    balance: int | None
    card: str
    step: Step | None
    vouchers: list[str]
    not_given: list[list[int]]
    points_not_given: int
    ahead: list[str]
    cashier: str
    version: str
    export: Export


_LINES: dict[str, Any] = {
    "code": "text",
    "name": "text",
    "variant": "text",
    "quantity": "count",
    "list_amount": "money",
    "pay": "money",
}


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """The lines, and how they were paid."""
    columns = tuple(Column(key, words(f"receipt_slip.column_{key}"), unit) for key, unit in _LINES.items())
    why = Column("why", words("receipt_slip.column_why"))
    lines = [(*(line[key] for key in _LINES), "; ".join(line["why"])) for line in data["lines"]]
    paid = Column("name", words("receipt_slip.column_paid")), Column("amount", words("receipt_slip.total"), "money")
    tenders = [(each["name"], each["amount"]) for each in data["tenders"]]
    return [
        Table("lines", words("receipt_slip.lines"), (*columns, why), lines),
        Table("tenders", words("receipt_slip.tenders"), paid, tenders),
    ]


def prepare(data: Mapping[str, Any], words: Words, tools: Tools) -> dict[str, Any]:
    """When it was, what was saved, what it brought as sentences, and the codes of vouchers as they are read."""
    return {
        "when": tools.moment(data["at"]),
        "saved": data["total"] - data["list_total"],
        "news": [*_news(data["card"], data["step"], words), *_missed(data, words)],
        "codes": [grouped(code) for code in data["vouchers"]],
    }


def _news(card: str, step: Mapping[str, str] | None, words: Words) -> list[str]:
    said = [words("receipt_slip.card", card=card)] if card else []
    if step and step["due"]:
        said.append(words("receipt_slip.climbed", tier=step["tier"], day=step["due"]))
    elif step:
        said.append(words("receipt_slip.climbed_now", tier=step["tier"]))
    return said


def _missed(data: Mapping[str, Any], words: Words) -> list[str]:
    said = [
        words("receipt_slip.points_kept", value=money(value), points=f"{points:,}")
        if points
        else words("receipt_slip.not_given", value=money(value))
        for value, points in data["not_given"]
    ]
    missed = data["points_not_given"]
    return [*said, words("receipt_slip.points_not_given", points=f"{missed:,}")] if missed else said


def count(data: Mapping[str, Any]) -> int:
    """A row a line."""
    return len(data["lines"])


KIND = Kind("receipt_slip", ReceiptSlipData, tables, prepare, count)
