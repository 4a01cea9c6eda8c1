"""Going through the chain of seals, link by link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from core.ledger import problems
from core.ledger.anchor import Anchor
from core.ledger.books import Finding
from core.ledger.chain import BEGINNING, SEALS, Statement, head, head_of, is_signed, links


class Chain:
    """The chain as it is found; after `findings` it knows its head and what is sealed and settled of each table.

    Every seal names the digest of the one before, signature and all. So the signatures of the newest seal and of those
    that hand over to another key hold the whole chain; one signature a seal would cost minutes and prove the same.
    """

    def __init__(self, trusted: frozenset[str], anchors: Sequence[Anchor] = ()) -> None:
        self.trusted = trusted
        self.anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self.anchors.setdefault(anchor.number, []).append(anchor)
        self.number, self.head, self.next_key = 0, BEGINNING, ""
        self.last: dict[str, int] = {}
        self.settled: dict[str, int] = {}

    def findings(self, connection: Connection) -> Iterator[Finding]:
        """Yield what is wrong with the chain."""
        newest = head(connection)
        base, end = _base_of(newest)
        for row in links(connection):
            yield from self._link(row, is_end=row["number"] == end)
            if row["number"] == base:
                self.settled = dict(self.last)
        for anchor in (anchor for kept in self.anchors.values() for anchor in kept):
            if anchor.number > self.number:
                yield Finding(SEALS.name, str(anchor.number), problems.NOT_IN_CHAIN, anchor.head, "")

    def _link(self, row: Any, *, is_end: bool) -> Iterator[Finding]:
        number = row["number"]
        if number != self.number + 1:
            yield Finding(SEALS.name, str(self.number + 1), problems.NO_SEAL)
        try:
            said = Statement.of(row["statement"])
        except ValueError:
            yield Finding(SEALS.name, str(number), problems.NOT_A_SEAL)
        else:
            yield from self._compare(row, said, is_end=is_end)
            self.last = dict(said.last)
            self.next_key = said.next_key or said.key
        self.number, self.head = number, head_of(row["statement"], row["signature"])
        for anchor in self.anchors.get(number, ()):
            if anchor.head != self.head:
                yield Finding(SEALS.name, str(number), problems.NOT_IN_CHAIN, anchor.head, self.head)

    def _compare(self, row: Any, said: Statement, *, is_end: bool) -> Iterator[Finding]:
        name = str(row["number"])
        if said.previous != self.head:
            yield Finding(SEALS.name, name, problems.OTHER_CHAIN, self.head, said.previous)
        stands = (row["number"], _moment(row["sealed_at"]), row["entries"], row["key"], row["head"])
        wanted = (
            *(said.number, _moment(said.sealed_at), said.entries, said.key),
            head_of(row["statement"], row["signature"]),
        )
        if stands != wanted or said.text() != row["statement"]:
            yield Finding(SEALS.name, name, problems.OTHER_FIGURES)
        if said.key != self.next_key and said.key not in self.trusted:
            yield Finding(SEALS.name, name, problems.OTHER_KEY, self.next_key, said.key)
        hands_over = said.next_key is not None or said.key != self.next_key
        if (is_end or hands_over) and not is_signed(row["statement"], row["signature"], said.key):
            yield Finding(SEALS.name, name, problems.NOT_SIGNED)


def _moment(value: Any) -> str:
    """Return a moment as SQLite keeps it."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else str(value)


def _base_of(newest: Any) -> tuple[int, int]:
    """Return up to which seal everything is settled, and the number of the newest."""
    if newest is None:
        return 0, 0
    try:
        return Statement.of(newest["statement"]).base, newest["number"]
    except ValueError:
        return 0, newest["number"]
