"""A counter of a limited rule names the budget it was counted against, and never passes it."""

from __future__ import annotations

from alembic import op

revision = "sales_0005"
down_revision = "sales_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With the column, so that SQLite makes no table anew.
    op.execute(
        "ALTER TABLE sales_rule_use ADD COLUMN granted BIGINT"
        " CONSTRAINT ck_sales_rule_use_floor CHECK (cost <= granted)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE sales_rule_use DROP COLUMN granted")
