"""HQ's summary of the programme over a period: figures, charts that answer a question, and the reconciliation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from markupsafe import Markup

from reports.charts import Chart, Series, across_chart, bar_chart, line_chart, stacked_chart
from reports.documents.kind import Kind, Tools
from reports.documents.parts import Check, Export, Period
from reports.table import Cell, Column, Table, Unit
from reports.text import money, number, share
from reports.words import Words


class Figures(TypedDict):
    """The headline figures: money in fen; `effective_rate` is revenue / list in basis points, None without sales."""

    revenue: int
    list: int
    discount: int
    effective_rate: int | None
    receipts: int
    members: int
    points_issued: int
    points_outstanding: int
    vouchers_issued: int
    vouchers_redeemed: int


class Month(TypedDict):
    """One month ("2026-05"): flows of the month, `points_outstanding` at its end."""

    month: str
    receipts: int
    list: int
    revenue: int
    discount: int
    points_issued: int
    points_redeemed: int
    points_expired: int
    points_outstanding: int
    vouchers_issued: int
    vouchers_redeemed: int
    vouchers_value: int


class RuleDiscount(TypedDict):
    """What one rule took off: lines it priced, discount in fen; `says` is its sentence, empty if it is gone.

    `short` is what it gives in few words, for the chart.
    """

    rule: str
    says: str
    short: NotRequired[str]
    lines: int
    discount: int


class TierDiscount(TypedDict):
    """Sales by tier at the time of sale; receipts without a member are a row of their own."""

    tier: str
    members: int
    receipts: int
    list: int
    revenue: int
    discount: int


class Movement(TypedDict):
    """How many members went from one tier to another in a month; `from_tier` is None for joining."""

    month: str
    from_tier: str | None
    to_tier: str
    members: int


class ProgrammeSummaryData(TypedDict):
    """Data of the `programme_summary` document; `checks` use the units money, points and count."""

    brand: str
    scope: str
    period: Period
    currency: str
    export: Export
    figures: Figures
    months: list[Month]
    rules: list[RuleDiscount]
    tiers: list[TierDiscount]
    movements: list[Movement]
    checks: list[Check]
    note: NotRequired[str]


MOST_BARS = 12
MOST_KINDS = 7
_MONTHS: dict[str, Unit] = {
    "month": "month",
    "receipts": "count",
    "list": "money",
    "revenue": "money",
    "discount": "money",
    "effective_rate": "share",
}
_FLOWS: dict[str, Unit] = {
    "month": "month",
    "points_issued": "points",
    "points_redeemed": "points",
    "points_expired": "points",
    "points_outstanding": "points",
    "vouchers_issued": "count",
    "vouchers_redeemed": "count",
    "vouchers_value": "money",
}
_RULES: dict[str, Unit] = {"rule": "text", "says": "text", "lines": "count", "discount": "money"}
_TIERS: dict[str, Unit] = {
    "tier": "text",
    "members": "count",
    "receipts": "count",
    "list": "money",
    "revenue": "money",
    "discount": "money",
}
_MOVEMENTS: dict[str, Unit] = {"month": "month", "from_tier": "text", "to_tier": "text", "members": "count"}


_WIDTHS = {"rule": 20, "says": 48}


def rate(row: Mapping[str, Any]) -> int | None:
    """Revenue / list in basis points, rounded down; None without sales."""
    return row["revenue"] * 10_000 // row["list"] if row["list"] > 0 else None


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """Months (sales, then points and vouchers), rules, tiers and movements; sums where they mean something."""
    flows = [name for name in _FLOWS if name not in ("month", "points_outstanding")]
    months = [{**month, "effective_rate": rate(month)} for month in data["months"]]
    return [
        _table("months", months, words, _MONTHS, ("receipts", "list", "revenue", "discount")),
        _table("flows", months, words, _FLOWS, flows),
        _table("rules", data["rules"], words, _RULES, ["lines", "discount"]),
        _table("tiers", data["tiers"], words, _TIERS, ["receipts", "list", "revenue", "discount"]),
        _moves(data, words),
    ]


def _table(
    name: str, rows: Sequence[Mapping[str, Any]], words: Words, units: dict[str, Unit], sums: Sequence[str]
) -> Table:
    columns = tuple(Column(key, words(f"column.{key}"), unit, _WIDTHS.get(key, 0)) for key, unit in units.items())
    total = [sum(row[key] for row in rows) if key in sums else None for key in units]
    first: list[str | int | None] = [words("page.total"), *total[1:]]
    values = [tuple(row[key] for key in units) for row in rows]
    return Table(name, words(f"programme_summary.{name}"), columns, values, tuple(first) if sums and rows else None)


def crossed(data: Mapping[str, Any], words: Words) -> Table:
    """The movements as months x kinds of movement, for reading; the long form where there are too many kinds."""
    counts = _counted(data, words)
    kinds = list(dict.fromkeys(kind for _, kind in counts))
    months = sorted({month for month, _ in counts})
    title = words("programme_summary.movements")
    columns = (Column("month", words("column.month"), "month"), *(Column(kind, kind, "count") for kind in kinds))
    rows: list[tuple[Cell, ...]] = [(month, *(counts.get((month, kind), 0) for kind in kinds)) for month in months]
    total: tuple[Cell, ...] = (
        words("page.total"),
        *(sum(counts.get((month, kind), 0) for month in months) for kind in kinds),
    )
    return Table("crossed", title, columns, rows, total) if len(kinds) <= MOST_KINDS else _moves(data, words)


def _moves(data: Mapping[str, Any], words: Words) -> Table:
    joined = words("programme_summary.joined")
    rows = [{**row, "from_tier": row["from_tier"] or joined} for row in data["movements"]]
    return _table("movements", rows, words, _MOVEMENTS, [])


def _counted(data: Mapping[str, Any], words: Words) -> dict[tuple[str, str], int]:
    """How many members moved, by month and "old → new"."""
    counts: dict[tuple[str, str], int] = {}
    for row in data["movements"]:
        place = (row["month"], f"{row['from_tier'] or words('programme_summary.joined')} → {row['to_tier']}")
        counts[place] = counts.get(place, 0) + row["members"]
    return counts


def tiles(data: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """The headline figures with their names, in the order they are read."""
    figures = data["figures"]
    texts = {
        "revenue": money(figures["revenue"]),
        "discount": money(figures["discount"]),
        "effective_rate": "" if figures["effective_rate"] is None else share(figures["effective_rate"]),
    }
    names = ("revenue", "discount", "effective_rate", "receipts", "members")
    points = ("points_issued", "points_outstanding", "vouchers_issued", "vouchers_redeemed")
    return [(words(f"column.{name}"), texts.get(name) or number(figures[name] or 0)) for name in (*names, *points)]


def checks(data: Mapping[str, Any], words: Words) -> list[Check]:
    """What the service compared with an independent count, then the paper's own sums."""

    def row(key: str, posted: int, recomputed: int) -> Check:
        return {"name": words(f"check.{key}"), "unit": "money", "posted": posted, "recomputed": recomputed}

    figures = data["figures"]
    return [
        *data["checks"],
        row("months_revenue", figures["revenue"], sum(month["revenue"] for month in data["months"])),
        row("tiers_revenue", figures["revenue"], sum(tier["revenue"] for tier in data["tiers"])),
        row("rules_discount", figures["discount"], sum(rule["discount"] for rule in data["rules"])),
    ]


