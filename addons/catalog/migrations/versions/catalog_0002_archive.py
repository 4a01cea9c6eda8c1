"""Styles and categories can be put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "catalog_0002"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None

_PUT_AWAY = ("catalog_style", "catalog_category")


def upgrade() -> None:
    for table in _PUT_AWAY:
        op.add_column(table, sa.Column("archived_at", core.db.types.Moment(), nullable=True))


def downgrade() -> None:
    for table in _PUT_AWAY:
        op.drop_column(table, "archived_at")
