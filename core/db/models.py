"""The kernel's own tables: posting keys, outbox, settings, addons, jobs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.scope import SharedWithScope
from core.db.types import Amount, Json, Key, Moment
from core.ledger.entry import Sealed


class PostingKey(Base):
    """An operation that moved value, or was refused: its key, what was asked, what was answered."""

    __tablename__ = "core_posting_key"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(Json)
    posted_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("answer IS NULL OR refusal IS NULL", name="one_outcome"),)


class Outbox(Base):
    """A message that was written with the change it tells of, and is sent afterwards."""

    __tablename__ = "core_outbox"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_core_outbox_unsent", "id", sqlite_where=sent_at.is_(None), postgresql_where=sent_at.is_(None)),
    )


class SettingValue(Base):
    """A programme decision that HQ changed from its default; earlier values stay in SettingChange."""

    __tablename__ = "core_setting"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(80))


class SettingChange(Sealed, Base):
    """Who changed which setting from what to what, when and why; append-only."""

    __tablename__ = "core_setting_change"
    __table_args__ = {"info": {"append_only": True}}

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    old: Mapped[Any] = mapped_column(Json)
    new: Mapped[Any] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(80))


class InstalledAddon(Base):
    """An addon that is installed, and at which version."""

    __tablename__ = "core_addon"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[str] = mapped_column(String(20))
    installed_at: Mapped[datetime] = mapped_column(Moment)
    loaded: Mapped[list[str]] = mapped_column(Json)  # names of the once-data that was loaded


class Generation(Base):
    """A number that grows with every change of the installed addons; workers behind it step aside."""

    __tablename__ = "core_generation"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[int]


class Job(Base):
    """Background work: what, with which arguments, how far, and how it ended."""

    __tablename__ = "core_job"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[Any | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("state IN ('waiting','running','done','failed')", name="state"),)


class SavedFilter(Base):
    """A list as a person wants to see it again: its filters and order, under a name."""

    __tablename__ = "core_saved_filter"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    view: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("user_id", "view", "name"),)


class ListColumns(Base):
    """The columns a person chose for a list."""

    __tablename__ = "core_list_columns"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    view: Mapped[str] = mapped_column(String(80), primary_key=True)
    columns: Mapped[list[str]] = mapped_column(Json)


class RecordChange(Sealed, Base):
    """What was changed in a record whose class keeps a history (core.db.history); append-only."""

    __tablename__ = "core_record_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    table_name: Mapped[str] = mapped_column(String(80))
    record: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(10))
    fields: Mapped[dict[str, Any]] = mapped_column(Json)  # field -> [before, after]
    user_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(120), default="")  # of a job or a command
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("what IN ('created','changed','deleted')", name="what"),
        Index("ix_core_record_change_of", "table_name", "record"),
        {"info": {"append_only": True}},
    )


class Seal(Base):
    """A checkpoint over everything written once since the one before (core.ledger); append-only.

    `statement` says what is sealed, and is what the signature is over; the other columns repeat parts of it.
    """

    __tablename__ = "core_ledger_seal"
    __table_args__ = {"info": {"append_only": True}}

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(Moment)
    entries: Mapped[int] = mapped_column(Amount)
    key: Mapped[str] = mapped_column(String(64))  # the public key
    statement: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(String(128))
    head: Mapped[str] = mapped_column(String(64))  # over statement and signature: what the next seal builds on


class LedgerClose(Sealed, Base):
    """A month of a ledger that was closed by two persons, with its figures then (core.ledger.periods); append-only."""

    __tablename__ = "core_ledger_close"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    book: Mapped[str] = mapped_column(String(40))
    month: Mapped[date] = mapped_column(Date)  # its first day
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    closed_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("book", "month"),
        CheckConstraint("closed_by <> approved_by", name="two_persons"),
        {"info": {"append_only": True}},
    )


class CloseRequest(SharedWithScope, Base):
    """A month of a ledger somebody wants closed, with its figures as they were seen; another person approves it."""

    __tablename__ = "core_ledger_close_request"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    book: Mapped[str] = mapped_column(String(40))
    month: Mapped[date] = mapped_column(Date)  # its first day
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("state IN ('asked','approved','refused')", name="state"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        Index(
            "uq_core_ledger_close_request_open",
            "book",
            "month",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
    )

    def __str__(self) -> str:
        """Return the month."""
        return f"{self.month:%Y-%m}"
