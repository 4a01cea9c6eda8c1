"""The ledger of vouchers in place of their uses; bearer vouchers, terms, budgets, batches, attempts, prints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types
from core.ledger.entry import HASH, row_hash

revision = "vouchers_0002"
down_revision = "vouchers_0001"
branch_labels = None
depends_on = None

_CHUNK = 2000  # vouchers

_FOREIGN = {
    "batch_id": "vouchers_batch",
    "budget_id": "vouchers_budget",
    "terms_id": "vouchers_terms",
    "origin_id": "vouchers_voucher",
}
_FILLED = {
    "binding": sa.String(10),
    "currency": sa.String(3),
    "title": sa.String(120),
    "entries": sa.Integer(),
    "settled": sa.Boolean(),
}
_EMPTY = {
    "valid_from": sa.Date(),
    "receipt_id": core.db.types.Key,
    **dict.fromkeys(_FOREIGN, core.db.types.Key),
    "lock_till": sa.String(80),
    "lock_key": sa.String(80),
    "locked_until": core.db.types.Moment(),
}
_INDEXED = ("batch_id", "budget_id", "origin_id")
_PARTIAL = {
    "ix_vouchers_voucher_ending": ("valid_until", "status = 'active'"),
    "ix_vouchers_voucher_receipt": ("receipt_id", "receipt_id IS NOT NULL"),
}
_KINDS = "kind IN ('cash','discount','gift','parking')"
_EARLIER_CHECKS = {
    "kind": _KINDS,
    "status": "status IN ('active','used','void')",
    "remaining": "remaining >= 0 AND remaining <= value",
    "value": "value >= 0",
}
_CHECKS = {
    **_EARLIER_CHECKS,
    "status": "status IN ('active','used','expired','void','split','transferred')",
    "gone": "status = 'active' OR remaining = 0",
    "there": "status <> 'active' OR remaining > 0 OR value = 0",
    "binding": "binding IN ('member','first_use','bearer')",
    "holder": "binding <> 'member' OR member_id IS NOT NULL",
    "bearer": "binding <> 'bearer' OR member_id IS NULL",
    "lock": "(lock_till IS NULL) = (locked_until IS NULL) AND (lock_till IS NULL) = (lock_key IS NULL)",
    "locked": "lock_till IS NULL OR status = 'active'",
}


def upgrade() -> None:
    op.create_table(
        "vouchers_terms",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("min_spend", sa.BigInteger(), nullable=False),
        sa.Column("stores", core.db.types.Json, nullable=True),
        sa.Column("categories", core.db.types.Json, nullable=True),
        sa.CheckConstraint("min_spend >= 0", name=op.f("ck_vouchers_terms_min_spend")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_terms")),
        info={"append_only": True},
    )
    op.create_table(
        "vouchers_budget",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("brand_id", core.db.types.Key, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=True),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= granted", name=op.f("ck_vouchers_budget_floor")),
        sa.ForeignKeyConstraint(["brand_id"], ["stores_brand.id"], name=op.f("fk_vouchers_budget_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_budget")),
        sa.UniqueConstraint("brand_id", "name", name=op.f("uq_vouchers_budget_brand_id_name")),
        sa.UniqueConstraint("brand_id", "rule", name=op.f("uq_vouchers_budget_brand_id_rule")),
    )
    op.create_table(
        "vouchers_pattern",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("brand_id", core.db.types.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("pattern", sa.String(length=20), nullable=False),
        sa.CheckConstraint("kind IN ('cash','discount','gift','parking')", name=op.f("ck_vouchers_pattern_kind")),
        sa.ForeignKeyConstraint(["brand_id"], ["stores_brand.id"], name=op.f("fk_vouchers_pattern_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_pattern")),
        sa.UniqueConstraint("brand_id", "kind", name=op.f("uq_vouchers_pattern_brand_id_kind")),
    )
    op.create_table(
        "vouchers_batch",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("brand_id", core.db.types.Key, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("binding", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("pattern", sa.String(length=20), nullable=False),
        sa.Column("terms_id", core.db.types.Key, nullable=True),
        sa.Column("budget_id", core.db.types.Key, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", core.db.types.Moment(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint("binding IN ('member','first_use','bearer')", name=op.f("ck_vouchers_batch_binding")),
        sa.CheckConstraint("kind IN ('cash','discount','gift','parking')", name=op.f("ck_vouchers_batch_kind")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_vouchers_batch_reason")),
        sa.CheckConstraint(
            "state IN ('asked','approved','refused','issued','stopped')", name=op.f("ck_vouchers_batch_state")
        ),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_vouchers_batch_two_persons")),
        sa.CheckConstraint("issued >= 0 AND issued <= count", name=op.f("ck_vouchers_batch_issued")),
        sa.CheckConstraint("value >= 0 AND count > 0", name=op.f("ck_vouchers_batch_worth")),
        sa.ForeignKeyConstraint(["brand_id"], ["stores_brand.id"], name=op.f("fk_vouchers_batch_brand_id")),
        sa.ForeignKeyConstraint(["budget_id"], ["vouchers_budget.id"], name=op.f("fk_vouchers_batch_budget_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_vouchers_batch_store_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["vouchers_terms.id"], name=op.f("fk_vouchers_batch_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_batch")),
    )
    with op.batch_alter_table("vouchers_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_batch_store_id"), ["store_id"], unique=False)

    op.create_table(
        "vouchers_download",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("batch_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["vouchers_batch.id"], name=op.f("fk_vouchers_download_batch_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_vouchers_download_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_download")),
        info={"append_only": True},
    )
    with op.batch_alter_table("vouchers_download", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_download_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_vouchers_download_store_id"), ["store_id"], unique=False)

    op.create_table(
        "vouchers_batch_member",
        sa.Column("batch_id", core.db.types.Key, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["vouchers_batch.id"], name=op.f("fk_vouchers_batch_member_batch_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["membership_member.id"], name=op.f("fk_vouchers_batch_member_member_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("pk_vouchers_batch_member")),
    )
    with op.batch_alter_table("vouchers_batch_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_batch_member_member_id"), ["member_id"], unique=False)

    op.create_table(
        "vouchers_attempt",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("till", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("ending", sa.String(length=4), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("voucher_id", core.db.types.Key, nullable=True),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_vouchers_attempt_store_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers_voucher.id"], name=op.f("fk_vouchers_attempt_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_attempt")),
        info={"append_only": True},
    )
    with op.batch_alter_table("vouchers_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_vouchers_attempt_store_at", ["store_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_vouchers_attempt_voucher_id"), ["voucher_id"], unique=False)

    op.create_table(
        "vouchers_entry",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("voucher_id", core.db.types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("use_number", sa.Integer(), nullable=True),
        sa.Column("from_state", sa.String(length=12), nullable=False),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=True),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(to_state = 'redeemed') = (use_number IS NOT NULL)", name=op.f("ck_vouchers_entry_use")),
        sa.CheckConstraint(
            "from_state IN ('issued','outstanding','locked','redeemed','forfeited','expired','void','split','transferred')",
            name=op.f("ck_vouchers_entry_from_state"),
        ),
        sa.CheckConstraint(
            "to_state IN ('issued','outstanding','locked','redeemed','forfeited','expired','void','split','transferred')",
            name=op.f("ck_vouchers_entry_to_state"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_vouchers_entry_amount")),
        sa.CheckConstraint("from_state <> to_state", name=op.f("ck_vouchers_entry_moves")),
        sa.CheckConstraint("number > 0", name=op.f("ck_vouchers_entry_number")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_vouchers_entry_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_vouchers_entry_store_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers_voucher.id"], name=op.f("fk_vouchers_entry_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_entry")),
        sa.UniqueConstraint("voucher_id", "number", name=op.f("uq_vouchers_entry_voucher_id_number")),
        sa.UniqueConstraint("voucher_id", "use_number", name=op.f("uq_vouchers_entry_voucher_id_use_number")),
        info={"append_only": True},
    )
    with op.batch_alter_table("vouchers_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_entry_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_vouchers_entry_store_id"), ["store_id"], unique=False)

    op.create_table(
        "vouchers_print",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("voucher_id", core.db.types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_vouchers_print_number")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_vouchers_print_store_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers_voucher.id"], name=op.f("fk_vouchers_print_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_print")),
        sa.UniqueConstraint("voucher_id", "number", name=op.f("uq_vouchers_print_voucher_id_number")),
        info={"append_only": True},
    )
    with op.batch_alter_table("vouchers_print", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_print_store_id"), ["store_id"], unique=False)

    for table in ("terms", "download", "attempt", "entry", "print"):
        op.append_only(f"vouchers_{table}")
    with op.batch_alter_table("vouchers_voucher", schema=None) as batch_op:
        for name, kind in (_FILLED | _EMPTY).items():
            batch_op.add_column(sa.Column(name, kind))
    op.execute(_FILL)
    _write_entries()
    _constrain(_CHECKS, _EARLIER_CHECKS, upgraded=True)
    with op.batch_alter_table("vouchers_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vouchers_use_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_vouchers_use_store_id"))
    op.drop_table("vouchers_use")


#: What is there belongs to members, and is worth money of the market of the store that issued it.
_FILL = """
UPDATE vouchers_voucher SET binding = 'member', title = '', entries = 0, settled = false, currency = (
    SELECT m.currency FROM stores_store s JOIN stores_region r ON r.id = s.region_id
    JOIN stores_market m ON m.id = r.market_id WHERE s.id = vouchers_voucher.store_id)
