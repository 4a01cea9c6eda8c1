"""What is asked of the till: a sale as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from addons.sales.domain.refusals import EmptyBasket, ImpossiblePrice, ImpossibleQuantity, TooManyLines
from addons.vouchers.domain import Hold
from addons.vouchers.queries import UsableVoucher
from core.errors import Invalid
from core.money import LARGEST

#: Who asks: only imports, the demonstration and whoever has terms may give a moment, prices and a number of their own.
SOURCES = ("till", "api", "import", "demo")


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A product by its code; prices are the catalogue's unless a past sale is imported (fen a unit)."""

    product: str
    quantity: int = 1
    list_price: int | None = None
    special_price: int | None = None

    def as_plain(self) -> list[Any]:
        """Return it as plain data."""
        return [self.product, self.quantity, self.list_price, self.special_price]


@dataclass(frozen=True, slots=True)
class Payment:
    """Money of some kind (cash, card, wallet), in fen."""

    kind: str
    amount: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a till was promised before the sale is written; whoever passes it on has checked our own signature of it.

    Lines of such a request may carry prices: those of the moment they were promised.
    """

    digest: str  # of the rule-book version that decides
    priced_at: datetime | None = None  # the moment the rules see; None: that of the sale
    tier: str | None = None  # that sets the price; None: the member's present one
    is_done: bool = False  # goods are gone and paid: what can be written is not refused, limits are counted beyond
    uses_count: bool = True  # False: as if nothing of limited offers had been used up
    lost: tuple[
        UsableVoucher, ...
    ] = ()  # those among `vouchers` that the till took and are worth nothing; their id is 0


@dataclass(frozen=True, slots=True)
class SaleRequest:
    """A basket at a store; the member is named by card number or id, or is enrolled at this first purchase."""

    store_id: int
    lines: Sequence[SaleLine]
    card: str | None = None
    member_id: int | None = None
    enrol: Mapping[str, Any] | None = None  # the profile of who becomes a member with this receipt (MEM-08)
    vouchers: tuple[str, ...] = ()
    payments: tuple[Payment, ...] = ()  # empty: all in cash
    currency: str | None = None
    cashier: str = ""
    told: int | None = None  # fen the customer was told; another price is refused
    number: str | None = None
    at: datetime | None = None
    source: str = "till"
    hold: Hold | None = None  # under which the till holds the vouchers; no part of what is asked
    terms: Terms | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether it was sold before anybody was asked."""
        return self.terms is not None and self.terms.is_done

    def as_plain(self) -> dict[str, Any]:
        """Return the request as plain data: what its idempotency key stands for."""
        return {
            "store": self.store_id,
            "lines": [line.as_plain() for line in self.lines],
            "member": [self.card, self.member_id],
            "enrol": None if self.enrol is None else {name: str(value) for name, value in self.enrol.items()},
            "vouchers": list(self.vouchers),
            "payments": [[payment.kind, payment.amount] for payment in self.payments],
            "currency": self.currency,
            "told": self.told,
            "number": self.number,
            "at": None if self.at is None else self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """What no receipt may exceed (settings)."""

    lines: int = 200
    quantity: int = 1000


def check(request: SaleRequest, bounds: Bounds) -> None:
    """Refuse what no till may be asked: EmptyBasket, TooManyLines, ImpossibleQuantity, ImpossiblePrice, Invalid."""
    if not request.lines:
        raise EmptyBasket
    if len(request.lines) > bounds.lines:
        raise TooManyLines(lines=len(request.lines), most=bounds.lines)
    past = request.source in ("import", "demo") or request.terms is not None
    if not past and (request.at is not None or request.number is not None):
        raise Invalid(field="at", problem="only imports give a moment or a number of their own")
    for place, line in enumerate(request.lines, 1):
        _check_line(place, line, bounds, past=past)
    if len(set(request.vouchers)) != len(request.vouchers):
        raise Invalid(field="vouchers", problem="the same voucher is given twice")
    if any(payment.amount < 0 for payment in request.payments):
        raise Invalid(field="payments", problem="no payment is below nothing")


def _check_line(place: int, line: SaleLine, bounds: Bounds, *, past: bool) -> None:
    if type(line.quantity) is not int or not 1 <= line.quantity <= bounds.quantity:
        raise ImpossibleQuantity(line=place, quantity=line.quantity, most=bounds.quantity)
    if not past and (line.list_price is not None or line.special_price is not None):
        raise Invalid(field="lines", problem="prices come from the catalogue")
    full, special = line.list_price, line.special_price
    if full is not None and not 0 <= full * line.quantity <= LARGEST:
        raise ImpossiblePrice(line=place, price=full)
    if special is not None and (full is None or not 0 <= special <= full):
        raise ImpossiblePrice(line=place, price=special)
