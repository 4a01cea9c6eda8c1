"""A table of plain values with named, typed columns: what is printed, and what CSV and XLSX hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["text", "money", "count", "points", "rate", "share", "day", "time", "month"]
"""money: int fen; count, points: int; rate (what is paid), share: int basis points; day, time, month: ISO text."""

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key (stable, for machines), title (for people), unit, and width in percent of the page (0 = free)."""

    key: str
    title: str
    unit: Unit = "text"
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `name` is stable and names the file, `title` is what people read."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: tuple[Cell, ...] | None = None
