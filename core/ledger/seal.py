"""The sealer: takes what was committed since the last seal, and puts one signed checkpoint over it.

Writers never wait for it. It reads one snapshot; a row belongs to the first seal that saw it, whatever its key, so a
slow transaction is sealed when it commits. Which keys may still turn up below the last sealed one is known exactly on
SQLite (none: there is one writer) and follows from transaction ids on PostgreSQL: when every transaction that had
begun at an earlier seal is over, everything that seal saw the end of is settled. A row that appears there later was
not written by the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, or_, text
from sqlalchemy.exc import IntegrityError

from core.db.session import money_work, snapshot
from core.errors import Refusal
from core.ledger import ed25519, keys
from core.ledger.books import Book
from core.ledger.chain import BEGINNING, SEALS, Part, Span, Statement, head, links, sign
from core.ledger.entry import keyed
from core.ledger.merkle import Tree, leaf
from core.ledger.rows import Written, written
from core.ledger.spans import Runs, fewer, gaps

#: At most so many rows of a table in one seal, so that the way to each of them is found quickly.
MOST_ROWS = 100_000
#: Longer than any transaction between the drawing of a key and its insert may take (core.db.engine).
SETTLING = timedelta(seconds=30)


class SealedMeanwhile(Exception):
    """Another sealer was quicker; nothing was written."""


class KeyIsNotTheirs(Refusal):
    """The chain was signed with a key that is not here; sealing on with another would look like a forgery."""

    sentence = "Seal %(number)s was signed with a key that is not here. Bring signing.key back, or begin a new key."
    number: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal that was put: its statement and head, whether rows are left, and rows whose hash does not fit them."""

    statement: Statement
    head: str
    more: bool
    broken: tuple[tuple[str, str], ...]  # table and key


