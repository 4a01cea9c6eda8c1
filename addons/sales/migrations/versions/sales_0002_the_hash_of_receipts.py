"""The hash of receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.types import Key, Moment
from core.ledger.hashing import add_row_hash, drop_row_hash

revision = "sales_0002"
down_revision = "sales_0001"
branch_labels = None
depends_on = None

_TABLES = (
    (
        "sales_receipt",
        {
            "id": Key,
            "store_id": sa.BigInteger(),
            "number": sa.String(),
            "brand_id": sa.BigInteger(),
            "member_id": sa.BigInteger(),
            "card_id": sa.BigInteger(),
            "tier": sa.String(),
            "at": Moment(),
            "day": sa.Date(),
            "cashier": sa.String(),
            "currency": sa.String(),
            "quantity": sa.BigInteger(),
            "list_total": sa.BigInteger(),
            "selling_total": sa.BigInteger(),
            "total": sa.BigInteger(),
            "tendered": sa.BigInteger(),
            "cash": sa.BigInteger(),
            "points": sa.BigInteger(),
            "credit": sa.BigInteger(),
            "birthday_list": sa.BigInteger(),
            "source": sa.String(),
            "key": sa.String(),
            "decision_id": sa.BigInteger(),
        },
        ("id",),
    ),
    (
        "sales_line",
        {
            "receipt_id": Key,
            "line_no": sa.BigInteger(),
            "store_id": sa.BigInteger(),
            "product_id": sa.BigInteger(),
            "code": sa.String(),
            "quantity": sa.BigInteger(),
            "list_price": sa.BigInteger(),
            "special_price": sa.BigInteger(),
            "pay": sa.BigInteger(),
            "tendered": sa.BigInteger(),
            "net": sa.BigInteger(),
            "rules": sa.Text(),
        },
        ("receipt_id", "line_no"),
    ),
    (
        "sales_tender",
        {
            "receipt_id": Key,
            "tender_no": sa.BigInteger(),
            "store_id": sa.BigInteger(),
            "kind": sa.String(),
            "amount": sa.BigInteger(),
            "voucher_id": sa.BigInteger(),
        },
        ("receipt_id", "tender_no"),
    ),
    (
        "sales_discount",
        {
            "receipt_id": Key,
            "rule": sa.String(),
            "store_id": sa.BigInteger(),
            "lines": sa.BigInteger(),
            "amount": sa.BigInteger(),
        },
        ("receipt_id", "rule"),
    ),
)


def upgrade() -> None:
    """Hash the rows there are."""
    for name, columns, keys in _TABLES:
        add_row_hash(op.get_bind(), name, columns, keys, covers_id=name == "sales_receipt")


def downgrade() -> None:
    """Take the hashes away."""
    for name, _, _ in _TABLES:
        drop_row_hash(op.get_bind(), name)
