"""Reads of the rule book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, desc, func, select
from sqlalchemy.orm import Session

from addons.rulebook.models import Approval, BookText, PinnedCase, Publication, Version
from addons.stores.models import Brand
from core.errors import NotFound

_PUBLICATIONS = Publication.__table__
_APPROVALS = Approval.__table__
_TEXTS = BookText.__table__

#: Grows with every publication: what a process has read holds while it stays the same.
NEWEST_PUBLICATION = select(func.max(_PUBLICATIONS.c.id))
SCHEDULE = (
    select(Brand.__table__.c.code, _PUBLICATIONS.c.since, Version.__table__.c.number, _APPROVALS.c.digest)
    .join_from(_PUBLICATIONS, Brand.__table__, Brand.__table__.c.id == _PUBLICATIONS.c.brand_id)
    .join(_APPROVALS, _APPROVALS.c.version_id == _PUBLICATIONS.c.version_id)
    .join(Version.__table__, Version.__table__.c.id == _PUBLICATIONS.c.version_id)
    .order_by(_PUBLICATIONS.c.since)
)
TEXT = select(_TEXTS.c.text).where(_TEXTS.c.digest == bindparam("digest"))
_APPROVED = select(Version.__table__.c.number).join_from(
    _APPROVALS, Version.__table__, Version.__table__.c.id == _APPROVALS.c.version_id
).where(_APPROVALS.c.digest == bindparam("digest")).limit(1)  # fmt: skip


def version(session: Session, version_id: int) -> Version:
    """Return a version.

    Refuses with NotFound.
    """
    found = session.get(Version, version_id)
    if found is None:
        raise NotFound(what="version", which=str(version_id))
    return found


def versions(session: Session, brand_id: int) -> Sequence[Version]:
    """Return the versions of a brand, newest first."""
    return session.scalars(select(Version).where(Version.brand_id == brand_id).order_by(desc(Version.number))).all()


def next_number(session: Session, brand_id: int) -> int:
    """Return the number that a brand's next version gets."""
    return (session.scalar(select(func.max(Version.number)).where(Version.brand_id == brand_id)) or 0) + 1


def published(session: Session, brand_id: int, at: datetime) -> Publication | None:
    """Return the publication that decides for a brand at a moment, None while it is the shipped programme."""
    return session.scalars(
        select(Publication)
        .where(Publication.brand_id == brand_id, Publication.since <= at)
        .order_by(desc(Publication.since))
        .limit(1)
    ).first()


def pinned(session: Session, brand_id: int) -> Sequence[PinnedCase]:
    """Return the cases that must hold for a brand, by name."""
    return session.scalars(select(PinnedCase).where(PinnedCase.brand_id == brand_id).order_by(PinnedCase.name)).all()


def number_of_digest(session: Session, digest: str) -> int | None:
    """Return the number of an approved version by its digest."""
    return session.connection().execute(_APPROVED, {"digest": digest}).scalar()


def brand_by_code(session: Session, code: str) -> Brand:
    """Return a brand.

    Refuses with NotFound.
    """
    found = session.scalars(select(Brand).where(Brand.code == code)).first()
    if found is None:
        raise NotFound(what="brand", which=code)
    return found
