"""Terms that say the same are found again: rules limit the vouchers they give too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "vouchers_0006"
down_revision = "vouchers_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vouchers_terms", sa.Column("key", sa.String(length=64), nullable=True))
    op.create_index("ix_vouchers_terms_key", "vouchers_terms", ["key"])


def downgrade() -> None:
    op.drop_index("ix_vouchers_terms_key", "vouchers_terms")
    op.drop_column("vouchers_terms", "key")
