"""How a receipt stood after each of its returns; some may be of other stores, so bare tables are read."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.sales.models import Line, Receipt, Return, ReturnLine
from core.db.scope import brand_wide
from rules.returns import Kept

_R, _L, _B, _BL = Receipt.__table__, Line.__table__, Return.__table__, ReturnLine.__table__
#: A figure of the receipt, and the column of a return that says how much of it went back.
_FIGURES = {"total": "paid_back", "tendered": "to_vouchers", "cash": "cash", "points": "points", "credit": "credit"}
_HEAD = ("id", "number", "day", "kind", "decision_id", "forgone")
_SOLD = select(_L.c.quantity).where(_L.c.receipt_id == bindparam("b_receipt")).order_by(_L.c.line_no)
_RETURNS = select(_B).where(_B.c.receipt_id == bindparam("b_receipt")).order_by(_B.c.return_no)
_LINES = select(_BL).join_from(_BL, _B, _B.c.id == _BL.c.return_id).where(_B.c.receipt_id == bindparam("b_receipt"))


class Changed(NamedTuple):
    """What one return left of a receipt: what is kept of each line, and what that comes to, in fen."""

    return_id: int
    number: str
    day: date
    kind: str
    decision_id: int
    forgone: bool
    kept: tuple[Kept, ...]
    figures: dict[str, int]

    @property
    def empty(self) -> bool:
        """Tell whether nothing is kept any more."""
        return not any(line.quantity for line in self.kept)


@brand_wide("goods come back in any store")
def changes_of(session: Session, receipt_id: int) -> list[Changed]:
    """Return how a receipt stood after each of its returns, in their order."""
    connection, parameters = session.connection(), {"b_receipt": receipt_id}
    kept = [Kept(quantity) for (quantity,) in connection.execute(_SOLD, parameters)]
    sold = select(*[_R.c[name] for name in _FIGURES]).where(_R.c.id == receipt_id)
    figures = dict(connection.execute(sold).mappings().one())
    lines: dict[int, list[Any]] = {}
    for line in connection.execute(_LINES, parameters):
        lines.setdefault(line.return_id, []).append(line)
    found = []
    for back in connection.execute(_RETURNS, parameters).mappings():
        for line in lines.get(back["id"], ()):
            kept[line.line_no - 1] = _left(kept[line.line_no - 1], line)
        figures = {name: amount - back[_FIGURES[name]] for name, amount in figures.items()}
        found.append(Changed(*(back[name] for name in _HEAD), tuple(kept), figures))  # type: ignore[call-arg]
    return found


def _left(kept: Kept, line: Any) -> Kept:
    gone = 0 if line.swapped_id is not None else line.quantity
    return Kept(kept.quantity - gone, kept.price if line.price is None else line.price)
