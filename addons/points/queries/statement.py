"""A member's entries of a span of time, as a statement shows them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from addons.points.domain import change_of
from addons.points.models import Entry
from core.db.scope import brand_wide
from core.db.statement import Statement

_E = Entry.__table__


class StatementLine(NamedTuple):
    """One entry of a points statement; `points` is by how much it changed what can be spent."""

    number: int
    at: datetime
    kind: str
    points: int
    balance_after: int
    store_id: int
    receipt_id: int | None
    rule: str
    reason: str


_COLUMNS = ("number", "at", "kind", "from_state", "to_state", "points", *StatementLine._fields[4:])
_LINES = Statement(
    select(*[_E.c[name] for name in _COLUMNS])
    .where(
        _E.c.member_id == bindparam("b_member"),
        _E.c.at >= bindparam("b_from"),
        _E.c.at < bindparam("b_to"),
        or_(_E.c.from_state == "available", _E.c.to_state == "available"),
        _E.c.kind != "settle",
    )
    .order_by(_E.c.number)
)


@brand_wide("a member's points are good in every store of the brand (C31)")
def statement(session: Session, member_id: int, *, since: datetime, before: datetime) -> list[StatementLine]:
    """Return the entries of a span of time that changed what a member can spend, in their order, from all stores.

    What only waits is left out, and so is what one lot of hers paid for another.
    """
    parameters = {"b_member": member_id, "b_from": since, "b_to": before}
    found = _LINES.all(session, **parameters)
    return [
        StatementLine(number, at, kind, change_of(came, went, points), *more)
        for number, at, kind, came, went, points, *more in found
    ]
