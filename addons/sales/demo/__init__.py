"""Data to try the product with: an invented shop, and a real year of a real loyalty programme."""

from __future__ import annotations

from addons.sales.demo import back, calendar, office

HAPPENINGS = (calendar.happenings, office.happenings, back.happenings)
