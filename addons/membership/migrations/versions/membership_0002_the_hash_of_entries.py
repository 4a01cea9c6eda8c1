"""The hash of entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.types import Key, Moment
from core.ledger.hashing import add_row_hash, drop_row_hash

revision = "membership_0002"
down_revision = "membership_0001"
branch_labels = None
depends_on = None

_TABLES = (
    (
        "membership_consent",
        {
            "id": Key,
            "store_id": sa.BigInteger(),
            "member_id": sa.BigInteger(),
            "purpose": sa.String(),
            "given": sa.Boolean(),
            "guardian_id": sa.BigInteger(),
            "wording": sa.String(),
            "by": sa.String(),
            "at": Moment(),
        },
        ("id",),
    ),
    (
        "membership_lookup",
        {
            "id": Key,
            "store_id": sa.BigInteger(),
            "member_id": sa.BigInteger(),
            "how": sa.String(),
            "by": sa.String(),
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
