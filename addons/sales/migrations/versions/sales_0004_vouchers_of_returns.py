"""What returns kept back for used vouchers that are no longer due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types

revision = "sales_0004"
down_revision = "sales_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sales_return_voucher",
        sa.Column("return_id", core.db.types.Key, nullable=False),
        sa.Column("voucher_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "missing >= 0 AND (amount <> 0 OR missing > 0)", name=op.f("ck_sales_return_voucher_amount")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["sales_return.id"], name=op.f("fk_sales_return_voucher_return_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_sales_return_voucher_store_id")),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers_voucher.id"], name=op.f("fk_sales_return_voucher_voucher_id")
        ),
        sa.PrimaryKeyConstraint("return_id", "voucher_id", name=op.f("pk_sales_return_voucher")),
        info={"append_only": True},
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sales_return_voucher_voucher_id"), "sales_return_voucher", ["voucher_id"])
    op.append_only("sales_return_voucher")


def downgrade() -> None:
    op.drop_index(op.f("ix_sales_return_voucher_voucher_id"), table_name="sales_return_voucher")
    op.drop_table("sales_return_voucher")
