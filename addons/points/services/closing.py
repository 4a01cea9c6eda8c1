"""What is kept of a closed month of the points ledger; two persons close one (core.ledger.closing)."""

from __future__ import annotations

from addons.points import queries
from addons.points.domain import BOOK
from core.ledger.closing import Months

MONTHS = Months(BOOK, queries.figures)
