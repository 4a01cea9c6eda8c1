"""A batch says why it does not go on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "vouchers_0003"
down_revision = "vouchers_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vouchers_batch", sa.Column("held_up", core.db.types.Json, nullable=True))


def downgrade() -> None:
    op.drop_column("vouchers_batch", "held_up")
