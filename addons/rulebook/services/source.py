"""Which version decides: the schedule of publications, kept by each process while no publication is added."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import URL
from sqlalchemy.orm import Session

from addons.rulebook import queries
from core.policy.version import BookVersion, ShippedVersions

#: What was read a moment before a publication was committed may have been told the version before it.
_SLACK = timedelta(minutes=1)


class _Published(NamedTuple):
    """A version of a brand from a moment on."""

    number: int
    digest: str
    reason: str  # of its approval


_Schedule = dict[str, tuple[list[datetime], list[_Published]]]


class DatabaseVersions:
    """The published versions; a brand without one is decided by the programme that ships."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._shipped = ShippedVersions()
        self._newest: tuple[URL, int | None] | None = None
        self._schedule: _Schedule = {}
        self._texts: dict[str, str] = {}

    def live(self, session: Session, brand_code: str, at: datetime) -> BookVersion | None:
        """Return the version of a brand at a moment; one small query while nothing was published."""
        moments, versions = self._schedule_of(session, brand_code)
        place = bisect_right(moments, at) - 1
        if place < 0:
            return self._shipped.live(session, brand_code, at)
        found = versions[place]
        return BookVersion(f"v{found.number}", found.digest, self._text(session, found.digest))

    def overruled(self, session: Session, brand_code: str, digest: str, between: tuple[datetime, datetime]) -> bool:
        """Tell whether a kill switch put another version in the place of this one between two moments."""
        since, until = between
        published = zip(*self._schedule_of(session, brand_code), strict=True)
        later = [found for at, found in published if since - _SLACK < at <= until]
        return any(found.reason == "kill_switch" and found.digest != digest for found in later)

    def _schedule_of(self, session: Session, brand_code: str) -> tuple[list[datetime], list[_Published]]:
        newest = (session.connection().engine.url, queries.NEWEST_PUBLICATION.scalar(session))
        if newest != self._newest:
            self._newest, self._schedule = newest, _read(session)
        return self._schedule.get(brand_code, ([], []))

    def by_digest(self, session: Session, digest: str) -> BookVersion | None:
        """Return an approved version by its digest."""
        number = queries.number_of_digest(session, digest)
        return None if number is None else BookVersion(f"v{number}", digest, self._text(session, digest))

    def _text(self, session: Session, digest: str) -> str:
        if digest not in self._texts:
            self._texts[digest] = session.connection().execute(queries.TEXT, {"digest": digest}).scalar_one()
        return self._texts[digest]


def _read(session: Session) -> _Schedule:
    schedule: _Schedule = {}
    for code, since, *published in session.connection().execute(queries.SCHEDULE):
        moments, versions = schedule.setdefault(code, ([], []))
        moments.append(since)
        versions.append(_Published(*published))
    return schedule
