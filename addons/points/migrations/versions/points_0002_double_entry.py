"""Every entry moves points from one state to another; lots and accounts count what is in each.

What is there is converted: a signed entry becomes a move from the state it came from to the one it went to, points
that were promised get the entries that say so, and every entry its keyed hash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

import core.db.append_only
import core.db.types
from core.ledger.entry import row_hash
from core.periods import local_day, moment

revision = "points_0002"
down_revision = "points_0001"
branch_labels = None
depends_on = None

_TABLES = ("points_entry", "points_referral", "points_lot", "points_account")
_PART = 5000  # rows at a time
_KEYS = ("points_lot", "points_entry", "points_referral")


def upgrade() -> None:
    _put_aside()
    _create()
    op.execute(_LOTS)
    op.execute(_REFERRALS)
    op.execute(_ACCOUNTS)
    op.execute(_NEW_ACCOUNTS)
    _convert(op.get_bind())
    for statement in (_REVERSED, _COUNTED):
        op.execute(statement)
    _finish()
    op.append_only("points_entry")


def _put_aside() -> None:
    """Keep the rows elsewhere and drop the tables: SQLite changes no CHECK, and none that others refer to."""
    for table in _TABLES:
        op.execute(f"CREATE TABLE {table}_before AS SELECT * FROM {table}")  # noqa: S608 - our own tables
        op.drop_table(table)


def _finish() -> None:
    """Drop what was put aside."""
    for table in _TABLES:
        op.drop_table(f"{table}_before")
    for table in _KEYS:
        _number_on(table)


def _number_on(table: str) -> None:
    """Let the numbering of PostgreSQL go on after the rows that are there."""
    if op.get_bind().dialect.name == "postgresql":
        last = f"(SELECT coalesce(max(id), 0) + 1 FROM {table})"  # noqa: S608 - our own tables
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last}, false)")


_LOTS = """
INSERT INTO points_lot (id, member_id, store_id, source, earned_on, due_on, expires_on, points, pending, remaining,
    reserved, reversed, receipt_id, rule)
SELECT l.id, l.member_id, l.store_id, CASE WHEN l.points < 0 THEN 'debt' ELSE l.source END, l.earned_on,
    CASE WHEN l.state = 'pending'
        THEN coalesce((SELECT max(r.due_on) FROM points_referral_before r WHERE r.lot_id = l.id), l.earned_on) END,
    l.expires_on, l.points,
    CASE WHEN l.state = 'pending' THEN l.remaining ELSE 0 END,
    CASE WHEN l.state = 'available' THEN l.remaining ELSE 0 END,
    0, 0, l.receipt_id, l.rule
FROM points_lot_before l
"""
_REFERRALS = """
INSERT INTO points_referral (id, friend_id, referrer_id, store_id, receipt_id, lot_id, first_net, points, rule, state,
    due_on, at, released_at)
SELECT id, friend_id, referrer_id, store_id, receipt_id, lot_id, first_net, points, rule, state, due_on, at, released_at
FROM points_referral_before
"""
_ACCOUNTS = """
INSERT INTO points_account (member_id, balance, pending, reserved, earned, spent, entries)
SELECT member_id, balance, 0, 0, earned, spent, entries FROM points_account_before
"""
# Whoever has only points that wait had no account.
_NEW_ACCOUNTS = """
INSERT INTO points_account (member_id, balance, pending, reserved, earned, spent, entries)
SELECT DISTINCT l.member_id, 0, 0, 0, 0, 0, 0 FROM points_lot l
WHERE NOT EXISTS (SELECT 1 FROM points_account a WHERE a.member_id = l.member_id)
"""
_REVERSED = """
UPDATE points_lot SET reversed = (SELECT coalesce(sum(e.points), 0) FROM points_entry e
    WHERE e.lot_id = points_lot.id AND e.to_state = 'reversed')
WHERE points > 0 AND EXISTS (SELECT 1 FROM points_entry e
    WHERE e.lot_id = points_lot.id AND e.to_state = 'reversed')
