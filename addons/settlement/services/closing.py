"""What is kept of a closed month of settlement; two persons close one (core.ledger.closing)."""

from __future__ import annotations

from addons.settlement import queries
from addons.settlement.domain import BOOK
from core.ledger.closing import Months

MONTHS = Months(BOOK, queries.figures)
