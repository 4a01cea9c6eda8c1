"""Shapes that several documents share."""

from __future__ import annotations

from typing import TypedDict


class Export(TypedDict):
    """Who had the document made, and why: printed in the head block."""

    number: str
    by: str
    reason: str


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
