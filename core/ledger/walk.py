"""Going through the rows of a table beside the seals over them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table

from core.ledger import problems
from core.ledger.books import Finding
from core.ledger.chain import Part, Statement, links
from core.ledger.entry import keyed
from core.ledger.merkle import Tree, leaf
from core.ledger.rows import BATCH, Written, written
from rules.vocabulary import Text

_BEYOND = 1 << 62


@dataclass(slots=True)
class _Open:
    """A seal whose rows are being read: its tree so far, and how many of its runs are still to come."""

    number: int
    part: Part
    left: int
    tree: Tree = field(default_factory=Tree)


class _Seals:
    """The runs of keys of all seals over one table, in the order of the keys; only what is needed is read."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._parts = self._read(connection, table)
        self._following = next(self._parts, None)
        self._heap: list[tuple[int, int, int, _Open]] = []

    @staticmethod
    def _read(connection: Connection, table: str) -> Iterator[tuple[int, Part]]:
        for row in links(connection):
            try:
                part = Statement.of(row["statement"]).tables.get(table)
            except ValueError:  # told when the chain was looked at
                continue
            if part is not None and part.spans:
                yield row["number"], part

    def pop(self) -> tuple[int, int, _Open] | None:
        """Return the next run and its seal."""
        while self._following is not None and (not self._heap or self._following[1].above < self._heap[0][0]):
            number, part = self._following
            seal = _Open(number, part, len(part.spans))
            for first, last in part.spans:
                heapq.heappush(self._heap, (first, last, number, seal))
            self._following = next(self._parts, None)
        if not self._heap:
            return None
        first, last, _, seal = heapq.heappop(self._heap)
        return first, last, seal


class Walk:
    """One pass over a table: each row's hash, and the root of each seal; counts the rows as it goes."""

    def __init__(self, connection: Connection, table: Table, settled: int) -> None:
        self.table, self.settled = table, settled
        self.rows = self.unsealed = 0
        self._written = written(connection, table)
        self._seals = _Seals(connection, table.name)
        self._first, self._last, self._expected = 0, -1, 0
        self._seal: _Open | None = None

    def findings(self, tell: Callable[[int], None]) -> Iterator[Finding]:
        """Yield what is wrong with the rows; `tell` hears how many are done."""
        for row in self._written:
            self.rows += 1
            if keyed(row.text) != row.stored:
                yield self._found(row.name, problems.CHANGED)
            if row.first > self._last:
                yield from self._pass_to(row.first)
            if row.first < self._first:
                yield from self._outside(row)
            else:
                if row.first > self._expected:
                    yield self._gone(self._expected, row.first - 1)
                self._expected = row.first + 1
                self._seal.tree.add(leaf(row.leaf()))  # type: ignore[union-attr] # a run is open here
            if self.rows % BATCH == 0:
                tell(self.rows)
        yield from self._pass_to(_BEYOND)
        tell(self.rows)

    def _pass_to(self, key: int) -> Iterator[Finding]:
        """Leave the runs that end before a key, and open the one that does not."""
        while key > self._last:
            if self._seal is not None:
                yield from self._leave(self._seal)
            run = self._seals.pop()
            if run is None:
                self._first, self._last, self._seal = _BEYOND, _BEYOND, None
                return
            first, last, seal = run
            if first <= self._last:
                yield self._found(_span(first, last), problems.SEALED_TWICE, found=str(seal.number))
            self._first = self._expected = first
            self._last, self._seal = last, seal

    def _leave(self, seal: _Open) -> Iterator[Finding]:
        if self._expected <= self._last:
            yield self._gone(self._expected, self._last)
        seal.left -= 1
        if seal.left:
            return
        part = seal.part
        if (seal.tree.count, seal.tree.root().hex()) != (part.count, part.root):
            name = _span(part.spans[0][0], part.spans[-1][1])
            yield self._found(name, problems.OTHER_ROWS, found=f"{seal.tree.count}", expected=f"{part.count}")

    def _outside(self, row: Written) -> Iterator[Finding]:
        if row.first <= self.settled:
            yield self._found(row.name, problems.INSERTED)
        else:
            self.unsealed += 1

    def _gone(self, first: int, last: int) -> Finding:
        return self._found(_span(first, last), problems.MISSING)

    def _found(self, name: str, problem: Text, expected: str = "", found: str = "") -> Finding:
        return Finding(self.table.name, name, problem, expected, found)


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
