"""Verification: everything that was written once is counted again, and every difference is told.

One snapshot is read; memory does not grow with the number of rows. What is looked at, in this order: the guards of the
tables, the chain of seals and what was kept of it outside, every row of every book with its hash and its seal, and the
balances, which the books' own checks count again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.db.scope import GuardedSession
from core.db.session import snapshot
from core.ledger import problems
from core.ledger.anchor import Anchor
from core.ledger.books import Book, Finding
from core.ledger.chain import SEALS
from core.ledger.form import HASH
from core.ledger.guards import unguarded
from core.ledger.links import Chain
from core.ledger.walk import Walk

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Verified:
    """How much was looked at; complete when the findings have been read to their end."""

    seals: int = 0
    entries: int = 0
    unsealed: int = 0
    head: str = ""
    books: list[str] = field(default_factory=list)


def _silent(_done: int, _total: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Verification:
    """What is verified against: the books, the keys that seals may begin with, and the heads kept outside."""

    books: Sequence[Book]
    trusted: frozenset[str]
    anchors: Sequence[Anchor] = ()

    def findings(self, so_far: Verified, tell: Tell = _silent) -> Iterator[Finding]:
        """Yield everything that is wrong, and count along; `tell` hears how many rows of how many are done."""
        with snapshot() as connection:
            yield from self.findings_on(connection, so_far, tell)

    def findings_on(self, connection: Connection, so_far: Verified, tell: Tell = _silent) -> Iterator[Finding]:
        """Yield like `findings` what a connection sees."""
        yield from unguarded(connection, [*(book.entries.name for book in self.books), SEALS.name])
        chain = Chain(self.trusted, self.anchors)
        yield from chain.findings(connection)
        so_far.seals, so_far.head = chain.number, chain.head
        yield from self._unknown(chain)
        total = sum(_count(connection, book) for book in self.books)
        for book in self.books:
            walk = Walk(connection, book.entries, chain.settled.get(book.entries.name, 0))
            yield from walk.findings(partial(_tell, tell, so_far.entries, total))
            so_far.entries, so_far.unsealed = so_far.entries + walk.rows, so_far.unsealed + walk.unsealed
            so_far.books.append(book.name)
            if not book.alike and HASH in book.entries.columns:
                yield from _twice(connection, book)
        with GuardedSession(connection) as session:
            yield from balances(session, self.books)

    def _unknown(self, chain: Chain) -> Iterator[Finding]:
        known = {book.entries.name for book in self.books}
        for table in sorted(set(chain.last) - known):
            yield Finding(table, "", problems.UNKNOWN)


def balances(session: Session, books: Iterable[Book]) -> Iterator[Finding]:
    """Yield what the checks of these books find; each check runs in the same reading transaction."""
    for book in books:
        if book.check is not None:
            try:
                with session.begin_nested():  # a value that cannot be must not end the transaction
                    yield from book.check(session)
            except (DBAPIError, ValueError, TypeError) as problem:
                yield Finding(
                    book.entries.name, "", problems.UNREADABLE, found=f"{type(problem).__name__}: {problem}"[:200]
                )


def _tell(tell: Tell, before: int, total: int, done: int) -> None:
    tell(before + done, total)


def _count(connection: Connection, book: Book) -> int:
    return connection.scalar(select(func.count()).select_from(book.entries)) or 0


def _twice(connection: Connection, book: Book) -> Iterator[Finding]:
    """Yield rows that repeat another one in all but their key: a copy has the right hash too."""
    table = book.entries
    key, hashed = next(iter(table.primary_key.columns)), table.columns[HASH]
    again = select(func.min(key), func.max(key)).group_by(hashed).having(func.count() > 1)
    for first, last in connection.execute(again.order_by(func.min(key))):
        yield Finding(table.name, str(last), problems.TWICE, found=str(first))
