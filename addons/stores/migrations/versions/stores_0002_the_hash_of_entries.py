"""The hash of entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.types import Json, Key, Moment
from core.ledger.hashing import add_row_hash, drop_row_hash

revision = "stores_0002"
down_revision = "stores_0001"
branch_labels = None
depends_on = None

_TABLES = (
    (
        "stores_change",
        {
            "id": Key,
            "kind": sa.String(),
            "record": sa.String(),
            "fields": Json,
            "user_id": sa.BigInteger(),
            "at": Moment(),
        },
        ("id",),
    ),
)


def upgrade() -> None:
    """Hash the rows there are."""
    for name, columns, keys in _TABLES:
        add_row_hash(op.get_bind(), name, columns, keys)


def downgrade() -> None:
    """Take the hashes away."""
    for name, _, _ in _TABLES:
        drop_row_hash(op.get_bind(), name)
