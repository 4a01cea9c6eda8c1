"""Reviews of a brand in parts; notices to members whose tier comes up for review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types

revision = "tiers_0003"
down_revision = "tiers_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tiers_review",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("brand_id", core.db.types.Key, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("since_at", core.db.types.Moment(), nullable=True),
        sa.Column("credit_from", core.db.types.Key, nullable=False),
        sa.Column("credit_to", core.db.types.Key, nullable=False),
        sa.Column("change_from", core.db.types.Key, nullable=False),
        sa.Column("change_to", core.db.types.Key, nullable=False),
        sa.Column("began_as", core.db.types.Key, nullable=False),
        sa.Column("oldest", core.db.types.Key, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("climbed", sa.Integer(), nullable=False),
        sa.Column("began_at", core.db.types.Moment(), nullable=False),
        sa.Column("ended_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_tiers_review_ended")),
        sa.CheckConstraint("state IN ('running','done','left')", name=op.f("ck_tiers_review_state")),
        sa.CheckConstraint("whole OR since IS NOT NULL", name=op.f("ck_tiers_review_since")),
        sa.ForeignKeyConstraint(["brand_id"], ["stores_brand.id"], name=op.f("fk_tiers_review_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers_review")),
        sa.UniqueConstraint("brand_id", "day", name=op.f("uq_tiers_review_brand_id_day")),
    )
    op.create_table(
        "tiers_review_part",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("review_id", core.db.types.Key, nullable=False),
        sa.Column("first", core.db.types.Key, nullable=False),
        sa.Column("last", core.db.types.Key, nullable=False),
        sa.Column("done_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_tiers_review_part_span")),
        sa.ForeignKeyConstraint(["review_id"], ["tiers_review.id"], name=op.f("fk_tiers_review_part_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers_review_part")),
    )
    with op.batch_alter_table("tiers_review_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tiers_review_part_review_id"), ["review_id"], unique=False)

    op.create_table(
        "tiers_notice",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("tier_after", sa.String(length=20), nullable=False),
        sa.Column("metric", sa.String(length=10), nullable=False),
        sa.Column("needed", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_on IS NULL)", name=op.f("ck_tiers_notice_ended")),
        sa.CheckConstraint("metric IN ('credit','points')", name=op.f("ck_tiers_notice_metric")),
        sa.CheckConstraint("state IN ('open','kept','lowered','dropped')", name=op.f("ck_tiers_notice_state")),
        sa.CheckConstraint("given_on < review_on AND review_on <= ends_on", name=op.f("ck_tiers_notice_days")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_tiers_notice_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_tiers_notice_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers_notice")),
    )
    with op.batch_alter_table("tiers_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tiers_notice_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tiers_notice_store_id"), ["store_id"], unique=False)
        batch_op.create_index(
            "uq_tiers_notice_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    with op.batch_alter_table("tiers_change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("review_id", core.db.types.Key, nullable=True))
        batch_op.create_index("ix_tiers_change_review", ["review_id", "member_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_tiers_change_review_id"), "tiers_review", ["review_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("tiers_change", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_tiers_change_review_id"), type_="foreignkey")
        batch_op.drop_index("ix_tiers_change_review")
        batch_op.drop_column("review_id")

    with op.batch_alter_table("tiers_notice", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tiers_notice_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_tiers_notice_store_id"))
        batch_op.drop_index(batch_op.f("ix_tiers_notice_member_id"))

    op.drop_table("tiers_notice")
    with op.batch_alter_table("tiers_review_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tiers_review_part_review_id"))

    op.drop_table("tiers_review_part")
    op.drop_table("tiers_review")