@dataclass(slots=True)
class State:
    """What the chain says so far.

    What lies above the settled keys of the newest seal is looked through once more; `base` is what the next seal may
    call settled then. `horizon` is the first transaction that has not begun, None on SQLite.
    """

    statement: Statement | None = None
    head: str = BEGINNING
    base: int = 0
    horizon: int | None = None
    above: dict[str, int] = field(default_factory=dict)
    recent: list[Statement] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number of the newest seal."""
        return 0 if self.statement is None else self.statement.number

    @property
    def last(self) -> dict[str, int]:
        """The last sealed key of each table."""
        return {} if self.statement is None else dict(self.statement.last)

    def spans(self, table: str) -> list[Span]:
        """Return what is sealed of a table above the settled keys."""
        above = self.above.get(table, 0)
        found = [s for one in self.recent if table in one.tables for s in one.tables[table].spans]
        return sorted((max(first, above + 1), last) for first, last in found if last > above)


def seal_all(books: Iterable[Book], now: datetime, *, new_key: bool = False) -> Iterator[Sealed]:
    """Seal everything there is, in as many seals as it takes.

    Refuses with SealedMeanwhile if another sealer is at work, KeyIsNotTheirs like `seal`.
    """
    known = list(books)
    while (put := seal(known, now, new_key=new_key)) is not None:
        yield put
        if not put.more:
            return


def seal(books: Sequence[Book], now: datetime, *, new_key: bool = False) -> Sealed | None:
    """Put one seal over what is new; None if nothing is.

    Refuses with SealedMeanwhile if another sealer is at work, KeyIsNotTheirs if the chain was signed with another key
    and nobody says that a new one begins.
    """
    with snapshot() as connection:
        state = state_of(connection, now)
        seed = _signing(state, new_key=new_key)
        following = keys.next_seed()
        drawn = draft(connection, books, state, now, seed=seed, following=following)
    if not drawn.statement.tables and following is None:
        return None
    put = _write(seed, drawn.statement)
    if following is not None:
        keys.take_over()
    return Sealed(drawn.statement, put, drawn.more, drawn.broken)


class Draft(NamedTuple):
    """What a seal would say, whether rows are left, and rows whose hash does not fit them."""

    statement: Statement
    more: bool
    broken: tuple[tuple[str, str], ...]


def draft(
    connection: Connection,
    books: Iterable[Book],
    state: State,
    now: datetime,
    *,
    seed: bytes,
    following: bytes | None = None,
) -> Draft:
    """Return what the next seal says when these secrets sign now and from then on."""
    gathered = {book.entries.name: _Gathered.of(connection, book, state) for book in books}
    parts = {name: found.part for name, found in gathered.items() if found.part.count}
    number = state.number + 1
    statement = Statement(
        number=number,
        previous=state.head,
        sealed_at=now,
        key=ed25519.public_key(seed).hex(),
        next_key=None if following is None else ed25519.public_key(following).hex(),
        base=number if state.horizon is None else state.base,
        horizon=state.horizon,
        last=state.last | {name: max(part.spans[-1][1], state.last.get(name, 0)) for name, part in parts.items()},
        tables=parts,
    )
    broken = tuple((name, key) for name, found in gathered.items() for key in found.broken)
    return Draft(statement, any(found.more for found in gathered.values()), broken)


def _write(seed: bytes, statement: Statement) -> str:
    row = sign(seed, statement)
    try:
        with money_work() as session:
            session.connection().execute(SEALS.insert(), row)
    except IntegrityError as problem:
        raise SealedMeanwhile from problem
    return str(row["head"])


def _signing(state: State, *, new_key: bool) -> bytes:
    """Return the secret that signs now: the next one, if the last seal named it and the sealer then stopped."""
    if state.statement is None:
        return keys.signing_seed()
    following = keys.next_seed()
    if following is not None and ed25519.public_key(following).hex() == state.statement.next_key:
        keys.take_over()
    expected = state.statement.next_key or state.statement.key
    seed = keys.signing_seed() if new_key or keys.has_signing() else None
    if seed is None or (ed25519.public_key(seed).hex() != expected and not new_key):
        raise KeyIsNotTheirs(number=state.number)
    return seed


def _transactions(connection: Connection) -> tuple[int | None, int | None]:
    """Return the oldest transaction still at work, and the first that has not begun; None on SQLite."""
    if connection.dialect.name == "sqlite":
        return None, None
    found = connection.execute(text(_SNAPSHOT)).one()
    return found.begun, found.horizon


_SNAPSHOT = """
SELECT pg_snapshot_xmin(now)::text::bigint AS begun, pg_snapshot_xmax(now)::text::bigint AS horizon
FROM pg_current_snapshot() AS now
"""


def state_of(connection: Connection, now: datetime) -> State:
    """Return what the chain says so far."""
    begun, horizon = _transactions(connection)
    newest = head(connection)
    if newest is None:
        return State(horizon=horizon)
    statement = Statement.of(newest["statement"])
    state = State(statement, newest["head"], statement.base, horizon)
    for link in links(connection, after=statement.base - 1):
        one = Statement.of(link["statement"])
        if one.number == statement.base:
            state.above = dict(one.last)
            continue
        state.recent.append(one)
        if _is_settled(one, now, begun):
            state.base = one.number
    return state


def _is_settled(statement: Statement, now: datetime, begun: int | None) -> bool:
    """Tell whether every transaction that had begun when a seal was put is over."""
    if statement.horizon is None or begun is None:  # sealed on SQLite
        return True
    return statement.horizon <= begun and statement.sealed_at + SETTLING <= now


@dataclass(slots=True)
class _Gathered:
    """What one seal takes of one table."""

    part: Part
    more: bool
    broken: list[str]

    @classmethod
    def of(cls, connection: Connection, book: Book, state: State) -> _Gathered:
        """Gather the rows that no seal has; all rows of one first key go together."""
        tree, runs, broken = Tree(), Runs(), []
        above, spans = state.above.get(book.entries.name, 0), state.spans(book.entries.name)
        following = spans[-1][1] if spans else above
        more, last = False, 0
        for row in _unsealed(connection, book, above, spans, following):
            if tree.count >= MOST_ROWS and row.first != last:
                more = True
                break
            last = row.first
            runs.add(last)
            tree.add(leaf(row.leaf()))
            if keyed(row.text) != row.stored:
                broken.append(row.name)
        return cls(Part(tree.count, tree.root().hex(), above, runs.spans()), more, broken)


def _unsealed(
    connection: Connection, book: Book, above: int, spans: Sequence[Span], following: int
) -> Iterator[Written]:
    """Yield the rows of a table above the settled keys that lie in no span."""
    key = next(iter(book.entries.primary_key.columns))
    between: list[ColumnElement[bool]] = [key.between(*gap) for gap in fewer(gaps(above, spans))]
    place = 0
    for row in written(connection, book.entries, or_(key > following, *between)):
        while place < len(spans) and spans[place][1] < row.first:
            place += 1
        if place == len(spans) or row.first < spans[place][0]:
            yield row
