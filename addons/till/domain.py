"""An open basket, and goods that are about to come back, as plain data: what a till keeps between two clicks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: How money is paid, the usual way first.
PAYMENTS = ("cash", "card", "wechat", "alipay")
#: How many products a search shows.
FOUND_AT_ONCE = 12
#: Sizes in letters from the smallest; others follow by their text, which is right for numbers of the same length.
SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "2XL", "XXXL", "3XL", "4XL", "5XL")
_MOST = 1_000_000  # pieces; what a receipt may really have is a setting of sales


@dataclass(slots=True)
class BasketLine:
    """A product by its code, and how many."""

    product: str
    quantity: int = 1


@dataclass(slots=True)
class Basket:
    """A sale that is being made in a store: by whom it is bought, what, and with what it is paid.

    `key` makes the checkout count once; `enrol` is the profile of who becomes a member with the receipt (MEM-08).
    """

    store_id: int
    key: str
    lines: list[BasketLine] = field(default_factory=list)
    member_id: int | None = None
    vouchers: list[str] = field(default_factory=list)
    enrol: dict[str, str] | None = None
    payment: str = PAYMENTS[0]
    hold: list[str] = field(default_factory=list)  # till and key under which its vouchers are held; none yet: empty

    @property
    def pieces(self) -> int:
        """How many pieces are in it."""
        return sum(line.quantity for line in self.lines)

    def add(self, product: str) -> None:
        """Put in one piece; one more of a product that is there already."""
        line = next((line for line in self.lines if line.product == product), None)
        if line is None:
            self.lines.append(BasketLine(product))
        else:
            line.quantity = min(line.quantity + 1, _MOST)

    def set_quantity(self, product: str, quantity: int) -> None:
        """Say how many pieces of a product there are; none takes it out."""
        for line in self.lines:
            if line.product == product:
                line.quantity = min(quantity, _MOST)
        self.lines = [line for line in self.lines if line.quantity > 0]

    def serve(self, member_id: int | None) -> None:
        """Say who buys; vouchers and an enrolment were somebody else's."""
        self.member_id, self.vouchers, self.enrol = member_id, [], None

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "store_id": self.store_id,
            "key": self.key,
            "lines": [[line.product, line.quantity] for line in self.lines],
            "member_id": self.member_id,
            "vouchers": self.vouchers,
            "enrol": self.enrol,
            "payment": self.payment,
            "hold": self.hold,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Basket:
        """Return the basket that `as_plain` wrote."""
        lines = [BasketLine(product, quantity) for product, quantity in plain["lines"]]
        return cls(**{**plain, "lines": lines})


@dataclass(slots=True)
class OpenReturn:
    """Goods of a receipt that are about to come back in a store, as far as it was said.

    `lines` are [line, pieces, corrected unit price in fen, product it is swapped for]; `key` makes it count once. With
    `told` (fen in money) the return was agreed on, and goods are chosen in exchange; `approved_by` is who approved it.
    """

    store_id: int
    key: str
    receipt_id: int
    lines: list[list[Any]] = field(default_factory=list)
    reason: str = ""
    note: str = ""
    told: int | None = None
    approved_by: str = ""

    @property
    def exchanging(self) -> bool:
        """Tell whether goods are being chosen in exchange."""
        return self.told is not None

    def line(self, line_no: int) -> list[Any]:
        """Return what was said of a line."""
        return next((line for line in self.lines if line[0] == line_no), [line_no, 0, None, None])

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def words(typed: str) -> list[str]:
    """Return the words of a search, at most five of them: more than that nobody types."""
    return typed.replace("%", " ").replace("_", " ").split()[:5]


def compact(typed: str) -> str:
    """Return a number as it is kept: without the spaces and dashes people write."""
    return "".join(letter for letter in typed if letter not in " -()　")


def looks_like_number(typed: str) -> bool:
    """Tell whether what was typed is a phone or card number rather than a name."""
    number = compact(typed).removeprefix("+")
    return len(number) >= 4 and number.isascii() and number.isalnum() and any(map(str.isdigit, number))
