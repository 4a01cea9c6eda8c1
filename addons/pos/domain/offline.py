"""A sale as a till brought it back, and what about it did not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from addons.sales.domain.request import Payment


@dataclass(frozen=True, slots=True)
class Brought:
    """What was sold without a connection: goods are gone, and it is paid; amounts are fen."""

    sold_at: datetime  # by the till's clock
    lines: tuple[tuple[str, int], ...]  # product and pieces
    payments: tuple[tuple[str, int], ...]  # how it was paid in money
    vouchers: tuple[tuple[str, int], ...] = ()  # code and what it was taken for
    member_id: int | None = None  # of the pack
    tier: str | None = None  # the pack named for her
    card: str | None = None  # that was shown where the pack did not know it
    cashier: str = ""
    currency: str | None = None

    @property
    def paid(self) -> int:
        """Return what was paid in money."""
        return sum(amount for _, amount in self.payments)

    def paying(self, due: int) -> tuple[Payment, ...]:
        """Return the payments as they make up what is due, no more than was paid: what is over is not kept."""
        left, parts = due, []
        for kind, amount in self.payments:
            parts.append(Payment(kind, min(amount, left)))
            left -= parts[-1].amount
        return tuple(part for part in parts if part.amount)

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "sold_at": self.sold_at.isoformat(),
            "lines": [list(line) for line in self.lines],
            "payments": [list(payment) for payment in self.payments],
            "vouchers": [list(voucher) for voucher in self.vouchers],
            "member_id": self.member_id,
            "tier": self.tier,
            "card": self.card,
            "cashier": self.cashier,
            "currency": self.currency,
        }


def brought_from(plain: Mapping[str, Any]) -> Brought:
    """Return the sale that `as_plain` wrote."""
    return Brought(
        sold_at=datetime.fromisoformat(plain["sold_at"]),
        lines=_pairs(plain["lines"]),
        payments=_pairs(plain["payments"]),
        vouchers=_pairs(plain["vouchers"]),
        member_id=plain["member_id"],
        tier=plain["tier"],
        card=plain["card"],
        cashier=plain["cashier"],
        currency=plain["currency"],
    )


def _pairs(plain: Iterable[Sequence[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((name, amount) for name, amount in plain)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that does not fit: who bears how many fen, and the facts of the sentence that tells it."""

    kind: str
    amount: int = 0
    bearer: str = "nobody"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        """Return what a till and a partner are told."""
        return {"kind": self.kind, "amount": self.amount, "bearer": self.bearer}


def borne(kind: str, amount: int, bearer: str, **facts: Any) -> Found:
    """Return what does not fit by an amount; where it is nothing, nobody bears it."""
    return Found(kind, amount, bearer if amount else "nobody", facts)
