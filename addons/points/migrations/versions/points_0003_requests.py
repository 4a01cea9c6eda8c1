"""What tills hold; corrections, transfers and closings that people ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types

revision = "points_0003"
down_revision = "points_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "points_close_request",
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
    with op.batch_alter_table("points_close_request", schema=None) as batch_op:
        batch_op.create_index(
            "uq_points_close_request_open",
            ["month"],
            unique=True,
            sqlite_where=sa.text("state <> 'refused'"),
            postgresql_where=sa.text("state <> 'refused'"),
        )

    op.create_table(
        "points_reason_code",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code <> '' AND name <> ''", name=op.f("ck_points_reason_code_named")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_points_reason_code")),
        sa.UniqueConstraint("name", name=op.f("uq_points_reason_code_name")),
    )
    op.create_table(
        "points_adjustment",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", core.db.types.Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name=op.f("ck_points_adjustment_decided")),
        sa.CheckConstraint("state IN ('asked','approved','refused')", name=op.f("ck_points_adjustment_state")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_points_adjustment_two_persons")),
        sa.CheckConstraint("points <> 0", name=op.f("ck_points_adjustment_points")),
        sa.ForeignKeyConstraint(["code"], ["points_reason_code.code"], name=op.f("fk_points_adjustment_code")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_adjustment_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_adjustment_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_adjustment")),
    )
    with op.batch_alter_table("points_adjustment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_adjustment_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_adjustment_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            "ix_points_adjustment_open",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )
        batch_op.create_index(batch_op.f("ix_points_adjustment_store_id"), ["store_id"], unique=False)

    op.create_table(
        "points_hold",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("until", core.db.types.Moment(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("ended_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name=op.f("ck_points_hold_ended")),
        sa.CheckConstraint("(state = 'spent') = (spent > 0)", name=op.f("ck_points_hold_spent")),
        sa.CheckConstraint("state IN ('held','spent','released','timed_out')", name=op.f("ck_points_hold_state")),
        sa.CheckConstraint("points > 0 AND spent BETWEEN 0 AND points", name=op.f("ck_points_hold_points")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_hold_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_hold_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_hold")),
    )
    with op.batch_alter_table("points_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_hold_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            "ix_points_hold_open",
            ["until"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.create_index(batch_op.f("ix_points_hold_store_id"), ["store_id"], unique=False)

    op.create_table(
        "points_transfer",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("from_id", core.db.types.Key, nullable=False),
        sa.Column("into_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("from_id <> into_id", name=op.f("ck_points_transfer_two_members")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_transfer_points")),
        sa.ForeignKeyConstraint(["from_id"], ["membership_member.id"], name=op.f("fk_points_transfer_from_id")),
        sa.ForeignKeyConstraint(["into_id"], ["membership_member.id"], name=op.f("fk_points_transfer_into_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_transfer_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_transfer")),
        info={"append_only": True},
    )
    with op.batch_alter_table("points_transfer", schema=None) as batch_op:
        batch_op.create_index("ix_points_transfer_from_day", ["from_id", "day"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_transfer_into_id"), ["into_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_transfer_store_id"), ["store_id"], unique=False)

    op.create_table(
        "points_hold_part",
        sa.Column("hold_id", core.db.types.Key, nullable=False),
        sa.Column("lot_id", core.db.types.Key, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_hold_part_points")),
        sa.ForeignKeyConstraint(["hold_id"], ["points_hold.id"], name=op.f("fk_points_hold_part_hold_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_hold_part_lot_id")),
        sa.PrimaryKeyConstraint("hold_id", "lot_id", name=op.f("pk_points_hold_part")),
    )
    with op.batch_alter_table("points_hold_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_hold_part_lot_id"), ["lot_id"], unique=False)

    op.append_only("points_transfer")


def downgrade() -> None:
    tables = ("hold_part", "transfer", "hold", "adjustment", "reason_code", "close_request")
    for table in tables:
        op.drop_table(f"points_{table}")
