"""A small sealed company, and everything somebody with full access to its database may try; used by tests and bench.

Each attempt is made in a transaction that is rolled back after the verification. Whoever tampers switches the guards
off and on again, knows how hashes are made, and lacks two things: the key of the hashes, and that of the seals.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from addons.sales.models import Discount, Line, Receipt, Tender
from addons.sales.tests.shop import NOON, Shop
from core.db.append_only import open_up, protect
from core.db.base import metadata
from core.db.models import PostingKey, RecordChange
from core.db.restricted import unrestricted
from core.ledger import anchor, keys
from core.ledger.books import Finding
from core.ledger.chain import SEALS, Statement, sign
from core.ledger.entry import HASH, row_hash
from core.ledger.form import form_of
from core.ledger.kernel import all_books
from core.ledger.seal import draft, seal, state_of
from core.ledger.verify import Verification, Verified
from core.policy.store import StoredDecision

THEIRS = b"a key that somebody else drew ..."[:32]


class Place(NamedTuple):
    """Where something was changed: a table, and a key where it should be told exactly."""

    table: str
    key: str = ""


@dataclass(slots=True)
class Company:
    """What was sold, sealed and anchored: four seals, and some receipts that no seal covers yet."""

    engine: Engine
    shop: Shop
    member: int
    other_member: int
    anchor: anchor.Anchor

    @classmethod
    def founded(cls, engine: Engine) -> Company:
        """Sell in four parts with a seal after each, and a little more."""
        shop = Shop.opened()
        products = [shop.product(10000 + 100 * n, 9000 if n == 1 else None) for n in range(3)]
        member, other = shop.member("gold"), shop.member()
        for part in range(5):
            for number in range(5):
                shop.sell(*products[: 1 + number % 3], member_id=(None, member, other)[number % 3])
                _burn(engine)
            if part < 4:
                seal(all_books(), NOON + timedelta(minutes=part))
        with engine.connect() as connection:
            kept = anchor.newest(connection)
        assert kept is not None
        return cls(engine, shop, member, other, kept)

    def findings(self, connection: Connection) -> list[Finding]:
        """Verify what a connection sees."""
        asked = Verification(all_books(), keys.trusted(), [self.anchor])
        return list(asked.findings_on(connection, Verified()))

    @contextmanager
    def attempt(self) -> Iterator[Connection]:
        """Give a connection whose changes are undone."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            yield connection
            connection.rollback()


def _burn(engine: Engine) -> None:
    """Draw a number nobody uses, as a sale does that is refused at the end."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("SELECT nextval(pg_get_serial_sequence('sales_receipt', 'id'))"))


@contextmanager
def unguarded(connection: Connection, *tables: str) -> Iterator[None]:
    """Take the guards of tables away and put them back: somebody who knows what to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        connection.execute(text("SET LOCAL session_replication_role = origin"))
        return
    with unrestricted(connection):
        for table in tables:
            open_up(connection, table)
    yield
    for table in tables:
        protect(connection, table)


# --- choosing --------------------------------------------------------------------------------------------------------


def _filled(connection: Connection) -> list[Table]:
    tables = [book.entries for book in all_books()]
    return [t for t in tables if connection.scalar(select(func.count()).select_from(t))]


def _row(connection: Connection, table: Table, random: Random) -> dict[str, Any]:
    rows = connection.execute(select(table)).mappings().all()
    return dict(random.choice(rows))


def _key(table: Table, row: dict[str, Any]) -> Any:
    parts = [column == row[column.name] for column in table.primary_key.columns]
    return parts[0] if len(parts) == 1 else parts[0] & parts[1]


def _name(table: Table, row: dict[str, Any]) -> str:
    return "/".join(str(row[column.name]) for column in table.primary_key.columns)


def _columns(table: Table, *kinds: type) -> list[str]:
    return [c.name for c in table.columns if isinstance(c.type, kinds) and not c.primary_key and c.name != HASH]


def _change(connection: Connection, table: Table, row: dict[str, Any], **values: Any) -> bool:
    """Change a row; tell whether the constraints of the table let it."""
    try:
        with connection.begin_nested(), unguarded(connection, table.name):
            connection.execute(update(table).where(_key(table, row)).values(**values))
    except IntegrityError:
        return False
    return True