"""


def _constrain(checks: dict[str, str], earlier: dict[str, str], *, upgraded: bool) -> None:
    """Say what must be true of a voucher from now on."""
    with op.batch_alter_table("vouchers_voucher", schema=None) as batch_op:
        for name in earlier:
            batch_op.drop_constraint(batch_op.f(f"ck_vouchers_voucher_{name}"), type_="check")
        if upgraded:
            for name, kind in _FILLED.items():
                batch_op.alter_column(name, existing_type=kind, nullable=False)
            for name, table in _FOREIGN.items():
                batch_op.create_foreign_key(batch_op.f(f"fk_vouchers_voucher_{name}"), table, [name], ["id"])
            for name in _INDEXED:
                batch_op.create_index(batch_op.f(f"ix_vouchers_voucher_{name}"), [name], unique=False)
            for name, (column, where) in _PARTIAL.items():
                said = sa.text(where)
                batch_op.create_index(name, [column], unique=False, sqlite_where=said, postgresql_where=said)
        batch_op.alter_column("member_id", existing_type=core.db.types.Key, nullable=upgraded)
        for name, condition in checks.items():
            batch_op.create_check_constraint(batch_op.f(f"ck_vouchers_voucher_{name}"), sa.text(condition))


# --- entries from uses ---------------------------------------------------------------------------------------------

_VOUCHER = sa.table(
    "vouchers_voucher",
    *(sa.column(name) for name in ("id", "member_id", "store_id", "value", "remaining", "status", "entries", "rule")),
    sa.column("issued_at", core.db.types.Moment()),
)
_USE = sa.table(
    "vouchers_use",
    *(sa.column(name) for name in ("voucher_id", "use_number", "store_id", "receipt_id", "amount")),
    sa.column("at", core.db.types.Moment()),
)
_ENTRY = sa.Table(
    "vouchers_entry",
    sa.MetaData(),
    sa.Column("id", core.db.types.Key, primary_key=True),
    sa.Column("voucher_id", core.db.types.Key),
    sa.Column("number", sa.Integer()),
    sa.Column("use_number", sa.Integer()),
    sa.Column("from_state", sa.String(12)),
    sa.Column("to_state", sa.String(12)),
    sa.Column("amount", sa.BigInteger()),
    sa.Column("member_id", core.db.types.Key),
    sa.Column("store_id", core.db.types.Key),
    sa.Column("receipt_id", core.db.types.Key),
    sa.Column("by", sa.String(80)),
    sa.Column("reason", sa.String(200)),
    sa.Column("ref", sa.String(120)),
    sa.Column("at", core.db.types.Moment()),
    sa.Column(HASH, sa.String(64)),
)
_NEXT = sa.select(_VOUCHER).where(_VOUCHER.c.id > sa.bindparam("b_after")).order_by(_VOUCHER.c.id).limit(_CHUNK)
_USES = (
    sa.select(_USE)
    .where(_USE.c.voucher_id > sa.bindparam("b_after"), _USE.c.voucher_id <= sa.bindparam("b_last"))
    .order_by(_USE.c.voucher_id, _USE.c.use_number)
)
_COUNTED = (
    sa.update(_VOUCHER)
    .where(_VOUCHER.c.id == sa.bindparam("b_id"))
    .values(entries=sa.bindparam("b_entries"), remaining=sa.bindparam("b_remaining"), status=sa.bindparam("b_status"))
)


def _write_entries() -> None:
    """Write what happened to each voucher so far: issued; used, with nothing left; or cancelled."""
    connection, after = op.get_bind(), 0
    while vouchers := connection.execute(_NEXT, {"b_after": after}).all():
        last = vouchers[-1].id
        uses = connection.execute(_USES, {"b_after": after, "b_last": last})
        by_voucher = {key: list(its) for key, its in groupby(uses, lambda use: use.voucher_id)}
        entries, counted = [], []
        for voucher in vouchers:
            its = [_entry(voucher, number, move) for number, move in enumerate(_moves(voucher, by_voucher), 1)]
            entries += [row | {HASH: row_hash(_ENTRY, row)} for row in its]
            counted.append(_standing(voucher, its))
        connection.execute(_ENTRY.insert(), entries)
        connection.execute(_COUNTED, counted)
        after = last


_Move = tuple[str, str, int, Any]


def _moves(voucher: Any, by_voucher: dict[int, list[Any]]) -> Iterator[_Move]:
    """Yield where from, where to, how much, and the use it belongs to."""
    yield "issued", "outstanding", voucher.value, None
    left = voucher.value
    for use in by_voucher.get(voucher.id, ()):
        yield "outstanding", "redeemed", use.amount, use
        left -= use.amount
        if left:
            yield "outstanding", "forfeited", left, use
            left = 0
    if voucher.status == "void" and left:
        yield "outstanding", "void", left, None


def _entry(voucher: Any, number: int, move: _Move) -> dict[str, Any]:
    from_state, to_state, amount, use = move
    return {
        "voucher_id": voucher.id,
        "number": number,
        "use_number": use.use_number if to_state == "redeemed" else None,
        "from_state": from_state,
        "to_state": to_state,
        "amount": amount,
        "member_id": voucher.member_id,
        "store_id": voucher.store_id if use is None else use.store_id,
        "receipt_id": None if use is None else use.receipt_id,
        "by": "",
        "reason": "",
        "ref": "",
        "at": voucher.issued_at if use is None else use.at,
    }


def _standing(voucher: Any, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how a voucher stands after its entries."""
    last = entries[-1]["to_state"]
    left = voucher.value if len(entries) == 1 else 0
    status = {"outstanding": "active", "void": "void"}.get(last, "used")
    status = voucher.status if voucher.value == 0 else status
    return {"b_id": voucher.id, "b_entries": len(entries), "b_remaining": left, "b_status": status}


