"""The time zone a person reads moments in; business days stay those of the market."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from flask import has_request_context, session
from flask_babel import get_locale

from core.periods import CHINA

#: Where people who work with the product are, or travel to.
ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore", "Asia/Kuala_Lumpur", "Asia/Tokyo",
    "Asia/Seoul", "Asia/Bangkok", "Australia/Sydney", "Europe/London", "Europe/Paris", "America/New_York",
    "America/Los_Angeles",
)  # fmt: skip


def own_zone() -> ZoneInfo:
    """Return the zone of the person of this request, the market's outside a request and where none was chosen."""
    chosen = session.get("zone") if has_request_context() else None
    return ZoneInfo(chosen) if chosen in ZONES else CHINA


def choices() -> list[tuple[str, str]]:
    """Return the zones with their names in the person's language."""
    return [(zone, get_timezone_location(zone, locale=get_locale())) for zone in ZONES]
