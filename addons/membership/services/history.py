"""Finding a member to change, and keeping who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.membership.models import Family, Member, MemberChange
from core.db.scope import require_store
from core.errors import NotFound


def find(session: Session, member_id: int) -> Member:
    """Return a member to be changed, locked until the end of the transaction.

    Refuses with NotFound for somebody who is not there or not within one's stores, OutOfScope if one may only read.
    """
    member = session.get(Member, member_id, with_for_update=True, populate_existing=True)
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    require_store(member.store_id, write=True)
    return member


def keep(
    session: Session,
    member: Member,
    field: str,
    new: Any,
    *,
    by: str,
    now: datetime,
    reason: str = "",
    approved_by: str = "",
) -> bool:
    """Set a field of a member's file and keep what it was; tell whether it was different."""
    old = getattr(member, field)
    if old == new:
        return False
    setattr(member, field, new)
    session.add(
        MemberChange(
            store_id=member.store_id,
            member_id=member.id,
            field=field,
            old=_read(session, field, old),
            new=_read(session, field, new),
            reason=reason.strip(),
            by=by,
            approved_by=approved_by,
            at=now,
        )
    )
    return True


def _read(session: Session, field: str, value: Any) -> str:
    """Return a value as people read it: a family by its name."""
    family = session.get(Family, value) if field == "family_id" and value is not None else None
    return shown(field, value if family is None else family.name)


def shown(field: str, value: Any) -> str:
    """Return a value as the history keeps it; a lunar birthday as 8-15, of a leap month as leap 6-10."""
    if field == "lunar_birthday" and value is not None:
        month, day = divmod(abs(value), 100)
        return f"{'leap ' if value < 0 else ''}{month}-{day}"
    return "" if value is None else str(value)[:200]
