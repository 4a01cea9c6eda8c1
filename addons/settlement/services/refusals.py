"""What settlement refuses; nothing is written then."""

from __future__ import annotations

from core.errors import Refusal


class NotYourLine(Refusal):
    """A line in which the franchisee of the store is no party: nothing of it can be disputed by a store."""

    sentence = "The line %(entry)s concerns no franchisee."
    entry: int


class AlreadyDisputed(Refusal):
    """A line is disputed once."""

    sentence = "The line %(entry)s has been disputed already."
    entry: int


class DisputeIsDecided(Refusal):
    """Headquarters have decided on it before."""

    sentence = "The dispute %(dispute)s has been decided already."
    dispute: int


class DisputeNeedsSecondPerson(Refusal):
    """Whoever disputes a line may not decide on it."""

    sentence = "Another person than %(person)s must decide on this dispute."
    person: str


class ReasonMissing(Refusal):
    """A dispute and its answer need a reason."""

    sentence = "Please say why."
    status = 422
