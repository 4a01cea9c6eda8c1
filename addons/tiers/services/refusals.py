"""Why a command of the tiers says no."""

from __future__ import annotations

from core.errors import Refusal


class GrantNeedsSecondPerson(Refusal):
    """Whoever asks for a grant may not decide on it (C27)."""

    sentence = "Another person than %(person)s must decide on this grant."
    person: str


class GrantIsDecided(Refusal):
    """The grant was approved or refused before."""

    sentence = "The grant %(grant)s has been decided already."
    grant: int


class TierNotAbove(Refusal):
    """A grant raises, it never lowers or repeats."""

    sentence = "%(tier)s is not above the member's tier."
    tier: str


class NoUpgradeWaits(Refusal):
    """No upgrade of the member waits for a card."""

    sentence = "No upgrade of this member waits for a card."
