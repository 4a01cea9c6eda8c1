"""Lots name what a rule gave them for, once; visits what a budget had no room for; counters of limited visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.types

revision = "points_0008"
down_revision = "points_0007"
branch_labels = None
depends_on = None

_GRANT = sa.text("event_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("points_lot", sa.Column("event", sa.String(length=12), nullable=True))
    # With the columns, so that SQLite makes no table anew.
    op.execute(
        "ALTER TABLE points_lot ADD COLUMN event_id BIGINT"
        " CONSTRAINT ck_points_lot_event CHECK ((event IS NULL) = (event_id IS NULL))"
    )
    op.execute(
        "ALTER TABLE points_visit ADD COLUMN not_given BIGINT DEFAULT '0' NOT NULL"
        " CONSTRAINT ck_points_visit_not_given CHECK (not_given >= 0)"
    )
    op.create_index(
        "uq_points_lot_grant",
        "points_lot",
        ["event", "event_id", "rule", "digest"],
        unique=True,
        sqlite_where=_GRANT,
        postgresql_where=_GRANT,
    )
    op.create_table(
        "points_rule_use",
        sa.Column("brand_id", core.db.types.Key, nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("per", sa.String(length=8), nullable=False),
        sa.Column("subject_id", core.db.types.Key, autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("per IN ('store','all')", name=op.f("ck_points_rule_use_per")),
        sa.CheckConstraint("count >= 0 AND cost >= 0", name=op.f("ck_points_rule_use_not_below_nothing")),
        sa.CheckConstraint("cost <= granted", name=op.f("ck_points_rule_use_floor")),
        sa.ForeignKeyConstraint(["brand_id"], ["stores_brand.id"], name=op.f("fk_points_rule_use_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "rule", "per", "subject_id", "period", name=op.f("pk_points_rule_use")),
    )


def downgrade() -> None:
    op.drop_table("points_rule_use")
    op.drop_index("uq_points_lot_grant", table_name="points_lot")
    op.execute("ALTER TABLE points_visit DROP COLUMN not_given")
    op.execute("ALTER TABLE points_lot DROP COLUMN event_id")
    op.execute("ALTER TABLE points_lot DROP COLUMN event")
