"""`guibin demo complete-journey`: a real year through the programme, ending with the summary on screen and as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from addons.audit.documents import summary_document
from addons.sales.services import journey
from core import clock
from core.cli.main import connect
from core.cli.progress import bars, show
from core.config import var_folder
from core.db.scope import system_scope
from core.db.session import reading
from core.money import yuan
from reports.document import LANGUAGES, Document
from reports.render import render_pdf

FIRST, LAST = date(2017, 1, 1), date(2017, 12, 31)


@click.group()
def demo() -> None:
    """Data to try the product with."""


@demo.command(name="complete-journey")
@click.option(
    "--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Where the PDF goes (default: var folder)."
)
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
def complete_journey(pdf: Path | None, language: str) -> None:
    """Import a real year (155,848 baskets), run the programme over it, and sum it up; again: nothing changes."""
    connect()
    with system_scope("demo"):
        with bars() as tell:
            loaded = journey.load(clock.now(), tell=tell)
        show(loaded.products, "products")
        show(loaded.purchases, "purchases")
        with reading() as session:
            document = summary_document(
                session,
                journey.BRAND,
                since=FIRST,
                until=LAST,
                language=language,
                by="guibin demo",
                reason="complete-journey",
                now=clock.now(),
            )
    wrong = print_summary(document) + _print_source(document)
    path = pdf or var_folder() / "complete-journey.pdf"
    path.write_bytes(render_pdf(document).content)
    click.echo(path)
    raise SystemExit(1 if wrong or loaded.purchases.rejected else 0)


def print_summary(document: Document) -> int:
    """Print a programme summary as tables; return how many controls do not agree."""
    data: Mapping[str, Any] = document.data
    console = Console()
    figures = data["figures"]
    money = ("revenue", "list", "discount")
    shown = {name: yuan(figures[name]) if name in money else f"{figures[name]:,}" for name in figures}
    _print(console, document.title, ("", data["currency"]), list(shown.items()))
    months = [(m["month"], m["receipts"], m["revenue"], m["discount"], m["points_issued"]) for m in data["months"]]
    _print(console, "months", ("month", "receipts", "revenue", "discount", "points"), months, money=(2, 3))
    rules = [(r["rule"], r["lines"], r["discount"]) for r in data["rules"]]
    _print(console, "discount by rule", ("rule", "lines", "discount"), rules, money=(2,))
    tiers = [(t["tier"], t["members"], t["receipts"], t["revenue"], t["discount"]) for t in data["tiers"]]
    _print(console, "tiers", ("tier", "members", "receipts", "revenue", "discount"), tiers, money=(3, 4))
    moves = [(m["month"], f"{m['from_tier']} → {m['to_tier']}", m["members"]) for m in data["movements"]]
    _print(console, "tier movements", ("month", "step", "members"), moves)
    checks = [(c["name"], c["posted"], c["recomputed"], _agreed(c)) for c in data["checks"]]
    _print(console, "controls", ("what", "posted", "counted again", ""), checks)
    return sum(check["posted"] != check["recomputed"] for check in data["checks"])


def _agreed(check: Mapping[str, Any]) -> str:
    return "=" if check["posted"] == check["recomputed"] else "DIFFERENT"


def _print_source(document: Document) -> int:
    """Compare with the source file itself, added up without this product; return how many sums differ."""
    figures: Any = document.data["figures"]
    rules: Any = document.data["rules"]
    listed, sold, baskets = journey.source_sums(journey.data_file("transactions"))
    by_programme = sum(rule["discount"] for rule in rules) - (listed - sold)
    rows = [
        ("baskets", baskets, figures["receipts"]),
        ("list price, cents", listed, figures["list"]),
        ("paid before the programme, cents", sold, figures["revenue"] + by_programme),
    ]
    _print(Console(), "the source file", ("what", "in the file", "posted"), rows)
    return sum(expected != posted for _, expected, posted in rows)


def _print(
    console: Console, title: str, head: Sequence[str], rows: Sequence[Sequence[Any]], money: Sequence[int] = ()
) -> None:
    table = Table(title=title)
    for place, name in enumerate(head):
        table.add_column(name, justify="right" if place else "left")
    for row in rows:
        table.add_row(*(_shown(cell, as_money=place in money) for place, cell in enumerate(row)))
    console.print(table)


def _shown(cell: Any, *, as_money: bool) -> str:
    if as_money:
        return yuan(cell)
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
