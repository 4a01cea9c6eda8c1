"""The decision of a receipt: what every line cost and why, for an auditor who trusts nobody.

All names and sentences arrive in the document's language; fixed words come from the report's own texts.
Money is int fen, rates and shares int basis points, times ISO 8601 with offset, days ISO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from reports.charts import Chart, Series, waterfall_chart
from reports.documents.kind import Kind, Tools
from reports.documents.parts import Check, Export, Funding
from reports.table import Column, Table
from reports.text import money, percent
from reports.words import Words

Stage = Literal["list", "special", "group", "basket", "voucher", "net"]


class Receipt(TypedDict):
    """The head of the receipt; `member` is masked already, or None for a sale without a card."""

    number: str
    store: str
    sold_at: str
    cashier: str
    member: str | None
    tier: str | None
    currency: str


class RuleBook(TypedDict):
    """The version that decided, with the SHA-256 of its content."""

    name: str
    version: str
    sha256: str


class Step(TypedDict):
    """One step of a line's waterfall.

    `change` is signed and `running` is what is left to pay after it. `label` names the group of a "group" step and is
    empty otherwise. `rule` is its sentence or name, empty where no rule acts; `rate` is the pay ratio, if there is one.
    """

    stage: Stage
    label: str
    rule: str
    version: str
    rate: int | None
    change: int
    running: int
    funding: list[Funding]


class Line(TypedDict):
    """One basket line: amounts are for the whole quantity, list_price is for one piece, `net` is after vouchers."""

    number: int
    product: str
    name: str
    quantity: int
    list_price: int
    net: int
    steps: list[Step]


class Voucher(TypedDict):
    """A voucher taken as tender, and how much of it was used."""

    number: str
    kind: str
    face: int
    used: int


class Points(TypedDict):
    """How the points came about: whole yuan paid x multiplier (basis points, 10000 = once)."""

    net_paid: int
    whole_yuan: int
    multiplier: int
    rule: str
    earned: int
    rate: NotRequired[str]  # where the store's money is not the programme's


class Effect(TypedDict):
    """Something other than a price that a rule gave."""

    effect: str
    rule: str
    version: str
    detail: str


class NotApplied(TypedDict):
    """A rule that did not act, why, and the nearest change that would make it act (empty: none)."""

    rule: str
    version: str
    reason: str
    nearest: str


class Difference(TypedDict):
    """One value that came out otherwise when the decision was made again."""

    path: str
    stored: str
    recomputed: str


class Reevaluation(TypedDict):
    """The decision made again from the stored facts and the stored version."""

    verdict: Literal["identical", "different", "not_possible"]
    at: str
    engine: str
    differences: list[Difference]


class Totals(TypedDict):
    """Of the receipt: list - discount = total, total - tendered (vouchers) = cash; the lines' `net` add up to cash."""

    list: int
    discount: int
    total: int
    tendered: int
    cash: int


class DecisionData(TypedDict):
    """Data of the `decision` document."""

    receipt: Receipt
    rule_book: RuleBook
    export: Export
    lines: list[Line]
    totals: Totals
    vouchers: list[Voucher]
    points: Points | None
    credit: int | None
    effects: list[Effect]
    not_applied: list[NotApplied]
    reevaluation: Reevaluation
    note: NotRequired[str]


_WIDTHS = {"version": 10, "effect": 14, "detail": 40, "reason": 33, "nearest": 31}


def stage_title(step: Mapping[str, Any], words: Words) -> str:
    """What a step is called: the group's own name, else the stage's."""
    return str(step["label"]) or words(f"stage.{step['stage']}")


def funding_text(funding: Sequence[Funding]) -> str:
    """Who paid for a step: 總部 60 % 12.00 + 門市 40 % 8.00."""
    return " + ".join(f"{part['party']} {percent(part['share'])} {money(part['amount'])}" for part in funding)


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """Lines, their steps, vouchers, effects, rules not applied, differences."""
    return [
        _lines(data, words),
        _steps(data, words),
        _plain("vouchers", data["vouchers"], words, "number", "kind", face="money", used="money"),
        _plain("effects", data["effects"], words, "effect", "rule", "version", "detail"),
        _plain("not_applied", data["not_applied"], words, "rule", "version", "reason", "nearest"),
        _plain("differences", data["reevaluation"]["differences"], words, "path", "stored", "recomputed"),
    ]


