"""Tier credit becomes a ledger of receipts with sealed entries; steps can be withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types
from core.ledger.entry import row_hash

revision = "tiers_0002"
down_revision = "tiers_0001"
branch_labels = None
depends_on = None

_AT_ONCE = 5_000  # rows
_WAITING = "converted_at IS NULL AND withdrawn_at IS NULL"

#: The entries as this revision makes them, whatever the mapped class says later.
_CREDIT = sa.Table(
    "tiers_credit",
    sa.MetaData(),
    sa.Column("id", core.db.types.Key, primary_key=True),
    sa.Column("member_id", core.db.types.Key),
    sa.Column("store_id", core.db.types.Key),
    sa.Column("receipt_id", core.db.types.Key),
    sa.Column("number", sa.Integer()),
    sa.Column("kind", sa.String(12)),
    sa.Column("day", sa.Date()),
    sa.Column("sold_at", core.db.types.Moment()),
    sa.Column("amount", sa.BigInteger()),
    sa.Column("points", sa.BigInteger()),
    sa.Column("amount_left", sa.BigInteger()),
    sa.Column("points_left", sa.BigInteger()),
    sa.Column("at", core.db.types.Moment()),
    sa.Column("row_hash", sa.String(64)),
)
_BEFORE = sa.Table(
    "tiers_before",
    sa.MetaData(),
    sa.Column("id", core.db.types.Key, primary_key=True),
    sa.Column("member_id", core.db.types.Key),
    sa.Column("store_id", core.db.types.Key),
    sa.Column("receipt_id", core.db.types.Key),
    sa.Column("day", sa.Date()),
    sa.Column("amount", sa.BigInteger()),
    sa.Column("points", sa.BigInteger()),
    sa.Column("at", core.db.types.Moment()),
)
_KEPT = (
    "id, member_id, store_id, tier_before, tier_after, day, reason, rule, credit, grant_id, decided_at,"
    " conversion_due, converted_at, converted_by"
)


def upgrade() -> None:
    _rebuilt("tiers_credit", _create_credit, _fill_credit)
    op.append_only("tiers_credit")
    _rebuilt("tiers_change", _create_change, _fill_change)


def downgrade() -> None:
    _rebuilt("tiers_change", _create_change_before, _refill_change)
    _rebuilt("tiers_credit", _create_credit_before, _refill_credit)
    op.append_only("tiers_credit")


def _rebuilt(table: str, create: Callable[[], None], fill: Callable[[sa.Connection], None]) -> None:
    """Make a table anew from its own rows: SQLite changes no constraint, and an append-only table no row."""
    connection = op.get_bind()
    connection.execute(sa.text(f"CREATE TABLE tiers_before AS SELECT * FROM {table}"))  # noqa: S608 - our own tables
    op.drop_table(table)
    create()
    if connection.dialect.name == "postgresql":  # numbers go on after those there are
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        following = f"SELECT setval({sequence}, coalesce(max(id), 0) + 1, false) FROM tiers_before"  # noqa: S608 - same
        connection.execute(sa.text(following))
    fill(connection)
    op.drop_table("tiers_before")


def _create_credit() -> None:
    op.create_table(
        "tiers_credit",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sold_at", core.db.types.Moment(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("amount_left", sa.BigInteger(), nullable=False),
        sa.Column("points_left", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('purchase','return','correction','merge')", name=op.f("ck_tiers_credit_kind")),
        sa.CheckConstraint("(kind = 'purchase') = (number = 1)", name=op.f("ck_tiers_credit_begins_with_the_sale")),
        sa.CheckConstraint(
            "kind <> 'purchase' OR (amount = amount_left AND points = points_left)",
            name=op.f("ck_tiers_credit_first_left"),
        ),
        sa.CheckConstraint(
            "kind <> 'return' OR (amount <= 0 AND points <= 0)", name=op.f("ck_tiers_credit_takes_back")
        ),
        sa.CheckConstraint("amount <> 0 OR points <> 0", name=op.f("ck_tiers_credit_moves")),
        sa.CheckConstraint("amount_left >= 0 AND points_left >= 0", name=op.f("ck_tiers_credit_floor")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_tiers_credit_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_tiers_credit_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers_credit")),
        sa.UniqueConstraint("receipt_id", "number", name=op.f("uq_tiers_credit_receipt_id_number")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_tiers_credit_store_id"), "tiers_credit", ["store_id"])
    op.create_index("ix_tiers_credit_window", "tiers_credit", ["member_id", "day", "amount", "points"])
    op.create_index("ix_tiers_credit_day", "tiers_credit", ["day"])


def _fill_credit(connection: sa.Connection) -> None:
    """Number the entries of each receipt; merges, which named none, move the receipts they were about."""
    for rows in _parts(connection, _numbered()):
        _write(connection, [_entry(row) for row in rows])
    merges = sa.select(_BEFORE).where(_BEFORE.c.receipt_id.is_(None)).order_by(_BEFORE.c.id)
    rows = connection.execute(merges).mappings().all()
    moved: dict[tuple[Any, ...], int] = {}
    for out, into in zip(rows[::2], rows[1::2], strict=True):
        move = (out["at"], out["member_id"], into["member_id"], out["store_id"], out["day"])
        moved[move] = moved.get(move, 0) + into["amount"]
    for move, amount in moved.items():
        _write(connection, list(_moved(connection, move, amount)))


def _numbered() -> Any:
    """The entries of receipts in their order, with their place among them and what is left of the receipt."""
    of_receipt = {"partition_by": _BEFORE.c.receipt_id, "order_by": _BEFORE.c.id}
    return sa.select(
        _BEFORE,
        sa.func.row_number().over(**of_receipt).label("number"),
        sa.func.sum(_BEFORE.c.amount).over(**of_receipt).label("amount_left"),
        sa.func.sum(_BEFORE.c.points).over(**of_receipt).label("points_left"),
        sa.type_coerce(sa.func.first_value(_BEFORE.c.at).over(**of_receipt), _BEFORE.c.at.type).label("sold_at"),
    ).where(_BEFORE.c.receipt_id.is_not(None), (_BEFORE.c.amount != 0) | (_BEFORE.c.points != 0))


def _parts(connection: sa.Connection, wanted: Any) -> Iterator[Sequence[Any]]:
    """Read rows by their ids, some thousands at once; what was read is closed before anything is written."""
    found = wanted.subquery()
    last = 0
    while rows := connection.execute(
        sa.select(found).where(found.c.id > last).order_by(found.c.id).limit(_AT_ONCE)
    ).mappings().all():  # fmt: skip
        yield rows
        last = rows[-1]["id"]


def _entry(row: Any) -> dict[str, Any]:
    number, amount, points = int(row["number"]), int(row["amount"]), int(row["points"])
    later = "return" if amount <= 0 and points <= 0 else "correction"
    return {
        **{name: row[name] for name in ("id", "member_id", "store_id", "receipt_id", "day", "sold_at", "at")},
        "number": number,
        "kind": "purchase" if number == 1 else later,
        "amount": amount,
        "points": points,
        "amount_left": int(row["amount_left"]),
        "points_left": int(row["points_left"]),
    }


def _moved(connection: sa.Connection, move: tuple[Any, ...], amount: int) -> Iterator[dict[str, Any]]:
    """Yield the entries by which a merge moves the receipts of one member, store and day."""
    at, from_member, into_member, store_id, day = move
    later = _CREDIT.alias()
    last = ~sa.exists().where(later.c.receipt_id == _CREDIT.c.receipt_id, later.c.number > _CREDIT.c.number)
    of_day = (_CREDIT.c.store_id == store_id) & (_CREDIT.c.day == day) & (_CREDIT.c.at <= at)
    held = sa.select(_CREDIT).where(_CREDIT.c.member_id == from_member, of_day, last)
    receipts = connection.execute(held.order_by(_CREDIT.c.receipt_id)).mappings().all()
    if sum(each["amount_left"] for each in receipts) != amount:
        message = f"member {from_member} was merged into {into_member} with another amount than the receipts of {day}"
        raise RuntimeError(message)
    for each in receipts:
        for number, sign, member_id in ((1, -1, from_member), (2, 1, into_member)):
            kept = max(sign, 0)
            yield {
                **{name: each[name] for name in ("store_id", "receipt_id", "day", "sold_at")},
                "member_id": member_id,
                "number": each["number"] + number,
                "kind": "merge",
                "amount": sign * each["amount_left"],
                "points": sign * each["points_left"],
                "amount_left": kept * each["amount_left"],
                "points_left": kept * each["points_left"],
                "at": at,
            }


def _write(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_CREDIT.insert(), [row | {"row_hash": row_hash(_CREDIT, row)} for row in rows])


def _create_change() -> None:
    _change_table(
        sa.Column("withdrawn_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('purchase','review','grant','merge','grant_ended','return','downgrade')",
            name=op.f("ck_tiers_change_reason"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR reason IN ('purchase','review')", name=op.f("ck_tiers_change_withdrawn")
        ),
    )
    where = sa.text(_WAITING)
    columns = ["member_id", "tier_after"]
    op.create_index(
        "uq_tiers_change_waiting", "tiers_change", columns, unique=True, sqlite_where=where, postgresql_where=where
    )


def _fill_change(connection: sa.Connection) -> None:
    """Whoever waits for the same tier more than once (members who were merged) waits for it once."""
    again = (
        "converted_at IS NULL AND EXISTS (SELECT 1 FROM tiers_before AS first WHERE first.id < tiers_before.id"
        " AND first.member_id = tiers_before.member_id AND first.tier_after = tiers_before.tier_after"
        " AND first.converted_at IS NULL)"
    )
    withdrawn = f"CASE WHEN {again} THEN decided_at END"
    rows = f"SELECT {_KEPT}, {withdrawn} FROM tiers_before"  # noqa: S608 - our own columns
    connection.execute(sa.text(f"INSERT INTO tiers_change ({_KEPT}, withdrawn_at) {rows}"))


def _change_table(*more: Any) -> None:
    op.create_table(
        "tiers_change",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("tier_before", sa.String(length=20), nullable=False),
        sa.Column("tier_after", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", core.db.types.Key, nullable=True),
        sa.Column("decided_at", core.db.types.Moment(), nullable=False),
        sa.Column("conversion_due", sa.Date(), nullable=False),
        sa.Column("converted_at", core.db.types.Moment(), nullable=True),
        sa.Column("converted_by", sa.String(length=12), nullable=False),
        *more,
        sa.CheckConstraint("(converted_at IS NULL) = (converted_by = '')", name=op.f("ck_tiers_change_converted")),
        sa.CheckConstraint(
            "converted_by IN ('','card','automatic','at_once')", name=op.f("ck_tiers_change_converted_by")
        ),
        sa.CheckConstraint("tier_before <> tier_after", name=op.f("ck_tiers_change_moves")),
        sa.ForeignKeyConstraint(["grant_id"], ["tiers_grant.id"], name=op.f("fk_tiers_change_grant_id")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_tiers_change_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_tiers_change_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers_change")),
    )
    op.create_index(op.f("ix_tiers_change_member_id"), "tiers_change", ["member_id"])
    op.create_index(op.f("ix_tiers_change_store_id"), "tiers_change", ["store_id"])


# -- the way back -----------------------------------------------------------------------------------------------------


def _create_change_before() -> None:
    _change_table(
        sa.CheckConstraint(
            "reason IN ('purchase','review','grant','grant_ended','merge')", name=op.f("ck_tiers_change_reason")
        )
    )
    where = sa.text("converted_at IS NULL")
    op.create_index(
        "ix_tiers_change_waiting", "tiers_change", ["member_id"], sqlite_where=where, postgresql_where=where
    )


def _refill_change(connection: sa.Connection) -> None:
    """Steps that were withdrawn, and steps down, were not known: they go, the tiers of the members stay."""
    known = "withdrawn_at IS NULL AND reason NOT IN ('return','downgrade')"
    rows = f"SELECT {_KEPT} FROM tiers_before WHERE {known}"  # noqa: S608 - our own columns
    connection.execute(sa.text(f"INSERT INTO tiers_change ({_KEPT}) {rows}"))


def _create_credit_before() -> None:
    op.create_table(
        "tiers_credit",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_tiers_credit_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_tiers_credit_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers_credit")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_tiers_credit_receipt_id"), "tiers_credit", ["receipt_id"])
    op.create_index(op.f("ix_tiers_credit_store_id"), "tiers_credit", ["store_id"])
    op.create_index("ix_tiers_credit_window", "tiers_credit", ["member_id", "day"])


def _refill_credit(connection: sa.Connection) -> None:
    """Merges name no receipt there, and stand in pairs."""
    columns = "id, member_id, store_id, receipt_id, day, amount, points, at"
    named = columns.replace("receipt_id", "CASE WHEN kind = 'merge' THEN NULL ELSE receipt_id END")
    rows = f"SELECT {named} FROM tiers_before ORDER BY id"  # noqa: S608 - our own columns
    connection.execute(sa.text(f"INSERT INTO tiers_credit ({columns}) {rows}"))
