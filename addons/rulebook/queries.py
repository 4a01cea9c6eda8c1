"""Reads of the rule book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, desc, func, select
from sqlalchemy.orm import Session

from addons.rulebook.models import Approval, BookText, PinnedCase, Publication, Version, VersionEvent
from addons.stores.models import Brand
from core.addons import codes
from core.db.statement import Statement
from core.errors import NotFound
from core.ledger.books import Book, Finding
from core.policy.version import digest_of
from rules.book import RuleBook
from rules.named import named_in
from rules.vocabulary import Text, Vocabulary

_PUBLICATIONS = Publication.__table__
_APPROVALS = Approval.__table__
_TEXTS = BookText.__table__

#: Grows with every publication: what a process has read holds while it stays the same.
NEWEST_PUBLICATION = Statement(select(func.max(_PUBLICATIONS.c.id)))
SCHEDULE = (
    select(
        Brand.__table__.c.code,
        _PUBLICATIONS.c.since,
        Version.__table__.c.number,
        _APPROVALS.c.digest,
        _APPROVALS.c.reason,
    )
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


NOT_THE_TEXT = Text(
    "規則書內文與其摘要不符", "规则书内文与其摘要不符", "The text of the rule book is not that of its digest"
)
NOT_APPROVED = Text("發布了未核准的版本", "发布了未核准的版本", "A version was published that nobody approved")


NOT_NOTED = Text("核准與經過的記錄不符", "核准与经过的记录不符", "The approval is not what the history says of it")


def texts_and_approvals(session: Session) -> Iterator[Finding]:
    """Yield texts that are not what their digest says, publications of what was not approved, and other approvals.

    Approvals come in any order of their keys, so no seal covers them: the sealed history tells who approved, and when.
    """
    for body in session.scalars(select(BookText).execution_options(yield_per=20)):
        if digest_of(body.text) != body.digest:
            yield Finding(BookText.__tablename__, body.digest, NOT_THE_TEXT)
    unapproved = select(Publication.id).outerjoin(Approval, Approval.version_id == Publication.version_id)
    for key in session.scalars(unapproved.where(Approval.version_id.is_(None))):
        yield Finding(Publication.__tablename__, str(key), NOT_APPROVED)
    noted = select(VersionEvent.version_id).where(
        VersionEvent.version_id == Approval.version_id,
        VersionEvent.what == "approved",
        VersionEvent.who == Approval.approver,
        VersionEvent.detail == Approval.reason,
        VersionEvent.at == Approval.approved_at,
    )
    other = select(Version.id).where(Version.id == Approval.version_id, Version.digest != Approval.digest)
    unlike = select(Approval.version_id).where(~noted.exists() | other.exists()).order_by(Approval.version_id)
    for key in session.scalars(unlike):
        yield Finding(Approval.__tablename__, str(key), NOT_NOTED)


#: What was published, and who did what with a version, is written once.
LEDGERS = (
    Book(
        "publications",
        Text("規則書的發布", "规则书的发布", "Publications of rule books"),
        Publication.__table__,
        texts_and_approvals,
    ),
    Book("versions", Text("規則書的經過", "规则书的经过", "History of rule books"), VersionEvent.__table__),
)


class UnknownGoods(NamedTuple):
    """A code of goods that a rule names and nothing of the brand has; `what` it would be, in words."""

    rule: str
    what: Text
    code: str


def unknown_goods(session: Session, brand_id: int, book: RuleBook, words: Vocabulary) -> list[UnknownGoods]:
    """Return the goods that the rules of a book name and that are not in the catalogue, as far as one is installed.

    No mistake: goods may come later. But a mistyped code would never be noticed otherwise.
    """
    asked = [each for each in named_in(book) if any(codes.is_kept(fact) for fact in each.facts)]
    wanted: dict[str, set[str]] = {}
    for each in asked:
        for fact in each.facts:
            wanted.setdefault(fact, set()).add(each.code)
    there = {fact: codes.there_are(session, fact, brand_id, found) for fact, found in wanted.items()}
    return [
        UnknownGoods(each.rule, words.facts[each.facts[0]].label, each.code)
        for each in asked
        if not any(each.code in there[fact] for fact in each.facts)
    ]
