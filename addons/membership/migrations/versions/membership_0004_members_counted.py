"""The members of a store are counted without reading their files."""

from __future__ import annotations

from alembic import op

revision = "membership_0004"
down_revision = "membership_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_membership_member_store_status", "membership_member", ["store_id", "status"])


def downgrade() -> None:
    op.drop_index("ix_membership_member_store_status", "membership_member")
