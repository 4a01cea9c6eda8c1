"""Points that could not be taken back: they wait for what two persons decide, and are never forgotten by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.membership.models import Member
from addons.points.models.ledger import Lot
from addons.stores.models import Store
from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Amount, Key, Moment


class Review(StoreScoped, Base):
    """Points beyond the lowest balance (C21): written off, or collected from what the member has by then.

    `outcome` is what one person proposes; another one decides on it. Refused, the claim waits again.
    """

    __tablename__ = "points_review"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    member_id: Mapped[int] = mapped_column(Key, ForeignKey("membership_member.id"), index=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    lot_id: Mapped[int] = mapped_column(Key, ForeignKey("points_lot.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(Key, index=True)  # sales_receipt.id
    points: Mapped[int] = mapped_column(Amount)
    at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    outcome: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    asked_by: Mapped[str | None] = mapped_column(String(80))
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member | None] = relationship(lazy="selectin", viewonly=True)
    store: Mapped[Store | None] = relationship(lazy="selectin", viewonly=True, foreign_keys=[store_id])
    lot: Mapped[Lot | None] = relationship(lazy="select", viewonly=True)

    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("state IN ('waiting','asked','written_off','collected')", name="state"),
        CheckConstraint("outcome IN ('','write_off','collect')", name="outcome"),
        CheckConstraint("state = 'waiting' OR (outcome <> '' AND reason <> '' AND asked_by IS NOT NULL)", name="asked"),
        CheckConstraint("(state IN ('waiting','asked')) = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> asked_by", name="two_persons"),
        Index(
            "ix_points_review_open",
            "member_id",
            sqlite_where=text("state IN ('waiting','asked')"),
            postgresql_where=text("state IN ('waiting','asked')"),
        ),
    )

    def __str__(self) -> str:
        """Return the points."""
        return f"{self.points:,}"
