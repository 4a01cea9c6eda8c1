"""The list of points within families says which were drawn to be spent together, and which of these came back."""

from __future__ import annotations

from alembic import op

revision = "points_0009"
down_revision = "points_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With its constraint, so that SQLite makes no table anew.
    op.execute(
        "ALTER TABLE points_transfer ADD COLUMN kind VARCHAR(8)"
        " CONSTRAINT ck_points_transfer_kind CHECK (kind IN ('drawn','back'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE points_transfer DROP COLUMN kind")
