"""Second factors: their secrets, the codes that stand in for them, and the roles that must have one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("factor_secret", sa.String(length=160), nullable=True))
        batch_op.add_column(sa.Column("factor_since", core.db.types.Moment(), nullable=True))
        batch_op.add_column(sa.Column("factor_step", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "core_factor_role",
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("since", core.db.types.Moment(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_core_factor_role")),
    )
    op.create_table(
        "core_recovery_code",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_core_recovery_code_user_id_ab_user")),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_core_recovery_code")),
    )


def downgrade() -> None:
    op.drop_table("core_recovery_code")
    op.drop_table("core_factor_role")
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.drop_column("factor_step")
        batch_op.drop_column("factor_since")
        batch_op.drop_column("factor_secret")
