"""Closed months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_ledger_close",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figures", core.db.types.Json, nullable=False),
        sa.Column("closed_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("closed_by <> approved_by", name=op.f("ck_core_ledger_close_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_ledger_close")),
        sa.UniqueConstraint("book", "month", name=op.f("uq_core_ledger_close_book_month")),
        info={"append_only": True},
    )
    op.append_only("core_ledger_close")


def downgrade() -> None:
    op.drop_table("core_ledger_close")
