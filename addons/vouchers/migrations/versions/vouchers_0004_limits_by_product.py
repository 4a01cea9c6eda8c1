"""Vouchers may be limited to products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "vouchers_0004"
down_revision = "vouchers_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vouchers_terms", sa.Column("products", core.db.types.Json, nullable=True))


def downgrade() -> None:
    op.drop_column("vouchers_terms", "products")