def _lines(data: Mapping[str, Any], words: Words) -> Table:
    columns = (
        Column("number", words("column.line"), "count"),
        Column("product", words("column.product")),
        Column("name", words("column.name")),
        Column("quantity", words("column.quantity"), "count"),
        Column("list_price", words("column.list_price"), "money"),
        Column("list", words("column.list"), "money"),
        Column("net", words("column.net"), "money"),
    )
    rows = [
        (*(line[column.key] for column in columns[:5]), line["list_price"] * line["quantity"], line["net"])
        for line in data["lines"]
    ]
    return Table("lines", words("decision.lines"), columns, rows)


def _steps(data: Mapping[str, Any], words: Words) -> Table:
    columns = (
        Column("line", words("column.line"), "count"),
        Column("stage", words("column.stage")),
        Column("rule", words("column.rule")),
        Column("version", words("column.version")),
        Column("rate", words("column.rate"), "rate"),
        Column("change", words("column.change"), "money"),
        Column("running", words("column.running"), "money"),
        Column("funding", words("column.funding")),
    )
    rows = [
        (
            line["number"],
            stage_title(step, words),
            *(step[key] for key in ("rule", "version", "rate", "change", "running")),
            funding_text(step["funding"]),
        )
        for line in data["lines"]
        for step in line["steps"]
    ]
    return Table("steps", words("decision.steps"), columns, rows)


def _plain(name: str, rows: Sequence[Mapping[str, Any]], words: Words, *keys: str, **units: Any) -> Table:
    """A table whose columns are keys of its rows: text, then those with a unit."""
    columns = tuple(
        Column(key, words(f"column.{key}"), units.get(key, "text"), _WIDTHS.get(key, 0)) for key in (*keys, *units)
    )
    values = [tuple(row[column.key] for column in columns) for row in rows]
    return Table(name, words(f"decision.{name}"), columns, values)


def checks(data: Mapping[str, Any], words: Words) -> list[Check]:
    """Does the paper add up? Each sum of the receipt beside the sum of its lines and steps."""
    lines, totals = data["lines"], data["totals"]

    def row(key: str, posted: int, recomputed: int) -> Check:
        return {"name": words(f"check.{key}"), "unit": "money", "posted": posted, "recomputed": recomputed}

    changes = sum(step["change"] for line in lines for step in line["steps"])
    return [
        row("list", totals["list"], sum(line["list_price"] * line["quantity"] for line in lines)),
        row("total", totals["total"], totals["list"] - totals["discount"]),
        row("cash", totals["cash"], sum(line["net"] for line in lines)),
        row("waterfall", totals["cash"], totals["list"] + changes),
        row("tendered", totals["tendered"], sum(voucher["used"] for voucher in data["vouchers"])),
    ]


def stages(data: Mapping[str, Any], words: Words) -> list[tuple[str, int]]:
    """The receipt's waterfall: what each stage took off over all lines, in the order the stages were met."""
    found: dict[str, int] = {}
    for line in data["lines"]:
        for step in line["steps"]:
            if step["stage"] not in ("list", "net"):
                title = stage_title(step, words)
                found[title] = found.get(title, 0) + step["change"]
    totals = data["totals"]
    return [(words("stage.list"), totals["list"]), *found.items(), (words("stage.net"), totals["cash"])]


def prepare(data: Mapping[str, Any], words: Words, tools: Tools) -> dict[str, Any]:
    """Head block, controls and the waterfall over the whole receipt."""
    receipt, book = data["receipt"], data["rule_book"]
    head = [
        (words("head.receipt"), receipt["number"]),
        (words("head.sold_at"), tools.moment(receipt["sold_at"])),
        (words("head.store"), receipt["store"]),
        (words("head.cashier"), receipt["cashier"]),
        (words("head.member"), receipt["member"] or words("head.no_member")),
        (words("head.tier"), receipt["tier"] or ""),
        (words("head.rule_book"), f"{book['name']} {book['version']}"),
        (words("head.book_sha256"), book["sha256"]),
    ]
    steps = stages(data, words)
    titles, values = zip(*steps, strict=True)
    chart = Chart(words("decision.waterfall"), titles, [Series("", values)], "money", words, 690, 150, tools.plain)
    return {"head": head, "checks": checks(data, words), "waterfall": waterfall_chart(chart)}


def count(data: Mapping[str, Any]) -> int:
    """Rows of all tables."""
    long = ("lines", "vouchers", "effects", "not_applied")
    steps = sum(len(line["steps"]) for line in data["lines"])
    return steps + len(data["reevaluation"]["differences"]) + sum(len(data[name]) for name in long)


KIND = Kind("decision", DecisionData, tables, prepare, count)
