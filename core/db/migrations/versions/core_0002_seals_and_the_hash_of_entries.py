"""Seals, and the hash of entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.types import Json, Key, Moment
from core.ledger.hashing import add_row_hash, drop_row_hash

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

_TABLES = (
    (
        "core_decision",
        {
            "id": Key,
            "store_id": sa.BigInteger(),
            "event": sa.String(),
            "at": Moment(),
            "version": sa.String(),
            "digest": sa.String(),
            "facts": sa.Text(),
            "outcome": sa.Text(),
        },
        ("id",),
    ),
    (
        "core_setting_change",
        {
            "id": Key,
            "name": sa.String(),
            "old": Json,
            "new": Json,
            "reason": sa.Text(),
            "changed_at": Moment(),
            "changed_by": sa.String(),
        },
        ("id",),
    ),
    (
        "core_record_change",
        {
            "id": Key,
            "table_name": sa.String(),
            "record": sa.String(),
            "what": sa.String(),
            "fields": Json,
            "user_id": sa.BigInteger(),
            "reason": sa.String(),
            "at": Moment(),
        },
        ("id",),
    ),
    (
        "core_account_event",
        {
            "id": Key,
            "at": Moment(),
            "user_id": sa.BigInteger(),
            "username": sa.String(),
            "what": sa.String(),
            "detail": Json,
            "by_id": sa.BigInteger(),
            "by": sa.String(),
        },
        ("id",),
    ),
)


def upgrade() -> None:
    """Make the table of seals, and hash the rows there are."""
    op.create_table(
        "core_ledger_seal",
        sa.Column("number", Key, autoincrement=False, nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_core_ledger_seal")),
        info={"append_only": True},
    )
    op.append_only("core_ledger_seal")
    for name, columns, keys in _TABLES:
        add_row_hash(op.get_bind(), name, columns, keys, covers_id=name == "core_decision")


def downgrade() -> None:
    """Take the hashes away."""
    for name, _, _ in _TABLES:
        drop_row_hash(op.get_bind(), name)
    op.drop_table("core_ledger_seal")
