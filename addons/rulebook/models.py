"""Versions of rule books: texts, approvals and publications never change; drafts do, until they are approved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Brand
from core.db.base import Base
from core.db.scope import SharedWithScope
from core.db.types import Key, Moment
from core.ledger.entry import Sealed

#: What was approved and published, by whom and when, stays as it was written.
APPEND_ONLY = ("rulebook_text", "rulebook_approval", "rulebook_publication", "rulebook_event")

STATES = ("draft", "in_review", "approved")


class BookText(SharedWithScope, Base):
    """The text of a rule book under its SHA-256; decisions refer to it for ever."""

    __tablename__ = "rulebook_text"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Version(SharedWithScope, Base):
    """One version of a brand's rule book; its text can be changed while it is a draft."""

    __tablename__ = "rulebook_version"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), index=True)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(ForeignKey("rulebook_text.digest"))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    note: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(Moment)

    brand: Mapped[Brand] = relationship(lazy="selectin")
    body: Mapped[BookText] = relationship(lazy="select")
    approval: Mapped[Approval | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        CheckConstraint(f"state IN {STATES}", name="state"),
    )

    def __str__(self) -> str:
        """Return the number, as people say it."""
        return f"v{self.number}"


class Approval(SharedWithScope, Base):
    """A version as it was approved: this text, by somebody else than its author; a kill switch needs one person."""

    __tablename__ = "rulebook_approval"

    version_id: Mapped[int] = mapped_column(Key, ForeignKey("rulebook_version.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("rulebook_text.digest"), index=True)
    author: Mapped[str] = mapped_column(String(80))
    approver: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(12), default="four_eyes")
    approved_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("reason IN ('four_eyes', 'kill_switch')", name="reason"),
        CheckConstraint("author <> approver OR reason = 'kill_switch'", name="two_persons"),
    )


class Publication(Sealed, SharedWithScope, Base):
    """From `since` on this version decides for the brand, until the next publication: one at any minute."""

    __tablename__ = "rulebook_publication"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"))
    version_id: Mapped[int] = mapped_column(Key, ForeignKey("rulebook_approval.version_id"))
    since: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime] = mapped_column(Moment)

    version: Mapped[Version] = relationship(
        lazy="selectin",
        viewonly=True,
        primaryjoin="foreign(Publication.version_id) == Version.id",
    )

    __table_args__ = (
        UniqueConstraint("brand_id", "since"),
        CheckConstraint("since >= published_at", name="not_in_the_past"),
    )


class PinnedCase(SharedWithScope, Base):
    """A case that must hold before a version of the brand can be published."""

    __tablename__ = "rulebook_case"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_brand.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    pinned_by: Mapped[str] = mapped_column(String(80))

    __table_args__ = (UniqueConstraint("brand_id", "name"),)


class VersionEvent(Sealed, SharedWithScope, Base):
    """Who did what with a version, and when."""

    __tablename__ = "rulebook_event"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    version_id: Mapped[int] = mapped_column(Key, ForeignKey("rulebook_version.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column(Moment)
