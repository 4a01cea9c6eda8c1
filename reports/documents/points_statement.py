"""A member's points statement: reconciliation first, then every entry, the lots left, and tier credit apart."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from reports.documents.parts import Export, Period


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
    """Points that came together and expire together; `expires` is None for never."""

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
