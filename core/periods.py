"""Days and spans of days: business days by time zone, rolling months, half-open windows."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")  # the default market; Hong Kong, Macao and Taiwan share its offset


def local(at: datetime, zone: ZoneInfo = CHINA) -> datetime:
    """Return the wall time of a moment in a zone, without time zone (what rules see)."""
    return at.astimezone(zone).replace(tzinfo=None)


def local_day(at: datetime, zone: ZoneInfo = CHINA) -> date:
    """Return the business day of a moment."""
    return at.astimezone(zone).date()


def moment(day: date, at: time = time(), zone: ZoneInfo = CHINA) -> datetime:
    """Return the UTC moment of a wall time on a day."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def months_before(day: date, months: int) -> date:
    """Return the day so many calendar months earlier, the last of the month where there is no such day."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return date(years, month + 1, min(day.day, last))


def months_after(day: date, months: int) -> date:
    """Return the day so many calendar months later."""
    return months_before(day, -months)


def window_opens(today: date, months: int) -> date:
    """Return the first day that counts in a rolling window: a day d counts while d > today - months (C03)."""
    return months_before(today, months) + timedelta(days=1)
