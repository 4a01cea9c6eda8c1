"""Closings of months that are asked for, of all ledgers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_ledger_close_request",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figures", core.db.types.Json, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", core.db.types.Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_by IS NULL)", name=op.f("ck_core_ledger_close_request_decided")
        ),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_core_ledger_close_request_two_persons")),
        sa.CheckConstraint("state IN ('asked','approved','refused')", name=op.f("ck_core_ledger_close_request_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_ledger_close_request")),
    )
    with op.batch_alter_table("core_ledger_close_request", schema=None) as batch_op:
        batch_op.create_index(
            "uq_core_ledger_close_request_open",
            ["book", "month"],
            unique=True,
            sqlite_where=sa.text("state <> 'refused'"),
            postgresql_where=sa.text("state <> 'refused'"),
        )


def downgrade() -> None:
    op.drop_table("core_ledger_close_request")
