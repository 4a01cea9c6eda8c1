"""What points may do, which lots they are taken from, and how a balance runs; whole numbers only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from core.periods import months_after

WHOLE_YEAR = 12  # months
BOOK = "points"
LOWEST_BALANCE = -5000  # C21: no balance may ever be below

#: Where points come from. A debt is what was spent before it was taken back.
SOURCES = ("purchase", "bonus", "visit", "referral", "adjust", "debt")
#: What moved points.
KINDS = (
    *SOURCES[:5],
    "mature",
    "cancel",
    "hold",
    "release",
    "spend",
    "exchange",
    "expire",
    "reverse",
    "settle",
    "transfer",
    "merge",
    "write_off",
    "collect",
)
#: The accounts of the ledger. A member has what is pending, available and reserved; the others say where it came from
#: or went. `settled` is where one lot pays the debt of another, `transferred` where points change hands: both are
#: nothing in the end. What cannot be taken back is missing from `queued` until somebody decides.
STATES = (
    "issued",
    "pending",
    "available",
    "reserved",
    "redeemed",
    "expired",
    "reversed",
    "transferred",
    "settled",
    "adjusted",
    "queued",
    "written_off",
)
#: What a member has.
OWN = ("pending", "available", "reserved")
MOVES = (
    "issued>pending",
    "issued>available",
    "pending>available",
    "pending>reversed",
    "pending>transferred",
    "transferred>pending",
    "available>reserved",
    "reserved>available",
    "available>redeemed",
    "reserved>redeemed",
    "available>expired",
    "available>reversed",
    "queued>reversed",
    "available>transferred",
    "transferred>available",
    "available>settled",
    "settled>available",
    "adjusted>available",
    "available>adjusted",
    "available>queued",
    "queued>available",
    "written_off>queued",
    "redeemed>available",
)
_IN_HAND = ("available", "reserved")


class Part(NamedTuple):
    """Points that come together from one source, and the rule that gave them."""

    source: str
    points: int
    rule: str = ""


class Take(NamedTuple):
    """Points taken from one lot."""

    lot_id: int
    points: int


def parts(
    source: str, points: int, purchase_points: int, rule: str = "", shares: Sequence[tuple[str, int]] = ()
) -> list[Part]:
    """Split what was earned: purchase points (they can become vouchers) and the bonus of each rule (it cannot).

    ValueError if fewer than nothing was earned, less than the purchase points, or another bonus than rules gave.
    """
    if not 0 <= purchase_points <= points:
        message = f"{purchase_points} of {points} points cannot be purchase points"
        raise ValueError(message)
    if source != "purchase":
        return [Part(source, points, rule)] if points else []
    bonus = points - purchase_points
    if shares and sum(share for _, share in shares) != bonus:
        message = f"rules gave another bonus than {bonus} points"
        raise ValueError(message)
    split = [Part("purchase", purchase_points, rule), *(Part("bonus", share, name) for name, share in shares)]
    split += [] if shares else [Part("bonus", bonus, rule)]
    return [part for part in split if part.points]


def in_order(lots: Iterable[tuple[int, int]], wanted: int) -> list[Take]:
    """Take points from (lot, what remains), in the order given; takes less than wanted where the lots hold less."""
    takes: list[Take] = []
    for lot_id, remaining in lots:
        if wanted <= 0:
            break
        taken = min(remaining, wanted)
        takes.append(Take(lot_id, taken))
        wanted -= taken
    return takes


def settled(debts: Iterable[tuple[int, int]], lots: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Pay debts (lot, points owed) from lots (lot, what remains), both in the order given: (debt, lot, points)."""
    paid: list[tuple[int, int, int]] = []
    left = [[lot_id, remaining] for lot_id, remaining in lots]
    for debt_id, owed in debts:
        missing = owed
        while missing and left:
            points = min(missing, left[0][1])
            paid.append((debt_id, left[0][0], points))
            missing -= points
            left[0][1] -= points
            if not left[0][1]:
                del left[0]
    return paid


def expiry(earned_on: date, months: int) -> date | None:
    """Return the last day of points earned on a day (C21), None where they do not expire."""
    return months_after(earned_on, months) if months else None


def change_of(from_state: str, to_state: str, points: int) -> int:
    """Return by how much a movement changes what can be spent."""
    return points * ((to_state == "available") - (from_state == "available"))


class Counters(NamedTuple):
    """Changes of an account's counters."""

    balance: int = 0
    pending: int = 0
    reserved: int = 0
    earned: int = 0
    spent: int = 0
    entries: int = 0

    def after(self, from_state: str, to_state: str, points: int) -> Counters:
        """Count one more movement; what pays a debt neither comes nor leaves."""
        own = {name: points * ((to_state == name) - (from_state == name)) for name in OWN}
        inside = (from_state in _IN_HAND) + (to_state in _IN_HAND)
        crosses = inside == 1 and "settled" not in {from_state, to_state}
        return Counters(
            self.balance + own["available"],
            self.pending + own["pending"],
            self.reserved + own["reserved"],
            self.earned + (points if crosses and to_state in _IN_HAND else 0),
            self.spent + (points if crosses and from_state in _IN_HAND else 0),
            self.entries + 1,
        )


class Running:
    """Numbers and balances of the entries of several members, counted up from what the accounts held before."""

    def __init__(self, before: Mapping[int, tuple[int, int]]) -> None:
        """Start from member -> (balance, number of entries)."""
        self._at = dict(before)

    def step(self, member_id: int, change: int) -> tuple[int, int]:
        """Return the balance after the member's next entry, and its number."""
        balance, number = self._at[member_id]
        self._at[member_id] = balance + change, number + 1
        return self._at[member_id]


class LotPart(NamedTuple):
    """What a lot has that can be taken back where it lies; `origin_id` is the lot of the receipt it belongs to."""

    lot_id: int
    origin_id: int
    pending: int
    remaining: int


class Piece(NamedTuple):
    """Points taken back: from which lot, out of which state; "" where they are not there any more."""

    origin_id: int
    lot_id: int
    state: str
    points: int


def taken_back(origins: Iterable[tuple[int, int]], parts_: Iterable[LotPart], wanted: int) -> list[Piece]:
    """Take points back from the lots of a receipt, (lot, points not taken back yet): pending first, then available.

    What is neither there any more comes last, as pieces without a state. ValueError where that is more than is left.
    """
    pieces: list[Piece] = []
    by_origin: dict[int, list[LotPart]] = {}
    for part in parts_:
        by_origin.setdefault(part.origin_id, []).append(part)
    for origin_id, left in origins:
        share = min(left, wanted)
        wanted -= share
        pieces += _of_origin(origin_id, by_origin.get(origin_id, []), share)
    if wanted:
        message = f"{wanted} points more than are left to take back"
        raise ValueError(message)
    return pieces


def _of_origin(origin_id: int, parts_: list[LotPart], wanted: int) -> list[Piece]:
    there = [(part.lot_id, "pending", part.pending) for part in parts_]
    there += [(part.lot_id, "available", part.remaining) for part in parts_]
    pieces = []
    for lot_id, state, points in there:
        taken = min(points, wanted)
        wanted -= taken
        if taken:
            pieces.append(Piece(origin_id, lot_id, state, taken))
    return [*pieces, Piece(origin_id, origin_id, "", wanted)] if wanted else pieces
