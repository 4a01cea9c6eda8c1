"""Words and spans the boards share."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from addons.insights.queries.programme import Month
from core.periods import local, months_before

TIERS = {
    "diamond": _("Diamond card"),
    "gold": _("Gold card"),
    "ordinary": _("Ordinary card"),
    "": _("Without card"),
}


def last_months(day: date, count: int) -> list[Month]:
    """Return the last months, this one included, the oldest first."""
    first = day.replace(day=1)
    days = [months_before(first, back) for back in reversed(range(count))]
    return [(one.year, one.month) for one in days]


def month_label(month: Month) -> str:
    """Write a month as 2026-05."""
    return f"{month[0]}-{month[1]:02}"


def short_day(day: date) -> str:
    """Write a day of this year as 5/1."""
    return f"{day.month}/{day.day}"


def as_of(moment: datetime) -> str:
    """Say how old figures are."""
    return str(gettext("As of %(time)s", time=local(moment).strftime("%H:%M")))


def share(part: int, whole: int) -> int:
    """Return a part in basis points, 0 of nothing."""
    return part * 10_000 // whole if whole else 0
