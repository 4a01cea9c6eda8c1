"""Rows of a file of past purchases as lines of receipts: what a row may hold, and how many pieces it sells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from addons.sales.domain.request import SaleLine
from core.imports.mapping import CellRejected, Choices, Field, Mapper
from core.imports.refusals import MappingRefused

FIELDS = (
    Field("receipt", required=True),
    Field("store", required=True),
    Field("at", "moment", required=True),
    Field("product", required=True),
    Field("quantity", "count"),
    Field("list_price", "money"),
    Field("special_price", "money"),
    Field("list_amount", "money"),  # of the whole line, where the file has no unit prices
    Field("amount", "money"),  # at the special price, before the programme
    Field("member"),
    Field("currency"),
    Field("cashier"),
)
#: Which lines a mapping may let stand for one unit at the line's amount; without it they are refused.
CHOICES = {"one_unit_for": ("no_quantity", "large_quantity", "uneven_price")}
#: Where a staged row, which begins with its number, has its quantity, all its amounts and those of the whole line.
_QUANTITY, _AMOUNTS, _OF_LINE = 5, slice(6, 10), slice(8, 10)


def pieces_of(mapper: Mapper, largest: int) -> Pieces:
    """Return how the rows of a file are counted.

    Refuses with MappingRefused where lines are to be one unit at amounts that the file does not have.
    """
    if any(mapper.choices.values()) and not {"list_amount", "amount"} & set(mapper.names):
        raise MappingRefused(problem="one_unit_for needs list_amount or amount")
    return Pieces(largest, mapper.choices)


@dataclass(frozen=True, slots=True)
class Pieces:
    """How many pieces a row sells."""

    largest: int
    choices: Choices = field(default_factory=dict)

    def of(self, row: Sequence[Any]) -> int:
        """Return the quantity of a row: one where its amounts stand for one unit (fuel by volume, weighed goods).

        Refuses with CellRejected for a row that no receipt can have.
        """
        for amount in row[_AMOUNTS]:
            if amount is not None and amount < 0:
                raise CellRejected("amount", f"{amount} fen are below nothing")
        quantity = 1 if row[_QUANTITY] is None else int(row[_QUANTITY])
        amounts = [amount for amount in row[_OF_LINE] if amount is not None]
        problem = self._problem(quantity, amounts)
        if problem is None:
            return quantity
        cause, told = problem
        if amounts and cause in self.choices.get("one_unit_for", ()):
            return 1
        raise CellRejected("quantity", told)

    def _problem(self, quantity: int, amounts: Sequence[int]) -> tuple[str, str] | None:
        """Return what is wrong, as a word of the mapping and in a sentence."""
        if quantity < 0:
            return "", f"{quantity} is below nothing"
        if quantity == 0:
            return "no_quantity", "0 pieces are no sale"
        if quantity > self.largest:
            return "large_quantity", f"{quantity} is more than {self.largest}"
        uneven = [amount for amount in amounts if amount % quantity]
        if uneven:
            return "uneven_price", f"{uneven[0]} fen are no whole price of each of {quantity}"
        return None


def line(row: Sequence[Any]) -> SaleLine:
    """Return the line of a staged row whose quantity was found."""
    product, quantity, list_price, special_price, list_amount, amount = row[4:10]
    if list_amount is None and amount is None:
        return SaleLine(product, quantity, list_price, special_price)
    whole = amount if list_amount is None else list_amount
    paid = whole if amount is None else amount
    return SaleLine(product, quantity, whole // quantity, None if paid >= whole else paid // quantity)
