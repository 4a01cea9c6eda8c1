"""Screens of stores, of who looks after them, and of the calendar of double-points days."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from addons.stores import queries
from addons.stores.views.double_days import DoubleDayView
from addons.stores.views.history import ChangeView
from addons.stores.views.masters import BrandView, FranchiseeView, MarketView, RegionView, StaffView, StoreView
from addons.stores.views.people import UserScopeView
from addons.stores.views.rates import RateView
from core.web.roles import EVERYBODY, OFFICE
from core.web.views import Entry


def _tiles(session: Any) -> list[dict[str, Any]]:
    """How many stores the person looks after."""
    return [{"title": _("Stores"), "value": len(queries.stores_in_scope(session)), "link": "/storeview/list/"}]


TILES = (_tiles,)
PEOPLE = (queries.people_called,)

VIEWS = (
    Entry(StoreView, name="Stores", category="Settings", icon="fa-store", order=10, reads=EVERYBODY),
    Entry(StaffView, name="Staff", category="Settings", icon="fa-user-tie", order=11, reads=EVERYBODY, listed=OFFICE),
    Entry(
        FranchiseeView,
        name="Franchisees",
        category="Settings",
        icon="fa-handshake",
        order=12,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(RegionView, name="Regions", category="Settings", icon="fa-map", order=13, reads=EVERYBODY, listed=OFFICE),
    Entry(
        MarketView, name="Markets", category="Settings", icon="fa-earth-asia", order=14, reads=EVERYBODY, listed=OFFICE
    ),
    Entry(
        RateView,
        name="Rates",
        category="Settings",
        icon="fa-money-bill-transfer",
        order=16,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(BrandView, name="Brands", category="Settings", icon="fa-tag", order=15, reads=EVERYBODY, listed=OFFICE),
    Entry(UserScopeView, name="Responsibilities", category="Settings", icon="fa-user-lock", order=16),
    Entry(
        DoubleDayView,
        name="Double-points days",
        category="Campaigns",
        icon="fa-calendar-day",
        order=10,
        reads=EVERYBODY,
    ),
    Entry(ChangeView, name="Store history", category="Reports", icon="fa-clock-rotate-left", order=90),
)
