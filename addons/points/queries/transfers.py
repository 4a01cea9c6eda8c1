"""Points given within families: what a family spends together (`pool`) is given by nobody."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from addons.points.models import Transfer
from core.db.statement import Statement

_T = Transfer.__table__
_GIVEN = Statement(
    select(func.sum(_T.c.points)).where(
        _T.c.from_id == bindparam("b_from"), _T.c.day >= bindparam("b_since"), _T.c.kind.is_(None)
    )
)


def given_since(session: Session, from_id: int, since: date) -> int:
    """Return how many points a member gave away since a day."""
    return int(_GIVEN.scalar(session, b_from=from_id, b_since=since) or 0)
