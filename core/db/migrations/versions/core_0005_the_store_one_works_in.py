"""The store a person works in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("works_in", core.db.types.Key, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.drop_column("works_in")
