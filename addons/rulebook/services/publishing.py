"""Approval by another person, publication at a minute, the kill switch of a rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.rulebook import queries
from addons.rulebook.domain import switched_off
from addons.rulebook.models import Approval, BookText, Publication, Version
from addons.rulebook.services.drafts import in_state, new_draft
from addons.rulebook.services.refusals import NoSuchRule, NotApproved, SamePerson, TooLate
from addons.rulebook.services.texts import note_event, prove_cases, prove_safe, read, require_limits_held
from core.policy.version import shipped_text


def approve(session: Session, *, version_id: int, by: str, now: datetime) -> Version:
    """Approve a version in review: from now on it never changes.

    Refuses with WrongState, SamePerson; BookHasProblems, LimitsNotHeld and PinnedCasesFail where it does not hold.
    """
    version = in_state(session, version_id, "in_review")
    if version.author == by:
        raise SamePerson(person=by)
    pinned = queries.pinned(session, version.brand_id)
    require_limits_held(read(version.body.text))
    prove_safe(version.body.text, pinned)
    prove_cases(version.body.text, pinned)
    return _approved(session, version, by, "four_eyes", now)


def publish(session: Session, *, version_id: int, since: datetime, by: str, now: datetime) -> Publication:
    """Let an approved version decide from a moment on (now, later; an older one too: that is a rollback).

    Refuses with NotApproved, TooLate for a moment that is over or taken; PinnedCasesFail, LimitsNotHeld.
    """
    require_limits_held(read(queries.version(session, version_id).body.text))
    return _publish(session, version_id=version_id, since=since, by=by, now=now)


def _publish(session: Session, *, version_id: int, since: datetime, by: str, now: datetime) -> Publication:
    version = queries.version(session, version_id)
    approval = session.get(Approval, version_id)
    if approval is None:
        raise NotApproved(version=str(version))
    taken = select(Publication.id).where(Publication.brand_id == version.brand_id, Publication.since == since)
    if since < now or session.scalar(taken) is not None:
        raise TooLate(since=since.isoformat(timespec="minutes"))
    prove_cases(session.get_one(BookText, approval.digest).text, queries.pinned(session, version.brand_id))
    publication = Publication(
        brand_id=version.brand_id, version_id=version_id, since=since, published_by=by, published_at=now
    )
    session.add(publication)
    session.flush()
    note_event(session, version, "published", who=by, now=now, detail=f"from {since.isoformat(timespec='minutes')}")
    return publication


def switch_off(session: Session, *, brand_id: int, rule: str, reason: str, by: str, now: datetime) -> Publication:
    """Switch a rule of the live book off at once; one person can, and the log says who and why.

    The live book without the rule becomes a version of its own, so that every decision can be explained. Whatever
    else is wrong with the live book is no reason to wait. Refuses with NoSuchRule.
    """
    live = queries.published(session, brand_id, now)
    text = live.version.body.text if live else shipped_text() or ""
    without = switched_off(text, rule)
    if without is None:
        raise NoSuchRule(rule=rule)
    note = f"{rule}: {reason}"
    read(without)
    version = new_draft(session, brand_id=brand_id, text=without, note=note, by=by, now=now)
    prove_safe(without, ())
    _approved(session, version, by, "kill_switch", now)
    return _publish(session, version_id=version.id, since=now, by=by, now=now)


def _approved(session: Session, version: Version, by: str, reason: str, now: datetime) -> Version:
    version.state, version.changed_at = "approved", now
    session.add(
        Approval(
            version_id=version.id,
            digest=version.digest,
            author=version.author,
            approver=by,
            reason=reason,
            approved_at=now,
        )
    )
    session.flush()
    note_event(session, version, "approved", who=by, now=now, detail=reason)
    return version
