"""What addons tell about their ledgers: which table of entries is sealed, and how its balances are counted again.

An addon names its books in the constant LEDGERS of its `queries`:

    LEDGERS = (Book("points", POINTS, entries=Entry.__table__, check=queries_that_count_again),)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Table
from sqlalchemy.orm import Session

from rules.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: in which table, at which entry, and what is wrong there."""

    table: str
    entry: str  # the key of the row ("17"; "17/2" where it has two parts); "" if it is about the table as a whole
    problem: Text  # a sentence without figures; those are:
    expected: str = ""
    found: str = ""


#: Counts balances again, set-based, over bare tables of the whole programme; yields what does not agree.
Check = Callable[[Session], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Book:
    """One table whose rows are written once, and what must be true of them.

    The first column of its primary key is a whole number that grows with every posting (an `id`, or the id of what the
    rows belong to and are written with, as the lines of a receipt). If the class is `core.ledger.entry.Sealed`, every
    row carries its keyed hash, and no two rows may be equal in all columns but `id`, unless `alike` says so.
    """

    name: str
    title: Text
    entries: Table
    check: Check | None = None
    alike: bool = False
