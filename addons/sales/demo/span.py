"""The 18 months the invented shop has traded and the seasons of clothes in them, counted back from its last day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from core.periods import window_opens

MONTHS = 18
#: A season's clothes are on sale some weeks before anybody trades them: the first days have something to sell.
_HUNG_BEFORE = timedelta(days=60)
_SPRING, _AUTUMN = (2, 11), (8, 15)  # the days on which spring-summer and autumn-winter begin


class Span(NamedTuple):
    """The first and the last day of trade."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return every day of it."""
        return [self.first + timedelta(days=place) for place in range((self.last - self.first).days + 1)]


class Season(NamedTuple):
    """Half a year of clothes: 2025AW runs from August to the next February."""

    code: str
    name: str
    starts_on: date
    ends_on: date


def span_until(last: date, months: int = MONTHS) -> Span:
    """Return the months that end with a day."""
    return Span(window_opens(last, months), last)


def seasons(span: Span) -> list[Season]:
    """Return the seasons of a span, from the one in the shop when it begins to the one when it ends."""
    since = span.first - _HUNG_BEFORE
    known = [season for year in range(since.year - 1, span.last.year + 1) for season in _of_year(year)]
    return [season for season in known if season.ends_on >= since and season.starts_on <= span.last]


def _of_year(year: int) -> tuple[Season, Season]:
    spring, autumn, next_spring = date(year, *_SPRING), date(year, *_AUTUMN), date(year + 1, *_SPRING)
    a_day = timedelta(days=1)
    return (
        Season(f"{year}SS", f"{year} 春夏", spring, autumn - a_day),
        Season(f"{year}AW", f"{year} 秋冬", autumn, next_spring - a_day),
    )
