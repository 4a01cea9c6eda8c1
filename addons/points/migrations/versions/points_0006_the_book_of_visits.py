"""Lots that no receipt explains name the rule book that gave them; headquarters bear those that were there before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "points_0006"
down_revision = "points_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("points_lot", sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("ALTER TABLE points_lot DROP COLUMN digest")  # SQLite too: the table is not made anew