"""
_COUNTED = """
UPDATE points_account SET
    earned = (SELECT coalesce(sum(CASE WHEN e.to_state = 'available' AND e.from_state <> 'settled'
        THEN e.points ELSE 0 END), 0) FROM points_entry e WHERE e.member_id = points_account.member_id),
    spent = (SELECT coalesce(sum(CASE WHEN e.from_state = 'available' AND e.to_state <> 'settled'
        THEN e.points ELSE 0 END), 0) FROM points_entry e WHERE e.member_id = points_account.member_id),
    pending = (SELECT coalesce(sum(l.pending), 0) FROM points_lot l WHERE l.member_id = points_account.member_id),
    entries = (SELECT count(*) FROM points_entry e WHERE e.member_id = points_account.member_id)
"""

# --- entries -------------------------------------------------------------------------------------------------------

_ENTRY = sa.Table(
    "points_entry",
    sa.MetaData(),
    *(sa.Column(name, core.db.types.Key) for name in ("id", "member_id", "store_id", "lot_id", "receipt_id")),
    *(sa.Column(name, sa.BigInteger()) for name in ("number", "points", "balance_after")),
    *(sa.Column(name, sa.String()) for name in ("kind", "from_state", "to_state", "rule", "reason", "ref", "row_hash")),
    sa.Column("day", sa.Date()),
    sa.Column("at", core.db.types.Moment()),
)
_BEFORE = sa.table(
    "points_entry_before",
    *(sa.column(name) for name in ("id", "member_id", "number", "store_id", "lot_id", "kind", "points")),
    *(sa.column(name) for name in ("balance_after", "receipt_id", "rule", "reason", "ref")),
    sa.column("at", core.db.types.Moment()),
)
_LOT = sa.table(
    "points_lot",
    *(sa.column(name) for name in ("id", "member_id", "store_id", "source", "points", "pending", "remaining")),
    *(sa.column(name) for name in ("receipt_id", "origin_id", "rule", "expires_on")),
    sa.column("earned_on", sa.Date()),
)
_STATE = sa.table("points_lot_before", sa.column("id"), sa.column("state"))
_ACCOUNT = sa.table("points_account", sa.column("member_id"), sa.column("balance"), sa.column("entries"))
_PROMISE = sa.table("points_referral_before", sa.column("lot_id"), sa.column("at", core.db.types.Moment()))

_NEXT = sa.select(_BEFORE).where(_BEFORE.c.id > sa.bindparam("b_last")).order_by(_BEFORE.c.id).limit(_PART)

#: Kind of a signed entry -> what it is called, and where points go that leave.
_LEFT = {
    "spend": ("spend", "redeemed"),
    "exchange": ("exchange", "redeemed"),
    "take_back": ("reverse", "reversed"),
    "merge": ("merge", "transferred"),
}


def _convert(connection: sa.Connection) -> None:
    """Write the entries there are as moves, then those that were never written."""
    merged: dict[tuple[Any, ...], int] = {}
    last = 0
    while part := connection.execute(_NEXT, {"b_last": last}).mappings().all():
        _insert(connection, [_moved(row) for row in part])
        _follow(connection, [row for row in part if row["kind"] == "merge"], merged)
        last = part[-1]["id"]
    _number_on("points_entry")
    following = {row.member_id: [row.balance, row.entries] for row in connection.execute(sa.select(_ACCOUNT))}
    for part in _parts(_promised(connection, following)):
        _insert(connection, part)
    _settle(connection, following)


def _parts(rows: Any) -> Iterator[list[Any]]:
    rows = iter(rows)
    while part := list(islice(rows, _PART)):
        yield part


def _insert(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(_ENTRY.insert(), [{**row, "row_hash": row_hash(_ENTRY, row)} for row in rows])


def _moved(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a signed entry as a move."""
    points = row["points"]
    kind, away = _LEFT.get(row["kind"], (row["kind"], "adjusted"))
    came = "transferred" if kind == "merge" else "issued"
    states = (came, "available") if points > 0 else ("available", away)
    return {
        **row,
        "kind": kind,
        "from_state": states[0],
        "to_state": states[1],
        "points": abs(points),
        "day": local_day(row["at"]),
    }


