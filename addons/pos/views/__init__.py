"""Screens: the tills that may call the API, and what they may call."""

from __future__ import annotations

from addons.pos.views.guide import PosGuidePage
from addons.pos.views.tills import PosTillView
from core.web.views import Entry

VIEWS = (
    Entry(PosTillView, name="Connected tills", category="Settings", icon="fa-plug", order=70),
    Entry(PosGuidePage, name="Point-of-sale API", category="Settings", icon="fa-code", order=71),
)
