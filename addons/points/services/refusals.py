"""What the ledger does not allow."""

from __future__ import annotations

from core.errors import Refusal


class InsufficientPoints(Refusal):
    """More points were asked for than can be spent."""

    sentence = "%(wanted)s points were asked for and %(balance)s are there."
    wanted: int
    balance: int


class BalanceTooLow(Refusal):
    """Points cannot be taken: the balance would fall below the lowest that is allowed (C21)."""

    sentence = "Taking back %(points)s points would leave less than %(lowest)s."
    points: int
    lowest: int


class NothingToExchange(Refusal):
    """The member has too few purchase points for a voucher."""

    sentence = "There are not enough purchase points for a voucher: %(points)s."
    points: int
