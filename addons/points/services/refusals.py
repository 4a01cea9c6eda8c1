"""What the ledger does not allow."""

from __future__ import annotations

from core.errors import Many, Refusal


class InsufficientPoints(Refusal):
    """More points were asked for than can be spent."""

    sentence = "%(wanted)s points were asked for and %(balance)s are there."
    wanted: Many
    balance: Many


class BalanceTooLow(Refusal):
    """Points cannot be taken: the balance would fall below the lowest that is allowed (C21)."""

    sentence = "Taking back %(points)s points would leave less than %(lowest)s."
    points: Many
    lowest: Many


class NothingToExchange(Refusal):
    """The member has too few purchase points for a voucher."""

    sentence = "%(points)s purchase points are not enough for a voucher."
    points: Many


class SeveralOffers(Refusal):
    """More than one kind of voucher is possible and none was chosen."""

    sentence = "Several kinds of vouchers are possible: choose one on the member's page or at the till."


class ExchangeNotOffered(Refusal):
    """What was chosen is not offered, or not at this price any more."""

    sentence = "This exchange is not offered any more. Look at what is offered now."


class HoldIsOver(Refusal):
    """What a till held was spent, released, or its time is over."""

    sentence = "The hold %(hold)s is over: nothing is held under it any more."
    hold: int


class PoolIsOff(Refusal):
    """Families do not share points: headquarters has not switched it on."""

    sentence = "Points are not shared within families."


class NotOneFamily(Refusal):
    """The two members do not belong to one family."""

    sentence = "The two members do not belong to one family."


class TransferTooLarge(Refusal):
    """More points than a member may give away in a month."""

    sentence = "%(points)s points are more than may still be given this month: %(left)s."
    points: Many
    left: Many


class NeedsSecondPerson(Refusal):
    """Whoever asks for a change of points may not decide on it."""

    sentence = "Another person than %(person)s must decide."
    person: str


class IsDecided(Refusal):
    """It was decided before."""

    sentence = "%(number)s has been decided already."
    number: int


class NotAsked(Refusal):
    """Nobody has proposed yet what becomes of the points."""

    sentence = "Nobody has proposed yet what becomes of these points."
