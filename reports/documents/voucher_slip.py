"""A voucher on paper: its worth, its code in large type, until when and for what it is good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from reports.documents.kind import Kind, Tools
from reports.documents.parts import Export, grouped
from reports.table import Column, Table
from reports.words import Words


class VoucherSlipData(TypedDict):
    """Data of the `voucher_slip` document; `value` in fen, `title` is what a gift is, `printed` counts the papers."""

    brand: str
    kind: str
    title: str
    code: str
    value: int
    currency: str
    valid_from: str | None
    valid_until: str
    limits: list[str]
    member: str
    printed: int
    export: Export


def tables(data: Mapping[str, Any], words: Words) -> list[Table]:
    """The voucher as one row."""
    units: dict[str, Any] = {"code": "text", "value": "money", "valid_until": "day"}
    columns = tuple(Column(key, words(f"voucher_slip.{key}"), unit) for key, unit in units.items())
    return [Table("voucher", words("voucher_slip.voucher"), columns, [tuple(data[key] for key in units)])]


def prepare(data: Mapping[str, Any], words: Words, _tools: Tools) -> dict[str, Any]:
    """The code in groups, and the days it is good."""
    since, until = data["valid_from"], data["valid_until"]
    days = words("voucher_slip.from_to", since=since, until=until) if since else words("voucher_slip.to", until=until)
    return {"code": grouped(data["code"]), "days": days}


def count(_data: Mapping[str, Any]) -> int:
    """One row."""
    return 1


KIND = Kind("voucher_slip", VoucherSlipData, tables, prepare, count)