def downgrade() -> None:
    op.create_table(
        "vouchers_use",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("voucher_id", core.db.types.Key, nullable=False),
        sa.Column("use_number", sa.Integer(), nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_vouchers_use_amount")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_vouchers_use_store_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers_voucher.id"], name=op.f("fk_vouchers_use_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers_use")),
        sa.UniqueConstraint("voucher_id", "use_number", name=op.f("uq_vouchers_use_voucher_id_use_number")),
        info={"append_only": True},
    )
    with op.batch_alter_table("vouchers_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_use_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_vouchers_use_store_id"), ["store_id"], unique=False)
    for statement in _BACK:
        op.execute(statement)
    op.append_only("vouchers_use")
    for table in ("print", "entry", "attempt", "batch_member", "download"):
        op.drop_table(f"vouchers_{table}")
    op.execute("DELETE FROM vouchers_voucher WHERE member_id IS NULL")
    op.execute("UPDATE vouchers_voucher SET status = 'void' WHERE status NOT IN ('active', 'used')")
    with op.batch_alter_table("vouchers_voucher", schema=None) as batch_op:
        for name in _FOREIGN:
            batch_op.drop_constraint(batch_op.f(f"fk_vouchers_voucher_{name}"), type_="foreignkey")
        for name in (*_PARTIAL, *(f"ix_vouchers_voucher_{name}" for name in _INDEXED)):
            batch_op.drop_index(name)
    _constrain(_EARLIER_CHECKS, _CHECKS, upgraded=False)
    with op.batch_alter_table("vouchers_voucher", schema=None) as batch_op:
        for name in (*_EMPTY, *_FILLED):
            batch_op.drop_column(name)
    for table in ("batch", "pattern", "budget", "terms"):
        op.drop_table(f"vouchers_{table}")


#: The earlier tables know members' vouchers and the receipts that took them, nothing else.
_BACK = (
    """
    INSERT INTO vouchers_use (voucher_id, use_number, store_id, receipt_id, amount, at)
    SELECT e.voucher_id, e.use_number, e.store_id, e.receipt_id, e.amount, e.at FROM vouchers_entry e
    JOIN vouchers_voucher v ON v.id = e.voucher_id
    WHERE e.use_number IS NOT NULL AND e.receipt_id IS NOT NULL AND v.member_id IS NOT NULL ORDER BY e.id
    """,
)
