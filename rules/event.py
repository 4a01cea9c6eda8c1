"""What is given to the rules: one event with facts, lines, vouchers and usage of limits (rules.md 3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rules.vocabulary import Value

PAR = 1_000_000  # millionths: both moneys are the same


@dataclass(slots=True)
class Place:
    """Where the event happens: codes, '' when unknown."""

    brand: str = ""
    region: str = ""
    franchisee: str = ""
    format: str = ""
    store: str = ""


@dataclass(slots=True)
class Line:
    """One basket line; prices are fen a unit, facts are line.* words beyond those computed from the line itself."""

    product: str
    quantity: int
    list_price: int
    special_price: int | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)
    floor_price: int = 0


SHORTFALL = "shortfall"


@dataclass(slots=True)
class Offer:
    """A voucher offered as tender, in this order; value in fen.

    It may be good for some goods only: those of some categories (the fact line.category), and some products, by their
    own code or that of their style (the fact line.style); and from a least spend on these (fen).
    One of the kind SHORTFALL is what nobody paid of a sale that is done: no voucher, so no limit of vouchers is for it.
    """

    kind: str
    value: int
    code: str = ""
    min_spend: int = 0
    categories: frozenset[str] | None = None
    products: frozenset[str] | None = None  # neither: good for everything

    def is_for(self, line: Line) -> bool:
        """Tell whether it is good for a line."""
        if self.categories is None and self.products is None:
            return True
        if self.categories is not None and line.facts.get("line.category") in self.categories:
            return True
        named = (line.product, line.facts.get("line.style"))
        return self.products is not None and any(name in self.products for name in named)


@dataclass(slots=True)
class Usage:
    """What has been used up of one rule's limits before this event, in the order of Rule.limits."""

    counts: Sequence[int] = ()  # firings so far, one a limit
    costs: Sequence[int] = ()  # fen so far, one a limit
    nobody: bool = False  # no member is named: a limit per member has nobody to count for


@dataclass(slots=True)
class Event:
    """Everything a decision depends on; `at` is the local time of the store, without time zone."""

    kind: str
    at: datetime
    place: Place = field(default_factory=Place)
    facts: Mapping[str, Value] = field(default_factory=dict)  # event facts by name; missing ones are neutral
    lines: Sequence[Line] = ()
    vouchers: Sequence[Offer] = ()
    usage: Mapping[str, Usage] = field(default_factory=dict)  # rule name -> usage
    birthday_list_used: int = 0  # fen of list price already priced at the birthday rate today (C14)
    rate: int = PAR  # what a fen of the store's money is worth in the book's, in millionths (C34)
