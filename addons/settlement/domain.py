"""Who owes whom for what a rule gave: movements of value between parties, exact to the fen.

A leg moves an amount from one party to another, so whatever is posted balances. Each leg belongs to one store, and
names at most the franchisee of that store: what two franchisees owe each other passes through `clearing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from core.periods import moment, months_after
from rules.amounts import allocate
from rules.book import Funding

BOOK = "settlement"  # under which its months are closed
HQ, PARTNER = "hq", "partner"
CUSTOMERS, POINTS, VOUCHERS, CLEARING = "customers", "points", "vouchers", "clearing"
#: Accounts that other ledgers explain, or that must be nothing: a line that is taken back must not touch them.
EXPLAINED = (POINTS, VOUCHERS, CLEARING)
FRANCHISEE = "franchisee:"

#: The accounts of the points and voucher ledgers in which value is still the member's.
POINTS_WITHIN = frozenset({"pending", "available", "reserved", "transferred", "settled"})
VOUCHERS_WITHIN = frozenset({"outstanding", "locked", "split", "transferred"})

What = Literal["discount", "points", "voucher", "return", "dispute"]
ISSUING_STORE = Funding(hq=0, issuing_store=10_000)
SELLING_STORE = Funding(hq=0, selling_store=10_000)
HEADQUARTERS = Funding()


def last_moment(month: str) -> datetime:
    """Return the last moment of a month (YYYY-MM)."""
    return moment(months_after(date.fromisoformat(f"{month}-01"), 1)) - timedelta(microseconds=1)


class Shop(NamedTuple):
    """A store and the company that runs it."""

    store_id: int
    franchisee_id: int

    @property
    def party(self) -> str:
        """Return the franchisee as a party."""
        return f"{FRANCHISEE}{self.franchisee_id}"


class Leg(NamedTuple):
    """An amount (fen, above 0) that one party owes another, in the books of one store."""

    store_id: int
    from_party: str
    to_party: str
    what: What
    amount: int
    rule: str


class Given(NamedTuple):
    """Value (fen) that a rule gave in a store: `home` issued what it rests on, if that is another store."""

    what: What
    amount: int
    rule: str
    at: Shop
    home: Shop
    funding: Funding


def discount(given: Given) -> list[Leg]:
    """Return what follows from a discount: the store gave it, the funders make it good."""
    gave = Leg(given.at.store_id, given.at.party, CUSTOMERS, given.what, given.amount, given.rule)
    return [gave, *funded(given, given.at.party)]


def funded(given: Given, to: str) -> Iterator[Leg]:
    """Yield what the funders of a rule owe a party, by their shares; what a party owes itself is nothing."""
    shares = given.funding
    parts = (shares.hq, shares.selling_store, shares.issuing_store, shares.partner)
    hq, selling, issuing, partner = allocate(given.amount, parts)
    at, what, rule = given.at, given.what, given.rule
    if given.home.franchisee_id == at.franchisee_id:
        selling, issuing = selling + issuing, 0
    for payer, amount in ((HQ, hq), (at.party, selling), (PARTNER, partner), (CLEARING, issuing)):
        if amount and payer != to:
            yield Leg(at.store_id, payer, to, what, amount, rule)
    if issuing:
        yield Leg(given.home.store_id, given.home.party, CLEARING, what, issuing, rule)


def back(legs: Iterable[Leg]) -> list[Leg]:
    """Return the same the other way round."""
    return [leg._replace(from_party=leg.to_party, to_party=leg.from_party) for leg in legs]


def refunded(amount: int, sold: Shop, paid: Shop) -> list[Leg]:
    """Return what follows from money (fen; below nothing: the customer paid) for goods another store sold.

    The money of the sale stayed with the franchisee that sold; it owes the one that paid it back. Nothing within one.
    """
    if not amount or sold.franchisee_id == paid.franchisee_id:
        return []
    owes = Leg(sold.store_id, sold.party, CLEARING, "return", abs(amount), "")
    gets = Leg(paid.store_id, CLEARING, paid.party, "return", abs(amount), "")
    return [owes, gets] if amount > 0 else back([owes, gets])


def revalued(given: Given, worth_more: int) -> list[Leg]:
    """Return what follows where points pay a debt of points that are not worth the same: headquarters bear it.

    `worth_more`: fen by which the points that moved are worth more than those of the day; `given` says where.
    """
    if not worth_more:
        return []
    leg = Leg(given.home.store_id, HQ, POINTS, given.what, abs(worth_more), given.rule)
    return [leg] if worth_more > 0 else back([leg])


def in_account(account: str, legs: Iterable[Leg]) -> int:
    """Return what legs leave in an account, in fen."""
    return sum(leg.amount * ((leg.to_party == account) - (leg.from_party == account)) for leg in legs)


def points_moved(given: Given, from_state: str, to_state: str, kind: str) -> list[Leg]:
    """Return what follows from points (valued in fen) that came to members or left them; none for moves within.

    A correction comes and goes like what a rule gave.
    """
    comes = to_state in POINTS_WITHIN
    if comes == (from_state in POINTS_WITHIN):
        return []
    if comes:  # what was redeemed comes back where an exchange is undone
        return back(_used(given, kind)) if from_state == "redeemed" else list(funded(given, POINTS))
    return _used(given, kind) if to_state == "redeemed" else back(funded(given, POINTS))


def _used(given: Given, kind: str) -> list[Leg]:
    """Return what follows from points that were spent: the store gave the gift, headquarters the voucher."""
    to = HQ if kind == "exchange" else given.at.party
    return [Leg(given.at.store_id, POINTS, to, given.what, given.amount, given.rule)]


def voucher_paid_back(given: Given, at: Shop) -> list[Leg]:
    """Return what follows where the customer pays back what a voucher paid: the store holds it for the funders."""
    return [Leg(at.store_id, at.party, VOUCHERS, given.what, given.amount, given.rule), *back(funded(given, VOUCHERS))]


def voucher_moved(given: Given, from_state: str, to_state: str, at: Shop) -> list[Leg]:
    """Return what follows from a voucher's value; `given` says who issued and funds it, `at` is where it happened."""
    goes_out = from_state in VOUCHERS_WITHIN and to_state not in VOUCHERS_WITHIN
    comes_in = to_state in VOUCHERS_WITHIN and from_state not in VOUCHERS_WITHIN
    if not (goes_out or comes_in):
        return []
    if "redeemed" in (from_state, to_state):
        legs = [Leg(at.store_id, VOUCHERS, at.party, given.what, given.amount, given.rule)]
    else:
        legs = back(funded(given, VOUCHERS))
    return legs if goes_out else back(legs)
