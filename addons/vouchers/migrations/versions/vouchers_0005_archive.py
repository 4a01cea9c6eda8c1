"""Patterns of codes and budgets can be put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "vouchers_0005"
down_revision = "vouchers_0004"
branch_labels = None
depends_on = None

_PUT_AWAY = ("vouchers_pattern", "vouchers_budget")


def upgrade() -> None:
    for table in _PUT_AWAY:
        op.add_column(table, sa.Column("archived_at", core.db.types.Moment(), nullable=True))


def downgrade() -> None:
    for table in _PUT_AWAY:
        op.drop_column(table, "archived_at")
