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