def _follow(connection: sa.Connection, rows: Sequence[Mapping[str, Any]], merged: dict[tuple[Any, ...], int]) -> None:
    """Let a lot that took up the points of a merged file name the lot they came from."""
    origins = []
    for row in rows:
        key = (row["at"], row["store_id"], row["receipt_id"], row["rule"], row["points"])
        from_lot = merged.pop((*key[:4], -row["points"]), None)
        if from_lot is None:
            merged[key] = row["lot_id"]
        elif from_lot < row["lot_id"]:
            origins.append({"b_lot": row["lot_id"], "b_from": from_lot})
    found = sa.select(sa.func.coalesce(_LOT.c.origin_id, _LOT.c.id)).where(_LOT.c.id == sa.bindparam("b_from"))
    for origin in origins:
        root = connection.execute(found, {"b_from": origin["b_from"]}).scalar_one()
        connection.execute(_LOT.update().where(_LOT.c.id == origin["b_lot"]).values(origin_id=root))


def _promised(connection: sa.Connection, following: dict[int, list[int]]) -> Iterator[dict[str, Any]]:
    """Yield the entries of points that wait or were cancelled before they came."""
    at = dict(connection.execute(sa.select(_PROMISE.c.lot_id, _PROMISE.c.at)).all())
    wanted = sa.select(_LOT, _STATE.c.state).join_from(_LOT, _STATE, _STATE.c.id == _LOT.c.id)
    wanted = wanted.where(_STATE.c.state.in_(("pending", "cancelled")), _LOT.c.points > 0).order_by(_LOT.c.id)
    for lot in connection.execute(wanted).mappings().all():
        when = at.get(lot["id"], moment(lot["earned_on"]))
        yield _entry(lot, following, lot["source"], ("issued", "pending"), lot["points"], when)
        if lot["state"] == "cancelled":
            yield _entry(lot, following, "cancel", ("pending", "reversed"), lot["points"], when)


def _settle(connection: sa.Connection, following: dict[int, list[int]]) -> None:
    """Let debts be paid by what their members have."""
    owing = sa.select(_LOT.c.member_id).where(_LOT.c.remaining < 0)
    open_ = sa.select(_LOT).where(_LOT.c.remaining != 0, _LOT.c.member_id.in_(owing))
    in_order = (_LOT.c.member_id, _LOT.c.expires_on.is_(None), _LOT.c.expires_on, _LOT.c.earned_on, _LOT.c.id)
    lots: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for lot in connection.execute(open_.order_by(*in_order)).mappings():
        lots[lot["member_id"]].append(dict(lot))
    for own in lots.values():
        for debt in (lot for lot in own if lot["remaining"] < 0):
            for lot in (lot for lot in own if lot["remaining"] > 0):
                points = min(-debt["remaining"], lot["remaining"])
                if points:
                    _pay(connection, following, debt, lot, points)


def _pay(
    connection: sa.Connection, following: dict[int, list[int]], debt: dict[str, Any], lot: dict[str, Any], points: int
) -> None:
    when = moment(max(debt["earned_on"], lot["earned_on"]))
    for each, sign, states in ((debt, 1, ("settled", "available")), (lot, -1, ("available", "settled"))):
        each["remaining"] += sign * points
        store = {**each, "store_id": debt["store_id"]}
        _insert(connection, [_entry(store, following, "settle", states, points, when)])
        connection.execute(_LOT.update().where(_LOT.c.id == each["id"]).values(remaining=each["remaining"]))


def _entry(  # noqa: PLR0917 - the parts of one row
    lot: Mapping[str, Any],
    following: dict[int, list[int]],
    kind: str,
    states: tuple[str, str],
    points: int,
    when: Any,
) -> dict[str, Any]:
    """Return the next entry of the member of a lot."""
    account = following[lot["member_id"]]
    account[0] += points * ((states[1] == "available") - (states[0] == "available"))
    account[1] += 1
    return {
        "member_id": lot["member_id"],
        "number": account[1],
        "store_id": lot["store_id"],
        "lot_id": lot["id"],
        "kind": kind,
        "from_state": states[0],
        "to_state": states[1],
        "points": points,
        "balance_after": account[0],
        "receipt_id": lot["receipt_id"],
        "rule": lot["rule"],
        "reason": "",
        "ref": "",
        "day": local_day(when),
        "at": when,
    }


# --- back ----------------------------------------------------------------------------------------------------------


def downgrade() -> None:
    op.drop_table("points_review")
    _put_aside()
    _create_before()
    for statement in (_ACCOUNTS_BACK, _LOTS_BACK, _REFERRALS_BACK, _ENTRIES_BACK, _ENTRIES_COUNTED):
        op.execute(statement)
    _finish()
    op.append_only("points_entry")


