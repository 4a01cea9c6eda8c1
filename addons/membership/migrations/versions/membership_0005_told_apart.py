"""Files that look like one person and are two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "membership_0005"
down_revision = "membership_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "membership_told_apart",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("first_id", core.db.types.Key, nullable=False),
        sa.Column("second_id", core.db.types.Key, nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_membership_told_apart_in_order")),
        sa.ForeignKeyConstraint(["first_id"], ["membership_member.id"], name=op.f("fk_membership_told_apart_first_id")),
        sa.ForeignKeyConstraint(
            ["second_id"], ["membership_member.id"], name=op.f("fk_membership_told_apart_second_id")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_membership_told_apart_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_told_apart")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_membership_told_apart_first_id_second_id")),
    )
    with op.batch_alter_table("membership_told_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_told_apart_second_id"), ["second_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_told_apart_store_id"), ["store_id"], unique=False)


def downgrade() -> None:
    op.drop_table("membership_told_apart")
