"""The hash of entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.types import Key, Moment
from core.ledger.hashing import add_row_hash, drop_row_hash

revision = "rulebook_0002"
down_revision = "rulebook_0001"
branch_labels = None
depends_on = None

_TABLES = (
    (
        "rulebook_publication",
        {
            "id": Key,
            "brand_id": sa.BigInteger(),
            "version_id": sa.BigInteger(),
            "since": Moment(),
            "published_by": sa.String(),
            "published_at": Moment(),
        },
        ("id",),
    ),
    (
        "rulebook_event",
        {
            "id": Key,
            "version_id": sa.BigInteger(),
            "what": sa.String(),
            "who": sa.String(),
            "detail": sa.String(),
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
