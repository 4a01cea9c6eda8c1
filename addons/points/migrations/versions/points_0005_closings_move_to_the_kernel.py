"""Closings that are asked for live in the kernel, with those of other ledgers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "points_0005"
down_revision = "points_0004"
branch_labels = None
depends_on = "core_0004"

_COLUMNS = "month, figures, state, asked_by, asked_at, decided_by, decided_at"
_OURS, _ALL = "points_close_request", "core_ledger_close_request"


def upgrade() -> None:
    op.execute(f"INSERT INTO {_ALL} (book, {_COLUMNS}) SELECT 'points', {_COLUMNS} FROM {_OURS} ORDER BY id")  # noqa: S608
    op.drop_table(_OURS)


def downgrade() -> None:
    op.create_table(
        _OURS,
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figures", core.db.types.Json, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", core.db.types.Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name=op.f("ck_points_close_request_decided")),
        sa.CheckConstraint("state IN ('asked','approved','refused')", name=op.f("ck_points_close_request_state")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_points_close_request_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_close_request")),
    )
    with op.batch_alter_table(_OURS, schema=None) as batch_op:
        batch_op.create_index(
            "uq_points_close_request_open",
            ["month"],
            unique=True,
            sqlite_where=sa.text("state <> 'refused'"),
            postgresql_where=sa.text("state <> 'refused'"),
        )
    op.execute(f"INSERT INTO {_OURS} ({_COLUMNS}) SELECT {_COLUMNS} FROM {_ALL} WHERE book = 'points' ORDER BY id")  # noqa: S608
    op.execute(f"DELETE FROM {_ALL} WHERE book = 'points'")  # noqa: S608
