"""Tables of the API: tills and their credentials, quotes that were sold, who is told of what, sales made offline."""

from __future__ import annotations

from addons.pos.models.offline import Conflict, OfflineSale, Pack, PriceList
from addons.pos.models.quotes import SoldQuote
from addons.pos.models.tills import Till
from addons.pos.models.webhooks import Delivery, Subscription

#: What was sold stays sold, and what a till took along stays what it was.
APPEND_ONLY = ("pos_sold_quote", "pos_price_list", "pos_pack")

__all__ = [
    "APPEND_ONLY",
    "Conflict",
    "Delivery",
    "OfflineSale",
    "Pack",
    "PriceList",
    "SoldQuote",
    "Subscription",
    "Till",
]
