"""Families of a brand may spend their points together; off until headquarters says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "stores_0006"
down_revision = "stores_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stores_brand", sa.Column("pools_points", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("ALTER TABLE stores_brand DROP COLUMN pools_points")  # SQLite too: the table is not made anew
