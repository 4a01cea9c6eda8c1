"""The lots of a member are found by the member, not by the store."""

from __future__ import annotations

from alembic import op

revision = "points_0007"
down_revision = "points_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_points_lot_member", "points_lot", ["member_id"])


def downgrade() -> None:
    op.drop_index("ix_points_lot_member", "points_lot")
