"""How long a tier is held, and what keeps it (C05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from addons.tiers.domain.ladder import Step
from addons.tiers.domain.windows import period_opens


class Terms(NamedTuple):
    """The downgrade policy: a review after so many months, days of notice before it and of grace after it."""

    months: int
    notice_days: int
    grace_days: int


class Period(NamedTuple):
    """The time in which a tier is to be earned again, if notice is given on a day."""

    counts_from: date
    review_on: date
    ends_on: date


def period(held_since: date, anniversary: date, today: date, terms: Terms) -> Period:
    """Return the period up to an anniversary of the day a tier began to hold; notice is never shorter than promised.

    What was bought on the day itself led to the tier, so it does not count for keeping it.
    """
    begins = period_opens(held_since, anniversary - timedelta(days=1), terms.months)
    review_on = max(anniversary, today + timedelta(days=terms.notice_days))
    return Period(begins + timedelta(days=1), review_on, review_on + timedelta(days=terms.grace_days))


def keeps(steps: Sequence[Step], tier: str) -> Step | None:
    """Return the plain step that leads up to a tier: so much keeps it. None where no rule says, then it is kept."""
    return next((step for step in steps if step.to == tier), None)
