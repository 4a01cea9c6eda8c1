"""Shapes that several documents share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NotRequired, TypedDict

from reports.errors import BadData

GROUP = 4  # letters of a voucher's code that are read together


class Export(TypedDict):
    """Who had the document made, and why: printed in the head block.

    `seal` is the newest seal over the books when the data was read ("12: 1a2b ..."): printed on every page, so that
    each document that leaves the house keeps the head of the chain.
    """

    number: str
    by: str
    reason: str
    seal: NotRequired[str]


class Funding(TypedDict):
    """One payer's part of a discount: share in basis points, amount in fen."""

    party: str
    share: int
    amount: int


class Period(TypedDict):
    """Both days belong to it (ISO days)."""

    since: str
    until: str


class Check(TypedDict):
    """One control: what was posted beside what an independent count gave, both in the same unit."""

    name: str
    unit: str
    posted: int
    recomputed: int


def grouped(code: str) -> str:
    """A voucher's code in groups: ABCD2345EFGH67 -> ABCD 2345 EFGH 67."""
    return " ".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def months(period: Mapping[str, Any]) -> Iterator[str]:
    """The months a period touches: "2026-04", "2026-05", ... Refuses with BadData what is not an ISO day."""
    try:
        since, until = (date.fromisoformat(period[end]) for end in ("since", "until"))
    except ValueError as error:
        raise BadData(path="data.period", problem="is not two ISO days") from error
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        name = f"{year:04}-{month:02}"
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
