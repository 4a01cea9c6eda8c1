"""What is tried with vouchers, printed of them and taken away as a file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Store
from addons.vouchers.models.origin import Batch
from addons.vouchers.models.voucher import Voucher
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Key, Moment


class Attempt(StoreScoped, Base):
    """A code that was tried and refused; of a code only the end is kept."""

    __tablename__ = "vouchers_attempt"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"))
    till: Mapped[str] = mapped_column(String(80), default="")
    by: Mapped[str] = mapped_column(String(80), default="")
    ending: Mapped[str] = mapped_column(String(4))
    outcome: Mapped[str] = mapped_column(String(20))
    voucher_id: Mapped[int | None] = mapped_column(Key, ForeignKey("vouchers_voucher.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)

    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (Index("ix_vouchers_attempt_store_at", "store_id", "at"),)

    def __str__(self) -> str:
        """Return the end of the code."""
        return f"…{self.ending}"


class Print(StoreScoped, Base):
    """A voucher that was put on paper; `store_id` is where, `number` counts how often."""

    __tablename__ = "vouchers_print"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    voucher_id: Mapped[int] = mapped_column(Key, ForeignKey("vouchers_voucher.id"))
    number: Mapped[int]
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)

    voucher: Mapped[Voucher | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    __table_args__ = (
        UniqueConstraint("voucher_id", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    def __str__(self) -> str:
        """Return the number."""
        return str(self.number)


class Download(StoreScoped, Base):
    """The codes of a batch, taken away as a file."""

    __tablename__ = "vouchers_download"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    batch_id: Mapped[int] = mapped_column(Key, ForeignKey("vouchers_batch.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    codes: Mapped[int]
    file: Mapped[str] = mapped_column(String(8))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)

    batch: Mapped[Batch | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])

    def __str__(self) -> str:
        """Return the kind of file."""
        return self.file or ""
