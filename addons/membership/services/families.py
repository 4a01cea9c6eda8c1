"""Who belongs together, and who answers for a child."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from addons.membership.domain import age
from addons.membership.models import Consent, Family, Member
from addons.membership.queries import consents
from addons.membership.services.errors import GuardianUnfit, NoFamily, NotActivated
from addons.membership.services.history import find, keep
from addons.stores.queries import place
from core import settings
from core.db.scope import require_store
from core.periods import local_day

ADULT = 18
LEFT = "left-family"  # in place of the version of a text: nobody was asked


def set_family(
    session: Session, *, store_id: int, name: str, member_ids: Sequence[int], by: str, now: datetime
) -> Family:
    """Make members a family; if one of them has a family already, the others join it.

    Refuses with NoFamily for fewer than two persons or of two families or brands, NotActivated for somebody merged or
    erased, NotFound outside one's stores.
    """
    require_store(store_id, write=True)
    members = [find(session, member_id) for member_id in dict.fromkeys(member_ids)]
    gone = next((member for member in members if member.status not in ("prospect", "active")), None)
    if gone is not None:
        raise NotActivated(member=str(gone))
    families = {member.family_id for member in members if member.family_id is not None}
    if len(members) < 2 or len(families) > 1 or len({member.brand_id for member in members}) > 1:
        raise NoFamily
    family = session.get_one(Family, families.pop()) if families else Family(store_id=store_id, name=name.strip())
    session.add(family)
    session.flush()
    for member in members:
        keep(session, member, "family_id", family.id, by=by, now=now)
    session.flush()
    return family


def leave_family(session: Session, *, member_id: int, by: str, now: datetime) -> Member:
    """Take a member out of the family; what she agreed to share with it is no longer shared."""
    member = find(session, member_id)
    keep(session, member, "family_id", None, by=by, now=now)
    if consents(session, member.id).get("family_points"):
        session.add(_withdrawn(member, by, now))
    session.flush()
    return member


def _withdrawn(member: Member, by: str, now: datetime) -> Consent:
    """Return the answer that goes with leaving: another family would have to be agreed to anew."""
    return Consent(
        store_id=member.store_id,
        member_id=member.id,
        purpose="family_points",
        given=False,
        wording=LEFT,
        by=by,
        at=now,
    )


def set_guardian(session: Session, *, member_id: int, guardian_id: int, by: str, now: datetime) -> Member:
    """Say who answers for a member: an active member of the same brand who is of age, or did not tell their birthday.

    Refuses with GuardianUnfit, NotFound outside one's stores.
    """
    member, guardian = find(session, member_id), find(session, guardian_id)
    today = local_day(now, place(session, member.store_id).zone)
    years = age(guardian.birthday, today)
    of_age = years is None or years >= max(ADULT, settings.value(session, "membership.minor_age"))
    stranger = member.id == guardian.id or member.brand_id != guardian.brand_id
    if stranger or guardian.status != "active" or not of_age or guardian.guardian_id is not None:
        raise GuardianUnfit
    keep(session, member, "guardian_id", guardian.id, by=by, now=now)
    session.flush()
    return member
