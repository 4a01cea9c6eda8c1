"""Commands of settlement."""

from __future__ import annotations

from addons.settlement.services.closing import MONTHS
from addons.settlement.services.disputing import decide, dispute
from addons.settlement.services.settling import settle

__all__ = ["MONTHS", "decide", "dispute", "settle"]