_LOTS_BACK = """
INSERT INTO points_lot (id, member_id, store_id, source, state, earned_on, expires_on, points, remaining, receipt_id,
    rule)
SELECT id, member_id, store_id, CASE WHEN source = 'debt' THEN 'adjust' ELSE source END,
    CASE WHEN pending > 0 THEN 'pending'
        WHEN EXISTS (SELECT 1 FROM points_entry_before e
            WHERE e.lot_id = l.id AND 'available' IN (e.from_state, e.to_state)) THEN 'available'
        ELSE 'cancelled' END,
    earned_on, expires_on, points, pending + remaining, receipt_id, rule
FROM points_lot_before l
"""
_REFERRALS_BACK = _REFERRALS
_ACCOUNTS_BACK = """
INSERT INTO points_account (member_id, balance, earned, spent, entries)
SELECT member_id, balance, balance + spent, spent, entries FROM points_account_before
"""
# Only what changed the balance had an entry; they are numbered anew.
_ENTRIES_BACK = """
INSERT INTO points_entry (id, member_id, number, store_id, lot_id, kind, points, balance_after, receipt_id, rule,
    reason, ref, at)
SELECT e.id, e.member_id, row_number() OVER (PARTITION BY e.member_id ORDER BY e.number), e.store_id, e.lot_id,
    CASE WHEN e.kind IN ('purchase','bonus','visit','referral','spend','exchange','merge') THEN e.kind
        WHEN e.kind = 'reverse' THEN 'take_back' WHEN e.kind = 'mature' THEN l.source ELSE 'adjust' END,
    CASE WHEN e.to_state = 'available' THEN e.points ELSE -e.points END,
    e.balance_after, e.receipt_id, e.rule, e.reason, e.ref, e.at
FROM points_entry_before e JOIN points_lot l ON l.id = e.lot_id
WHERE e.from_state = 'available' OR e.to_state = 'available'
"""
_ENTRIES_COUNTED = """
UPDATE points_account SET entries = (SELECT count(*) FROM points_entry e
    WHERE e.member_id = points_account.member_id)
"""


def _create() -> None:
    """Make the tables as they are from now on."""
    for create in (_create_account, _create_lot, _create_entry, _create_referral, _create_review):
        create()


