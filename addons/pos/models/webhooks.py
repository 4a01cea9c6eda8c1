"""Who is told what happened, and what is on its way to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from addons.stores.models import Store
from core.db.base import Base
from core.db.history import WithHistory
from core.db.scope import StoreScoped
from core.db.types import Json, Key, Moment

COVERS = ("store", "franchisee")
STATES = ("waiting", "sent", "dead")


class Subscription(WithHistory, StoreScoped, Base):
    """An address that is told of events: of one store, or of all stores of its franchisee.

    The secret that signs is never kept: it follows from the installation's secret, `key_id` and `generation`.
    """

    __tablename__ = "pos_subscription"
    #: An address may hold a secret of the receiver.
    history_masks = ("url",)
    history_leaves_out = ("last_sent_at", "changed_at", "changed_by")

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    covers: Mapped[str] = mapped_column(String(12), default="store")
    name: Mapped[str] = mapped_column(String(60))
    url: Mapped[str] = mapped_column(String(400))
    events: Mapped[list[str]] = mapped_column(Json)
    key_id: Mapped[str] = mapped_column(String(24), unique=True)
    generation: Mapped[int] = mapped_column(default=1)
    old_until: Mapped[datetime | None] = mapped_column(Moment)  # until then the generation before signs too
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(80), default="")
    last_sent_at: Mapped[datetime | None] = mapped_column(Moment)

    store: Mapped[Store] = relationship(lazy="selectin")

    __table_args__ = (
        CheckConstraint("covers IN ('store','franchisee')", name="covers"),
        CheckConstraint("generation > 0", name="generation"),
        UniqueConstraint("store_id", "name"),
    )

    def __str__(self) -> str:
        """Return the name."""
        return self.name or ""


class Delivery(StoreScoped, Base):
    """One message to one subscription; `store_id` is the store in which it happened."""

    __tablename__ = "pos_delivery"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("stores_store.id"), index=True)
    subscription_id: Mapped[int] = mapped_column(Key, ForeignKey("pos_subscription.id"))
    outbox_id: Mapped[int | None] = mapped_column(Key)  # core_outbox.id; None for a trial
    message: Mapped[str] = mapped_column(String(40))  # what a receiver knows it by
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)  # as it is sent, byte for byte
    created_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    leased_until: Mapped[datetime | None] = mapped_column(Moment)  # a relay has it in hand
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    status: Mapped[int | None]  # of the last answer
    problem: Mapped[str] = mapped_column(String(200), default="")  # of the last attempt

    store: Mapped[Store] = relationship(lazy="selectin", viewonly=True)
    subscription: Mapped[Subscription | None] = relationship(lazy="selectin", viewonly=True)

    __table_args__ = (
        UniqueConstraint("subscription_id", "outbox_id"),
        UniqueConstraint("subscription_id", "message"),
        CheckConstraint("state IN ('waiting','sent','dead')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        Index(
            "ix_pos_delivery_due",
            "due_at",
            sqlite_where=ended_at.is_(None),
            postgresql_where=ended_at.is_(None),
        ),
    )

    def __str__(self) -> str:
        """Return the message."""
        return self.message or ""
