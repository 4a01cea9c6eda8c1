"""What merging two members and erasing one mean for sales."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.sales.models import Merged, RuleUse
from core.addons.person import PersonHooks

_G, _U = Merged.__table__, RuleUse.__table__
_KEY = ("brand_id", "rule", "per", "subject_id", "period")


def _merge(session: Session, from_member: int, into_member: int, _now: datetime) -> None:
    """Count the receipts of one as the other's, and what both used of limited rules together."""
    connection = session.connection()
    connection.execute(update(_G).where(_G.c.into_id == from_member).values(into_id=into_member))
    connection.execute(_G.insert().values(member_id=from_member, into_id=into_member))
    own = (_U.c.per == "member") & (_U.c.subject_id == from_member)
    uses = connection.execute(select(_U).where(own)).mappings().all()
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(_U)
    added: dict[str, Any] = {name: _U.c[name] + insert.excluded[name] for name in ("count", "cost")}
    added["granted"] = None  # each had a budget of her own: together they may have used more than one
    for use in uses:
        row = dict(use) | {"subject_id": into_member, "granted": None}
        connection.execute(insert.values(row).on_conflict_do_update(index_elements=list(_KEY), set_=added))
    connection.execute(delete(_U).where(own))


def _erase(_session: Session, _member: int, _now: datetime) -> None:
    """Nothing here says who a member is: receipts are the books of the store and stay."""


PERSON = PersonHooks(merge=_merge, erase=_erase)
