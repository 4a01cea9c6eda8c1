"""Words and spans the boards share."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from addons.insights.queries.money import Money
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


def counted_in(money: Money) -> str:
    """Say in which money amounts stand, and what became of other moneys."""
    said = [money.currency]
    if money.converted:
        said.append(gettext("other currencies at the rate of the day"))
    return " · ".join([*said, *left_out(money)])


def left_out(money: Money) -> list[str]:
    """Say which currencies are not counted, since no rate was entered for them."""
    if not money.without_rate:
        return []
    return [gettext("without %(currencies)s: no rate", currencies=", ".join(sorted(money.without_rate)))]


def beside(money: Money, *said: str) -> str:
    """Say what stands beside an amount, and what is not counted in it."""
    return " · ".join([*said, *left_out(money)])


def share(part: int, whole: int) -> int:
    """Return a part in basis points, 0 of nothing."""
    return part * 10_000 // whole if whole else 0
