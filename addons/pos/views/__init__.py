"""Screens: tills that may call the API, what they may call, who is told what happened, sales made offline."""

from __future__ import annotations

from addons.pos.views.guide import PosGuidePage
from addons.pos.views.offline import PosConflictView, PosOfflineSaleView, tiles
from addons.pos.views.tills import PosTillView
from addons.pos.views.webhooks import PosDeliveryView, PosSubscriptionView
from core.web.views import Entry

VIEWS = (
    Entry(PosConflictView, name="Conflicts of sales made offline", category="Till", icon="fa-code-merge", order=60),
    Entry(PosOfflineSaleView, name="Sales made offline", category="Till", icon="fa-plug-circle-xmark", order=61),
    Entry(PosTillView, name="Connected tills", category="Settings", icon="fa-plug", order=70),
    Entry(PosGuidePage, name="Point-of-sale API", category="Settings", icon="fa-code", order=71),
    Entry(PosSubscriptionView, name="Webhooks", category="Settings", icon="fa-tower-broadcast", order=72),
    Entry(PosDeliveryView, name="Messages of webhooks", category="Settings", icon="fa-envelope-open-text", order=73),
)
TILES = (tiles,)
