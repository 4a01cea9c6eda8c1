"""The decision of a receipt: what every line cost and why, for an auditor who trusts nobody.

All names and sentences arrive in the document's language; fixed words come from the report's own texts.
Money is int fen, rates and shares int basis points, times ISO 8601 with offset, days ISO.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from reports.documents.parts import Export, Funding

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
    empty otherwise. `rule` is its sentence or name, empty where no rule acts; `rate` is the pay ratio, None if it has none.
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
    """One basket line: amounts are for the whole quantity, list_price is for one piece."""

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
    """Of the receipt: list and net are sums of the lines, `discount` is what rules took off, `tendered` by vouchers."""

    list: int
    discount: int
    net: int
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
