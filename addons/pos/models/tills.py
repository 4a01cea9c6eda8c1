"""The tills that may call the API."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Key, Moment


class Till(StoreScoped, Base):
    """A till of a store with its credential; of the secret only a digest is kept."""

    __tablename__ = "pos_till"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    key_id: Mapped[str] = mapped_column(String(24), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    old_secret_hash: Mapped[str] = mapped_column(String(64), default="")  # good until `old_until`
    old_until: Mapped[datetime | None] = mapped_column(Moment)
    renewed_at: Mapped[datetime | None] = mapped_column(Moment)
    renewed_by: Mapped[str] = mapped_column(String(80), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(80))
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[str] = mapped_column(String(80), default="")
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint("active = (revoked_at IS NULL)", name="revoked"),
        CheckConstraint("(old_until IS NULL) = (old_secret_hash = '')", name="old_secret"),
        # A name is free again when its till was revoked.
        Index(
            "uq_pos_till_name",
            "store_id",
            "name",
            unique=True,
            sqlite_where=revoked_at.is_(None),
            postgresql_where=revoked_at.is_(None),
        ),
    )

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""