def _create_account() -> None:
    op.create_table(
        "points_account",
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.CheckConstraint("balance + reserved = earned - spent", name=op.f("ck_points_account_balance")),
        sa.CheckConstraint("balance >= -5000", name=op.f("ck_points_account_floor")),
        sa.CheckConstraint("pending >= 0 AND reserved >= 0", name=op.f("ck_points_account_not_below_nothing")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_account_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_points_account")),
    )


def _create_lot() -> None:
    op.create_table(
        "points_lot",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("origin_id", core.db.types.Key, nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(points >= 0 AND pending >= 0 AND remaining >= 0 AND reserved >= 0 AND pending + remaining + reserved <= points AND reversed BETWEEN 0 AND points) OR (points < 0 AND source = 'debt' AND remaining BETWEEN points AND 0 AND pending = 0 AND reserved = 0 AND reversed = 0)",
            name=op.f("ck_points_lot_states"),
        ),
        sa.CheckConstraint(
            "source IN ('purchase','bonus','visit','referral','adjust','debt')", name=op.f("ck_points_lot_source")
        ),
        sa.CheckConstraint("pending = 0 OR due_on IS NOT NULL", name=op.f("ck_points_lot_due")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_lot_member_id")),
        sa.ForeignKeyConstraint(["origin_id"], ["points_lot.id"], name=op.f("fk_points_lot_origin_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_lot_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot")),
    )
    op.create_index(
        "ix_points_lot_due",
        "points_lot",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("pending <> 0"),
        postgresql_where=sa.text("pending <> 0"),
    )
    op.create_index(
        "ix_points_lot_expiry",
        "points_lot",
        ["expires_on"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_points_lot_left",
        "points_lot",
        ["member_id", "earned_on"],
        unique=False,
        sqlite_where=sa.text("remaining <> 0"),
        postgresql_where=sa.text("remaining <> 0"),
    )
    op.create_index(
        "ix_points_lot_origin",
        "points_lot",
        ["origin_id"],
        unique=False,
        sqlite_where=sa.text("origin_id IS NOT NULL"),
        postgresql_where=sa.text("origin_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_points_lot_receipt_id"), "points_lot", ["receipt_id"], unique=False)
    op.create_index(op.f("ix_points_lot_store_id"), "points_lot", ["store_id"], unique=False)
    op.create_index(
        "ix_points_lot_visit",
        "points_lot",
        ["member_id", "earned_on"],
        unique=False,
        sqlite_where=sa.text("source = 'visit'"),
        postgresql_where=sa.text("source = 'visit'"),
    )


def _create_entry() -> None:
    op.create_table(
        "points_entry",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("lot_id", core.db.types.Key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=False),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "from_state || '>' || to_state IN ('issued>pending','issued>available','pending>available','pending>reversed','pending>transferred','transferred>pending','available>reserved','reserved>available','available>redeemed','reserved>redeemed','available>expired','available>reversed','queued>reversed','available>transferred','transferred>available','available>settled','settled>available','adjusted>available','available>adjusted','available>queued','queued>available','written_off>queued')",
            name=op.f("ck_points_entry_move"),
        ),
        sa.CheckConstraint(
            "kind IN ('purchase','bonus','visit','referral','adjust','mature','cancel','hold','release','spend','exchange','expire','reverse','settle','transfer','merge','write_off','collect')",
            name=op.f("ck_points_entry_kind"),
        ),
        sa.CheckConstraint("balance_after >= -5000", name=op.f("ck_points_entry_floor")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_entry_points")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_entry_lot_id")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_entry_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_entry_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("member_id", "number", name=op.f("uq_points_entry_member_id_number")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_points_entry_lot_id"), "points_entry", ["lot_id"], unique=False)
    op.create_index(op.f("ix_points_entry_receipt_id"), "points_entry", ["receipt_id"], unique=False)
    op.create_index("ix_points_entry_store_day", "points_entry", ["store_id", "day"], unique=False)


def _create_referral() -> None:
    op.create_table(
        "points_referral",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("friend_id", core.db.types.Key, nullable=False),
        sa.Column("referrer_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("lot_id", core.db.types.Key, nullable=True),
        sa.Column("first_net", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("facts", core.db.types.Json, nullable=True),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("released_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending','released','cancelled','merged')", name=op.f("ck_points_referral_state")
        ),
        sa.CheckConstraint("friend_id <> referrer_id", name=op.f("ck_points_referral_not_oneself")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_referral_points")),
        sa.ForeignKeyConstraint(["friend_id"], ["membership_member.id"], name=op.f("fk_points_referral_friend_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_referral_lot_id")),
        sa.ForeignKeyConstraint(["referrer_id"], ["membership_member.id"], name=op.f("fk_points_referral_referrer_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_referral_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_referral")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_points_referral_friend_id")),
    )
    op.create_index("ix_points_referral_due", "points_referral", ["state", "due_on"], unique=False)
    op.create_index(op.f("ix_points_referral_lot_id"), "points_referral", ["lot_id"], unique=False)
    op.create_index(op.f("ix_points_referral_receipt_id"), "points_referral", ["receipt_id"], unique=False)
    op.create_index(op.f("ix_points_referral_referrer_id"), "points_referral", ["referrer_id"], unique=False)
    op.create_index(op.f("ix_points_referral_store_id"), "points_referral", ["store_id"], unique=False)


def _create_review() -> None:
    op.create_table(
        "points_review",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("lot_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=True),
        sa.Column("asked_at", core.db.types.Moment(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting','asked')) = (decided_by IS NULL)", name=op.f("ck_points_review_decided")
        ),
        sa.CheckConstraint("outcome IN ('','write_off','collect')", name=op.f("ck_points_review_outcome")),
        sa.CheckConstraint(
            "state = 'waiting' OR (outcome <> '' AND reason <> '' AND asked_by IS NOT NULL)",
            name=op.f("ck_points_review_asked"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting','asked','written_off','collected')", name=op.f("ck_points_review_state")
        ),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_points_review_two_persons")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_review_points")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_review_lot_id")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_review_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_review_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_review")),
    )
    op.create_index(op.f("ix_points_review_lot_id"), "points_review", ["lot_id"], unique=False)
    op.create_index(op.f("ix_points_review_member_id"), "points_review", ["member_id"], unique=False)
    op.create_index(
        "ix_points_review_open",
        "points_review",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting','asked')"),
        postgresql_where=sa.text("state IN ('waiting','asked')"),
    )
    op.create_index(op.f("ix_points_review_receipt_id"), "points_review", ["receipt_id"], unique=False)
    op.create_index(op.f("ix_points_review_store_id"), "points_review", ["store_id"], unique=False)


def _create_before() -> None:
    """Make the tables as they were."""
    op.create_table(
        "points_account",
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.CheckConstraint("balance = earned - spent", name=op.f("ck_points_account_balance")),
        sa.CheckConstraint("balance >= -5000", name=op.f("ck_points_account_floor")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_account_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_points_account")),
    )
    op.create_table(
        "points_lot",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(points >= 0 AND remaining >= 0 AND remaining <= points) OR (points < 0 AND remaining <= 0 AND remaining >= points AND source = 'adjust')",
            name=op.f("ck_points_lot_remaining"),
        ),
        sa.CheckConstraint(
            "source IN ('purchase','bonus','visit','referral','adjust')", name=op.f("ck_points_lot_source")
        ),
        sa.CheckConstraint("state IN ('pending','available','cancelled')", name=op.f("ck_points_lot_state")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_lot_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_lot_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot")),
    )
    with op.batch_alter_table("points_lot", schema=None) as batch_op:
        batch_op.create_index(
            "ix_points_lot_left",
            ["member_id", "earned_on"],
            unique=False,
            sqlite_where=sa.text("remaining <> 0"),
            postgresql_where=sa.text("remaining <> 0"),
        )
        batch_op.create_index(batch_op.f("ix_points_lot_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_lot_store_id"), ["store_id"], unique=False)
        batch_op.create_index(
            "ix_points_lot_visit",
            ["member_id", "earned_on"],
            unique=False,
            sqlite_where=sa.text("source = 'visit'"),
            postgresql_where=sa.text("source = 'visit'"),
        )
    op.create_table(
        "points_entry",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("member_id", core.db.types.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("lot_id", core.db.types.Key, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('purchase','bonus','visit','referral','adjust','spend','exchange','take_back','merge')",
            name=op.f("ck_points_entry_kind"),
        ),
        sa.CheckConstraint("balance_after >= -5000", name=op.f("ck_points_entry_floor")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_entry_lot_id")),
        sa.ForeignKeyConstraint(["member_id"], ["membership_member.id"], name=op.f("fk_points_entry_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_entry_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("member_id", "number", name=op.f("uq_points_entry_member_id_number")),
        info={"append_only": True},
    )
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_entry_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_entry_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_entry_store_id"), ["store_id"], unique=False)
    op.create_table(
        "points_referral",
        sa.Column("id", core.db.types.Key, nullable=False),
        sa.Column("friend_id", core.db.types.Key, nullable=False),
        sa.Column("referrer_id", core.db.types.Key, nullable=False),
        sa.Column("store_id", core.db.types.Key, nullable=False),
        sa.Column("receipt_id", core.db.types.Key, nullable=True),
        sa.Column("lot_id", core.db.types.Key, nullable=True),
        sa.Column("first_net", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", core.db.types.Moment(), nullable=False),
        sa.Column("released_at", core.db.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending','released','cancelled','merged')", name=op.f("ck_points_referral_state")
        ),
        sa.CheckConstraint("friend_id <> referrer_id", name=op.f("ck_points_referral_not_oneself")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_referral_points")),
        sa.ForeignKeyConstraint(["friend_id"], ["membership_member.id"], name=op.f("fk_points_referral_friend_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_referral_lot_id")),
        sa.ForeignKeyConstraint(["referrer_id"], ["membership_member.id"], name=op.f("fk_points_referral_referrer_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores_store.id"], name=op.f("fk_points_referral_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_referral")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_points_referral_friend_id")),
    )
    with op.batch_alter_table("points_referral", schema=None) as batch_op:
        batch_op.create_index("ix_points_referral_due", ["state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_referral_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_referral_referrer_id"), ["referrer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_referral_store_id"), ["store_id"], unique=False)
