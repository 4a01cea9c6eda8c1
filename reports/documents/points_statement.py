"""A member's points statement: reconciliation first, then every entry, the lots left, and tier credit apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from reports.charts import Chart, Series, line_chart
from reports.documents.kind import Kind, Tools
from reports.documents.parts import Check, Export, Period, months
from reports.table import Column, Table
from reports.words import Words


class Member(TypedDict):
    """Whose points; `name` and `phone` are masked already."""

    number: str
    name: str
    phone: str
    tier: str
    since: str
    store: str


class Balance(TypedDict):
    """opening + earned - redeemed - expired + adjusted = closing; only `adjusted` carries a sign."""

    opening: int
    earned: int
    redeemed: int
    expired: int
    adjusted: int
    closing: int


class Entry(TypedDict):
    """One posting in time order: `points` is signed, `balance` is after it."""

    at: str
    kind: str
    store: str
    reference: str
    note: str
    points: int
    balance: int


class Lot(TypedDict):
    """Points that came together and expire together, as at the period's end; `expires` is None for never."""

    earned: str
    reference: str
    points: int
    left: int
    expires: str | None


class CreditEntry(TypedDict):
    """One posting of tier credit (fen, signed)."""

    at: str
    reference: str
    amount: int


class Credit(TypedDict):
    """Tier credit of a window; `needed` is what is missing to `next_tier`, None at the top."""

    since: str
    until: str
    total: int
    needed: int | None
    next_tier: str | None
    entries: list[CreditEntry]


class PointsStatementData(TypedDict):
    """Data of the `points_statement` document."""

    member: Member
    period: Period
    export: Export
    currency: str
    balance: Balance
    entries: list[Entry]
    lots: list[Lot]
    credit: Credit | None
    note: NotRequired[str]


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """Entries, lots and, where there is credit, its entries."""
    found = [
        _table("entries", data["entries"], words, _ENTRIES),
        _table("lots", [_ending(lot, words) for lot in data["lots"]], words, _LOTS),
    ]
    if data["credit"] is not None:
        found.append(_table("credit", data["credit"]["entries"], words, _CREDIT))
    return found


def _ending(lot: Mapping[str, Any], words: Words) -> dict[str, Any]:
    return {**lot, "expires": lot["expires"] or words("points_statement.never")}


_ENTRIES: dict[str, tuple[Any, int]] = {
    "at": ("time", 15),
    "kind": ("text", 11),
    "store": ("text", 15),
    "reference": ("text", 22),
    "note": ("text", 17),
    "points": ("points", 10),
    "balance": ("points", 10),
}
_LOTS: dict[str, tuple[Any, int]] = {
    "earned": ("day", 16),
    "expires": ("day", 16),
    "reference": ("text", 36),
    "points": ("points", 16),
    "left": ("points", 16),
}
_CREDIT: dict[str, tuple[Any, int]] = {"at": ("time", 25), "reference": ("text", 45), "amount": ("money", 30)}


def _table(name: str, rows: list[Mapping[str, Any]], words: Words, units: dict[str, tuple[Any, int]]) -> Table:
    columns = tuple(Column(key, words(f"column.{key}"), unit, width) for key, (unit, width) in units.items())
    values = [tuple(row[key] for key in units) for row in rows]
    return Table(name, words(f"points_statement.{name}"), columns, values)


def checks(data: Mapping[str, Any], words: Words) -> list[Check]:
    """Does the statement add up: the parts, the entries, each running balance and the lots."""
    balance, entries = data["balance"], data["entries"]

    def row(key: str, unit: str, posted: int, recomputed: int) -> Check:
        return {"name": words(f"check.{key}"), "unit": unit, "posted": posted, "recomputed": recomputed}

    parts = balance["opening"] + balance["earned"] - balance["redeemed"] - balance["expired"] + balance["adjusted"]
    found = [
        row("balance", "points", balance["closing"], parts),
        row("entries", "points", balance["closing"], balance["opening"] + sum(entry["points"] for entry in entries)),
        row("running", "count", 0, _breaks(balance["opening"], entries)),
        row("lots", "points", balance["closing"], sum(lot["left"] for lot in data["lots"])),
    ]
    if (credit := data["credit"]) is not None:
        found.append(row("credit", "money", credit["total"], sum(entry["amount"] for entry in credit["entries"])))
    return found


def _breaks(balance: int, entries: list[Mapping[str, Any]]) -> int:
    """How many entries' balance is not the one before plus their points."""
    wrong = 0
    for entry in entries:
        wrong += entry["balance"] != balance + entry["points"]
        balance = entry["balance"]
    return wrong


def month_ends(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The balance at the end of each month of the period (the latest 36)."""
    balance = data["balance"]["opening"]
    last: dict[str, int] = {entry["at"][:7]: entry["balance"] for entry in data["entries"]}
    found = []
    for month in months(data["period"]):
        balance = last.get(month, balance)
        found.append((month, balance))
    return found[-36:]


def prepare(data: Mapping[str, Any], words: Words, tools: Tools) -> dict[str, Any]:
    """Head block, controls and the balance at each month's end."""
    member, period = data["member"], data["period"]
    head = [
        (words("head.member_number"), member["number"]),
        (words("head.period"), words("head.from_to", since=period["since"], until=period["until"])),
        (words("head.member"), member["name"]),
        (words("head.phone"), member["phone"]),
        (words("head.tier"), member["tier"]),
        (words("head.member_since"), member["since"]),
        (words("head.home_store"), member["store"]),
        (words("head.entries"), str(len(data["entries"]))),
    ]
    ends = month_ends(data)
    chart = Chart(
        words("points_statement.chart"),
        [month for month, _ in ends],
        [Series("", [balance for _, balance in ends])],
        "points",
        words,
        690,
        130,
        tools.plain,
    )
    return {"head": head, "checks": checks(data, words), "chart": line_chart(chart) if ends else None}


def count(data: Mapping[str, Any]) -> int:
    """Rows of all tables."""
    credit = data["credit"]
    return len(data["entries"]) + len(data["lots"]) + (len(credit["entries"]) if credit else 0)


KIND = Kind("points_statement", PointsStatementData, tables, prepare, count, long="entries", most_rows=100_000)