class _Charts:
    """The summary's charts; each answers the question written as its title."""

    def __init__(self, data: Mapping[str, Any], words: Words, tools: Tools) -> None:
        self._data, self._words, self._tools = data, words, tools
        self._months = [month["month"] for month in data["months"]]

    def _chart(self, key: str, unit: Unit, labels: Sequence[str], *series: Series) -> Chart:
        title = self._words(f"programme_summary.{key}")
        return Chart(title, labels, series, unit, self._words, plain=self._tools.plain)

    def _monthly(self, key: str, unit: Unit, *names: str) -> Chart:
        months = self._data["months"]
        series = [Series(self._words(f"column.{name}"), [month[name] for month in months]) for name in names]
        return self._chart(key, unit, self._months, *series)

    def all(self) -> list[tuple[str, Markup]]:
        """Title and drawing of each chart."""
        charts = [
            (self._monthly("chart_revenue", "money", "revenue"), bar_chart),
            (self._rates(), line_chart),
            (self._rules(), across_chart),
            (self._tiers(), across_chart),
            (self._movements(), stacked_chart),
            (self._monthly("chart_points", "points", "points_issued", "points_redeemed", "points_expired"), bar_chart),
            (self._monthly("chart_outstanding", "points", "points_outstanding"), line_chart),
            (self._monthly("chart_vouchers", "count", "vouchers_issued", "vouchers_redeemed"), bar_chart),
        ]
        return [(chart.title, draw(chart)) for chart, draw in charts if chart.labels]

    def _rates(self) -> Chart:
        rates = {month["month"]: found for month in self._data["months"] if (found := rate(month)) is not None}
        return self._chart("chart_rate", "share", list(rates), Series("", list(rates.values())))

    def _rules(self) -> Chart:
        """The largest twelve; the rest is one bar."""
        rows = sorted(self._data["rules"], key=lambda rule: (-rule["discount"], rule["rule"]))
        bars = [(rule.get("short") or rule["rule"], rule["discount"]) for rule in rows[:MOST_BARS]]
        if rest := sum(rule["discount"] for rule in rows[MOST_BARS:]):
            bars.append((self._words("programme_summary.other_rules", count=len(rows) - MOST_BARS), rest))
        return self._chart("chart_rules", "money", [name for name, _ in bars], Series("", [value for _, value in bars]))

    def _tiers(self) -> Chart:
        rows = self._data["tiers"]
        return self._chart(
            "chart_tiers", "money", [tier["tier"] for tier in rows], Series("", [tier["discount"] for tier in rows])
        )

    def _movements(self) -> Chart:
        moved = {**self._data, "movements": [row for row in self._data["movements"] if row["from_tier"] is not None]}
        counts = _counted(moved, self._words)
        kinds = list(dict.fromkeys(kind for _, kind in counts))[:MOST_KINDS]
        series = [Series(kind, [counts.get((month, kind), 0) for month in self._months]) for kind in kinds]
        return self._chart("chart_movements", "count", self._months if kinds else [], *series)


def prepare(data: Mapping[str, Any], words: Words, tools: Tools) -> dict[str, Any]:
    """Head block, headline figures, controls and charts."""
    period = data["period"]
    head = [
        (words("head.brand"), data["brand"]),
        (words("head.period"), words("head.from_to", since=period["since"], until=period["until"])),
        (words("head.scope"), data["scope"]),
        (words("head.currency"), data["currency"]),
    ]
    charts = _Charts(data, words, tools).all()
    return {
        "head": head,
        "tiles": tiles(data, words),
        "checks": checks(data, words),
        "charts": charts,
        "crossed": crossed(data, words),
    }


def count(data: Mapping[str, Any]) -> int:
    """Rows of all tables."""
    return sum(len(data[name]) for name in ("months", "rules", "tiers", "movements", "checks"))


KIND = Kind("programme_summary", ProgrammeSummaryData, tables, prepare, count)
