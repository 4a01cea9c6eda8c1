"""Tables of the API: tills and their credentials, quotes that were sold, who is told of what."""

from __future__ import annotations

from addons.pos.models.quotes import SoldQuote
from addons.pos.models.tills import Till
from addons.pos.models.webhooks import Delivery, Subscription

#: What was sold stays sold.
APPEND_ONLY = ("pos_sold_quote",)

__all__ = ["APPEND_ONLY", "Delivery", "SoldQuote", "Subscription", "Till"]