def _plain_hash(table: Table, row: dict[str, Any]) -> str:
    return hashlib.sha256(form_of(table).of_row(row).encode()).hexdigest()


def _number(connection: Connection, random: Random, hashed: Callable[[Table, dict[str, Any]], str] | None) -> Place:
    """Change a whole number somewhere."""
    while True:
        table = random.choice([t for t in _filled(connection) if _columns(t, Integer, BigInteger)])
        row = _row(connection, table, random)
        name = random.choice(_columns(table, Integer, BigInteger))
        values: dict[str, Any] = {name: (row[name] or 0) + random.choice((-1, 1, 100))}
        if hashed is not None:
            values[HASH] = hashed(table, row | values)
        if _change(connection, table, row, **values):
            return Place(table.name, _name(table, row))


# --- what is tried ---------------------------------------------------------------------------------------------------

Kind = Callable[[Company, Connection, Random], Place]


def amount(_company: Company, connection: Connection, random: Random) -> Place:
    """A number is changed."""
    return _number(connection, random, None)


def amount_and_plain_hash(_company: Company, connection: Connection, random: Random) -> Place:
    """A number is changed, and the hash is made again without the key."""
    return _number(connection, random, _plain_hash)


def one_byte(_company: Company, connection: Connection, random: Random) -> Place:
    """One byte of a text is changed."""
    while True:
        table = random.choice([t for t in _filled(connection) if _columns(t, String)])
        row = _row(connection, table, random)
        name = random.choice(_columns(table, String))
        if row[name]:
            place = random.randrange(len(row[name]))
            other = chr(ord(row[name][place]) ^ 1)
            if _change(connection, table, row, **{name: row[name][:place] + other + row[name][place + 1 :]}):
                return Place(table.name, _name(table, row))


def another_member(company: Company, connection: Connection, random: Random) -> Place:
    """A row is moved to another member."""
    while True:
        table = random.choice([t for t in _filled(connection) if "member_id" in t.columns])
        row = _row(connection, table, random)
        other = company.other_member if row["member_id"] == company.member else company.member
        if _change(connection, table, row, member_id=other):
            return Place(table.name, _name(table, row))


def another_store(company: Company, connection: Connection, random: Random) -> Place:
    """A row is moved to another store."""
    while True:
        table = random.choice([t for t in _filled(connection) if "store_id" in t.columns])
        row = _row(connection, table, random)
        if _change(connection, table, row, store_id=company.shop.other_store):
            return Place(table.name, _name(table, row))


def deleted(company: Company, connection: Connection, random: Random) -> Place:
    """A sealed row is deleted."""
    said = Statement.of(company.anchor.statement)
    table = random.choice([t for t in _filled(connection) if t.name in said.last])
    first = next(iter(table.primary_key.columns))
    rows = connection.execute(select(table).where(first <= said.last[table.name])).mappings().all()
    row = dict(random.choice(rows))
    with unguarded(connection, table.name):
        connection.execute(delete(table).where(_key(table, row)))
    return Place(table.name)


def deleted_with_all_that_would_tell(company: Company, connection: Connection, random: Random) -> Place:
    """A sealed receipt is deleted with its lines, its decision and its posting, so that all sums agree."""
    last = Statement.of(company.anchor.statement).last[Receipt.__tablename__]
    table = Receipt.__table__
    sealed = select(table).where(table.c.id <= last, table.c.member_id.is_(None))
    row = random.choice(connection.execute(sealed).mappings().all())
    _erase_receipts(connection, [dict(row)])
    return Place(table.name, str(row["id"]))


def _erase_receipts(connection: Connection, rows: list[dict[str, Any]]) -> None:
    tables = [m.__table__ for m in (Line, Tender, Discount)]
    guarded = [t.name for t in (*tables, Receipt.__table__, StoredDecision.__table__)]
    with unguarded(connection, *guarded):
        for row in rows:
            for table in tables:
                connection.execute(delete(table).where(table.c.receipt_id == row["id"]))
            connection.execute(delete(Receipt.__table__).where(Receipt.__table__.c.id == row["id"]))
            connection.execute(
                delete(StoredDecision.__table__).where(StoredDecision.__table__.c.id == row["decision_id"])
            )
            connection.execute(delete(PostingKey.__table__).where(PostingKey.__table__.c.key == row["key"]))


