"""What an auditor looks at first: the newest decisions, publications, changed settings, overrides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.rulebook.models import Approval, Publication, Version
from addons.sales.models import Receipt
from addons.stores.models import Brand, Store
from addons.tiers.models import Grant
from core.db.models import SettingChange
from core.policy.store import StoredDecision

KILL = "kill_switch"


def latest_decisions(session: Session, limit: int) -> Sequence[Any]:
    """Return the newest receipts with the version that decided them."""
    newest = select(Receipt.id).order_by(Receipt.id.desc()).limit(limit)
    wanted = (
        select(
            Receipt.id, Receipt.number, Receipt.at, Receipt.total, Receipt.currency, Store.name, StoredDecision.version
        )
        .join(Store, Store.id == Receipt.store_id)
        .join(StoredDecision, StoredDecision.id == Receipt.decision_id)
        .where(Receipt.id.in_(newest))
        .order_by(Receipt.id.desc())
    )
    return session.execute(wanted).all()


def latest_publications(session: Session, limit: int) -> Sequence[Any]:
    """Return the newest publications of rule books."""
    wanted = (
        select(Publication.version_id, Brand.name, Version.number, Publication.since, Publication.published_by)
        .join(Brand, Brand.id == Publication.brand_id)
        .join(Version, Version.id == Publication.version_id)
        .order_by(Publication.id.desc())
        .limit(limit)
    )
    return session.execute(wanted).all()


def latest_settings(session: Session, limit: int) -> Sequence[Any]:
    """Return the newest changes of programme decisions."""
    columns = (SettingChange.name, SettingChange.new, SettingChange.changed_by, SettingChange.changed_at)
    return session.execute(select(*columns).order_by(SettingChange.id.desc()).limit(limit)).all()


def latest_grants(session: Session, limit: int) -> Sequence[Any]:
    """Return the newest grants of a tier."""
    wanted = (
        select(Grant.id, Member.name, Grant.tier, Grant.state, Grant.asked_by, Grant.asked_at)
        .join(Member, Member.id == Grant.member_id)
        .order_by(Grant.id.desc())
        .limit(limit)
    )
    return session.execute(wanted).all()


def moments(session: Session, since: datetime) -> dict[str, list[datetime]]:
    """Return when rule books were published, settings changed, tiers granted and rules switched off since a moment."""
    wanted = {
        "published": select(Publication.published_at).where(Publication.published_at >= since),
        "settings": select(SettingChange.changed_at).where(SettingChange.changed_at >= since),
        "grants": select(Grant.asked_at).where(Grant.asked_at >= since),
        "killed": select(Approval.approved_at).where(Approval.approved_at >= since, Approval.reason == KILL),
    }
    return {name: list(session.scalars(statement)) for name, statement in wanted.items()}


def grants_asked(session: Session) -> int:
    """Return how many grants wait for a second person."""
    return session.scalar(select(func.count(Grant.id)).where(Grant.state == "asked")) or 0


def versions_in_review(session: Session) -> int:
    """Return how many versions of rule books wait for their approval."""
    return session.scalar(select(func.count(Version.id)).where(Version.state == "in_review")) or 0
