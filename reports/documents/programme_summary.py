"""HQ's summary of the programme over a period: figures, charts that answer a question, and the reconciliation."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from reports.documents.parts import Check, Export, Period


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
    """What one rule took off: lines it priced, discount in fen."""

    rule: str
    version: str
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
