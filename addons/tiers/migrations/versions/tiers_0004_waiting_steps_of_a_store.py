"""The cards a store has to convert are found without reading all its upgrades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tiers_0004"
down_revision = "tiers_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("converted_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "ix_tiers_change_store_waiting", "tiers_change", ["store_id"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    op.drop_index("ix_tiers_change_store_waiting", "tiers_change")
