"""What follows from each row that is settled: who owes whom, by the rule book and the decisions it was made under.

Settling writes it, and the check of the books works it out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from addons.settlement import domain
from addons.settlement.domain import Given, Leg, Shop
from addons.settlement.queries.sources import SET_OFF, Row, franchisees
from core import settings
from core.periods import local_day
from core.policy.live import NoSuchVersion, program_of_digest
from rules.book import Funding

_Dated = list[tuple[date, Any]]


@dataclass(slots=True)
class Books:
    """What is read once a part: who runs which store, what points are worth, who bears them, how rules are funded."""

    session: Session
    shops: dict[int, Shop]
    worth: _Dated
    borne: _Dated
    known: dict[str, dict[str, Funding]] = field(default_factory=dict)

    @classmethod
    def opened(cls, session: Session) -> Books:
        """Read what does not change within a part."""
        shops = {store: Shop(store, franchisee) for store, franchisee in franchisees(session).items()}
        worth, borne = (settings.dated(session, f"settlement.{name}") for name in ("point_value", "points_funded_by"))
        return cls(session, shops, worth, borne)

    def worth_on(self, day: date) -> int:
        """Return the fen that a point earned on a day is worth, in the money of its brand."""
        return int(settings.as_of(self.worth, day))

    def purchase_on(self, day: date) -> Funding:
        """Return who bears the points of a purchase on a day."""
        by_store = settings.as_of(self.borne, day) == "issuing_store"
        return domain.ISSUING_STORE if by_store else domain.HEADQUARTERS

    def funding(self, row: Row) -> Funding:
        """Return how the rule of a row is funded; headquarters bear what no version explains."""
        if row.digest not in self.known:
            self.known[row.digest] = self._read(row.digest)
        return self.known[row.digest].get(row.rule, domain.HEADQUARTERS)

    def _read(self, digest: str) -> dict[str, Funding]:
        try:
            book = program_of_digest(self.session, digest).program.book if digest else None
        except NoSuchVersion:
            book = None
        return {} if book is None else {rule.name: rule.funding for rule in book.rules}


def legs_of(source: str, row: Row, books: Books) -> list[Leg]:
    """Return who owes whom for a row of a source; all of it in the currency of the row."""
    return _LEGS[source](row, books)


def _sale(row: Row, books: Books) -> list[Leg]:
    if row.rule == "special":  # the price of the goods, not of the programme
        return []
    at, home = books.shops[row.store_id], books.shops[row.home_id]
    legs = domain.discount(Given("discount", abs(row.amount), row.rule, at, home, books.funding(row)))
    return legs if row.amount > 0 else domain.back(legs)


def _return(row: Row, books: Books) -> list[Leg]:
    """Take back what was settled for discounts no longer given, and for used vouchers kept back; clear refunds."""
    if row.kind == "cash":
        return domain.refunded(row.amount, books.shops[row.home_id], books.shops[row.store_id])
    if row.kind == SET_OFF:
        issuer, at = books.shops[row.home_id], books.shops[row.store_id]
        given = Given("voucher", abs(row.amount), row.rule, issuer, issuer, books.funding(row))
        legs = domain.voucher_paid_back(given, at)
        return legs if row.amount > 0 else domain.back(legs)
    return domain.back(_sale(row, books))


def _points(row: Row, books: Books) -> list[Leg]:
    day = row.day or local_day(row.at)
    worth, home = books.worth_on(row.since or day), books.shops[row.home_id]
    at = books.shops[row.store_id] if "redeemed" in {row.from_state, row.to_state} else home
    funding = books.purchase_on(row.since or day) if row.kind == "purchase" else books.funding(row)
    given = Given("points", row.amount * worth, row.rule, at, home, funding)
    if "settled" in {row.from_state, row.to_state}:
        more = row.amount * (worth - books.worth_on(day))
        return domain.revalued(given, more if row.from_state == "settled" else -more)
    return domain.points_moved(given, row.from_state, row.to_state, row.move) if given.amount else []


def _voucher(row: Row, books: Books) -> list[Leg]:
    issuer, at = books.shops[row.home_id], books.shops[row.store_id]
    funding = {"rule": books.funding(row), "return": domain.SELLING_STORE}.get(row.kind, domain.HEADQUARTERS)
    given = Given("voucher", row.amount, row.rule, issuer, issuer, funding)
    return domain.voucher_moved(given, row.from_state, row.to_state, at) if row.amount else []


_LEGS: dict[str, Callable[[Row, Books], list[Leg]]] = {
    "sale": _sale,
    "return": _return,
    "points": _points,
    "voucher": _voucher,
}
