"""What the till itself does not take."""

from __future__ import annotations

from core.errors import Refusal


class NotADay(Refusal):
    """A day that is in no calendar."""

    sentence = "%(typed)s is no day."
    status = 422
    typed: str


class NobodyThere(Refusal):
    """A phone or card number that no member of the brand has."""

    sentence = "There is no member with %(typed)s."
    status = 404
    typed: str


class NoSuchReceipt(Refusal):
    """A receipt number that no store of the brand gave out."""

    sentence = "There is no receipt %(number)s in this brand."
    status = 404
    number: str


class NotAnAmount(Refusal):
    """Something typed as a price that is none."""

    sentence = "%(typed)s is no amount: write 2488.20."
    status = 422
    typed: str