def swapped(company: Company, connection: Connection, random: Random) -> Place:
    """Two sealed rows change their keys: the database gives some keys, so that the hash of a row does not hold them."""
    last = Statement.of(company.anchor.statement).last
    table = random.choice([t for t in _filled(connection) if "id" in t.columns and last.get(t.name, 0) > 1])
    one, other = random.sample(
        connection.execute(select(table.c.id).where(table.c.id <= last[table.name])).scalars().all(), 2
    )
    with unguarded(connection, table.name):
        for key, to in ((one, -1), (other, one), (-1, other)):
            connection.execute(update(table).where(table.c.id == key).values(id=to))
    return Place(table.name)


def duplicated(_company: Company, connection: Connection, random: Random) -> Place:
    """A row is there a second time under a new key at the end, with the right hash."""
    while True:
        table = random.choice([t for t in _filled(connection) if "id" in t.columns])
        row = _row(connection, table, random)
        row["id"] = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
        if _inserted(connection, table, row):
            return Place(table.name, str(row["id"]))


def _inserted(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    try:
        with connection.begin_nested(), unguarded(connection, table.name):
            connection.execute(insert(table), row)
    except IntegrityError:
        return False
    return True


def forged_at_the_end(_company: Company, connection: Connection, random: Random) -> Place:
    """A well-formed row is added where nothing is sealed, with a hash made with another key."""
    while True:
        table = random.choice([t for t in _filled(connection) if "id" in t.columns])
        row = _row(connection, table, random) | {"id": (connection.scalar(select(func.max(table.c.id))) or 0) + 1}
        name = random.choice(_columns(table, String))
        row[name] = f"{row[name] or ''}-{random.randrange(10)}"[: table.columns[name].type.length]  # type: ignore[attr-defined]
        row[HASH] = hmac.digest(b"not the key", form_of(table).of_row(row).encode(), "sha256").hex()
        if _inserted(connection, table, row):
            return Place(table.name, str(row["id"]))


def back_dated(company: Company, connection: Connection, random: Random) -> Place:
    """A row with the right hash is put among sealed ones: whoever did it has the key of the hashes too."""
    tables = [RecordChange.__table__, StoredDecision.__table__, Receipt.__table__]
    table = random.choice(tables)
    row = _row(connection, table, random)
    free = [key for key in range(-1, company.shop.brand + 3) if not _is_taken(connection, table, key)]
    row["id"] = random.choice(free)
    name = "record" if table is RecordChange.__table__ else "version" if table is StoredDecision.__table__ else "number"
    row[name] = f"{row[name]}-"
    row[HASH] = row_hash(table, row)
    assert _inserted(connection, table, row)
    return Place(table.name, str(row["id"]))


def _is_taken(connection: Connection, table: Table, key: int) -> bool:
    return connection.execute(select(table.c.id).where(table.c.id == key)).first() is not None


def seal_edited(_company: Company, connection: Connection, random: Random) -> Place:
    """A column of a seal is changed."""
    row = _row(connection, SEALS, random)
    name = random.choice(("sealed_at", "entries", "key", "statement", "signature", "head"))
    _change(connection, SEALS, row, **{name: _otherwise(row[name], random)})
    return Place(SEALS.name, "")


def _otherwise(value: Any, random: Random) -> Any:
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    if isinstance(value, int):
        return value + 1
    digits = [place for place, character in enumerate(value) if character in "0123456789abcdef"]
    place = random.choice(digits)
    other = random.choice([c for c in "0123456789" if c != value[place]])
    return value[:place] + other + value[place + 1 :]


def seal_removed(_company: Company, connection: Connection, random: Random) -> Place:
    """A seal in the middle is taken out."""
    with unguarded(connection, SEALS.name):
        connection.execute(delete(SEALS).where(SEALS.c.number == random.choice((1, 2, 3))))
    return Place(SEALS.name, "")


def sealed_again_with_another_key(company: Company, connection: Connection, random: Random) -> Place:
    """A number is changed, and the chain from some seal on is made again with a key somebody else drew."""
    place = _number(connection, random, _plain_hash) if random.random() < 0.5 else Place(SEALS.name)
    with unguarded(connection, SEALS.name):
        connection.execute(delete(SEALS).where(SEALS.c.number >= random.choice((1, 2, 4))))
        now = NOON + timedelta(hours=1)
        drawn = draft(connection, all_books(), state_of(connection, now), now, seed=THEIRS)
        connection.execute(insert(SEALS), sign(THEIRS, drawn.statement))
    return Place(SEALS.name if place.table == SEALS.name else place.table)


def end_cut_off(company: Company, connection: Connection, random: Random) -> Place:
    """The newest seal goes with all it covers and all that came after; only the anchor outside tells."""
    after = _before_the_newest(connection)
    table = Receipt.__table__
    _erase_receipts(
        connection, [dict(row) for row in connection.execute(select(table).where(table.c.id > after)).mappings()]
    )
    with unguarded(connection, SEALS.name):
        connection.execute(delete(SEALS).where(SEALS.c.number == company.anchor.number))
    return Place(SEALS.name, str(company.anchor.number))


def _before_the_newest(connection: Connection) -> int:
    seals = connection.execute(select(SEALS.c.statement).order_by(SEALS.c.number.desc()).limit(2)).scalars().all()
    return Statement.of(seals[1]).last[Receipt.__tablename__]


def facts_of_a_decision(_company: Company, connection: Connection, random: Random) -> Place:
    """What the rules were told is changed."""
    table = StoredDecision.__table__
    row = _row(connection, table, random)
    _change(connection, table, row, facts=row["facts"].replace('"S1"', '"S2"'))
    return Place(table.name, str(row["id"]))


def line_of_a_receipt(_company: Company, connection: Connection, random: Random) -> Place:
    """A line costs less."""
    table = Line.__table__
    row = _row(connection, table, random)
    assert _change(connection, table, row, pay=row["pay"] - 1, net=row["net"] - 1)
    return Place(table.name, _name(table, row))


def guard_dropped(_company: Company, connection: Connection, random: Random) -> Place:
    """The guard of a table is gone, and a row is changed."""
    table = random.choice(_filled(connection))
    with unrestricted(connection):
        open_up(connection, table.name)
    row = _row(connection, table, random)
    name = random.choice(_columns(table, Integer, BigInteger, String))
    value = row[name]
    connection.execute(text("SAVEPOINT tried"))
    try:
        connection.execute(update(table).where(_key(table, row)).values({name: value}))
    except IntegrityError:
        connection.execute(text("ROLLBACK TO tried"))
    return Place(table.name, "")


def guard_made_useless(_company: Company, connection: Connection, random: Random) -> Place:
    """The guard of a table bears its name and does nothing."""
    table = random.choice(_filled(connection)).name
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
    else:
        with unrestricted(connection):
            connection.execute(text(f"DROP TRIGGER {table}_no_update"))
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN 0"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        )
    return Place(table, "")


KINDS: tuple[Kind, ...] = (
    amount,
    amount_and_plain_hash,
    one_byte,
    another_member,
    another_store,
    deleted,
    deleted_with_all_that_would_tell,
    swapped,
    duplicated,
    forged_at_the_end,
    back_dated,
    seal_edited,
    seal_removed,
    sealed_again_with_another_key,
    end_cut_off,
    facts_of_a_decision,
    line_of_a_receipt,
    guard_dropped,
    guard_made_useless,
)


def noticed(company: Company, kind: Kind, random: Random) -> tuple[Place, list[Finding]]:
    """Tamper once; return where, and what verification says of that place."""
    with company.attempt() as connection:
        place = kind(company, connection, random)
        found = company.findings(connection)
    exact = [f for f in found if f.table == place.table and _is_at(f.entry, place.key)]
    return place, exact


def _is_at(entry: str, key: str) -> bool:
    """Tell whether a finding is about a row: by its key, or by a run of keys it lies in."""
    first = key.partition("/")[0]
    if not key or entry == key or not first.lstrip("-").isdigit():
        return True
    low, _, high = entry.partition("-")
    return low.isdigit() and high.isdigit() and int(low) <= int(first) <= int(high)


assert metadata
