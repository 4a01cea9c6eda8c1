"""What came back, on paper for the customer: goods, money, vouchers, points, and where both sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from reports.documents.kind import Kind, Tools
from reports.documents.parts import Export
from reports.table import Column, Table
from reports.words import Words


class Back(TypedDict):
    """A line: units that came back, the unit price put right (fen) where it was, what was taken instead."""

    code: str
    name: str
    quantity: int
    price: int | None
    swapped: str


class ReturnSlipData(TypedDict):
    """Data of the `return_slip` document, in fen; `kind` and `reason` are worded already.

    `cash` below nothing is what the customer pays; what was kept back for used vouchers (`vouchers_deducted`, below
    nothing: paid back) is taken off already. `taken` and `to_pay` are of an exchange: what the new goods cost in
    money, and what the customer pays (below nothing: gets).
    """

    store: str
    brand: str
    kind: str
    number: str
    receipt: str
    at: str
    member: str
    currency: str
    lines: list[Back]
    reason: str
    note: str
    shortfall: int
    forgone: bool
    to_vouchers: int
    vouchers_deducted: int
    cash: int
    taken: int | None
    to_pay: int | None
    points: int
    balance: int | None
    withdrawn: list[str]
    void: list[str]
    cashier: str
    approved_by: str
    export: Export


_LINES: dict[str, Any] = {"code": "text", "name": "text", "quantity": "count", "price": "money", "swapped": "text"}


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """The lines that came back."""
    columns = tuple(Column(key, words(f"return_slip.column_{key}"), unit) for key, unit in _LINES.items())
    rows = [tuple(line[key] for key in _LINES) for line in data["lines"]]
    return [Table("lines", words("return_slip.lines"), columns, rows)]


def prepare(data: Mapping[str, Any], words: Words, tools: Tools) -> dict[str, Any]:
    """When it was, and the sums in the order in which people count them."""
    sums = [
        ("to_vouchers", data["to_vouchers"] or None, "money"),
        ("deducted" if data["vouchers_deducted"] > 0 else "deducted_back", -data["vouchers_deducted"] or None, "money"),
        ("cash_back" if data["cash"] >= 0 else "collect", abs(data["cash"]), "money"),
        ("taken", data["taken"], "money"),
        ("pays" if (data["to_pay"] or 0) >= 0 else "gets", _size(data["to_pay"]), "money"),
        ("points", data["points"] or None, "points"),
        ("balance", data["balance"], "points"),
    ]
    due = ("cash_back", "collect")
    shown = [
        (words(f"return_slip.{name}"), value, unit, name in due) for name, value, unit in sums if value is not None
    ]
    return {"when": tools.moment(data["at"]), "sums": shown}


def _size(amount: int | None) -> int | None:
    return None if amount is None else abs(amount)


def count(data: Mapping[str, Any]) -> int:
    """A row a line."""
    return len(data["lines"])


KIND = Kind("return_slip", ReturnSlipData, tables, prepare, count)
