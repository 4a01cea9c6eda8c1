"""The documents Guibin prints: KINDS maps a template's name to its shape, tables and charts."""

from __future__ import annotations

from reports.documents import (
    decision,
    points_statement,
    programme_summary,
    receipt_slip,
    return_slip,
    settlement,
    voucher_slip,
)
from reports.documents.kind import Kind

_ALL = (
    decision.KIND,
    points_statement.KIND,
    programme_summary.KIND,
    receipt_slip.KIND,
    return_slip.KIND,
    settlement.KIND,
    voucher_slip.KIND,
)
KINDS: dict[str, Kind] = {kind.template: kind for kind in _ALL}
