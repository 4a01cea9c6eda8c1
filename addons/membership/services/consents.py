"""What a member agreed to; a consent is never changed, the next one counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from addons.membership.domain import age
from addons.membership.models import PURPOSES, Consent
from addons.membership.services.errors import GuardianNeeded, ReasonNeeded, WithdrawnConsent
from addons.membership.services.history import find
from addons.stores.queries import place
from core import settings
from core.errors import Invalid
from core.periods import local_day


def record_consent(
    session: Session,
    *,
    member_id: int,
    purpose: str,
    given: bool,
    wording: str,
    by: str,
    now: datetime,
    guardian_id: int | None = None,
) -> Consent:
    """Keep a member's yes or no to a purpose, with the version of the text that was shown.

    For a minor the guardian answers (C32). Refuses with Invalid for an unknown purpose and for points shared with a
    family she has not got, ReasonNeeded without the version, GuardianNeeded for a minor's own answer or somebody else
    than the guardian, WithdrawnConsent.
    """
    if purpose not in PURPOSES:
        raise Invalid(field="purpose", problem=f"{purpose!r} is none of {', '.join(PURPOSES)}")
    if not wording.strip():
        raise ReasonNeeded
    member = find(session, member_id)
    if member.status not in ("prospect", "active"):
        raise WithdrawnConsent(member=str(member))
    if purpose == "family_points" and given and member.family_id is None:
        raise Invalid(field="purpose", problem="this member belongs to no family")
    limit = settings.value(session, "membership.minor_age")
    years = age(member.birthday, local_day(now, place(session, member.store_id).zone))
    is_minor = purpose == "minor" or (years is not None and years < limit)
    if is_minor and (guardian_id is None or guardian_id != member.guardian_id):
        raise GuardianNeeded(age=limit)
    consent = Consent(
        store_id=member.store_id,
        member_id=member.id,
        purpose=purpose,
        given=given,
        guardian_id=guardian_id,
        wording=wording.strip(),
        by=by,
        at=now,
    )
    session.add(consent)
    session.flush()
    return consent
