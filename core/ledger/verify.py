"""Verification of the ledgers: everything that was written once is counted again, and every difference is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from core.ledger.books import Book, Finding


def balances(session: Session, books: Iterable[Book]) -> Iterator[Finding]:
    """Yield what the checks of these books find; each check runs in the same reading transaction."""
    for book in books:
        if book.check is not None:
            yield from book.check(session)
