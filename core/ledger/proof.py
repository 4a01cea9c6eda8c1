"""Proofs: that one row was sealed, and says what it says, for somebody who has the public key and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_

from core.errors import NotFound, Refusal
from core.ledger.books import Book
from core.ledger.chain import Part, Statement, is_signed, links
from core.ledger.merkle import leaf, path, root_from
from core.ledger.rows import Written, leaf_data, written
from core.ledger.spans import fewer

FORMAT = "guibin-proof-1"


class NotSealedYet(Refusal):
    """A row that no seal covers so far."""

    sentence = "%(entry)s is not sealed yet; the next seal will cover it."
    entry: str


class NotAsSealed(Refusal):
    """A row that cannot be proved: what is there is not what was sealed."""

    sentence = "%(entry)s cannot be proved: what is there now is not what seal %(number)s covers."
    entry: str
    number: int


class ProofFails(Refusal):
    """A proof that does not hold, and where."""

    sentence = "The proof does not hold: %(problem)s."
    status = 422
    problem: str


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows: the row, and the seal that covers it."""

    table: str
    key: tuple[Any, ...]
    columns: Mapping[str, Any]
    statement: Statement


def prove(connection: Connection, books: Iterable[Book], entry: str) -> dict[str, Any]:
    """Return the proof of a row, named as table:key, as plain data.

    Refuses with NotFound for a row or a table that is not there, NotSealedYet, NotAsSealed.
    """
    table, _, name = entry.partition(":")
    book = next((one for one in books if one.entries.name == table), None)
    first = name.partition("/")[0]
    if book is None or not first.isascii() or not first.isdigit() or len(first) > 18:
        raise NotFound(what="entry", which=entry[:80])
    handed_over, seal = _seal_over(connection, table, int(first))
    if seal is None:
        if any(row.name == name for row in written(connection, book.entries, _key(book) == int(first))):
            raise NotSealedYet(entry=entry)
        raise NotFound(what="entry", which=entry[:80])
    said = Statement.of(seal["statement"])
    part = said.tables[table]
    rows = list(_covered(connection, book, part))
    place = next((place for place, row in enumerate(rows) if row.name == name), None)
    if place is None:
        raise NotFound(what="entry", which=entry[:80])
    leaves = [leaf(row.leaf()) for row in rows]
    steps = path(leaves, place)
    proved = root_from(leaves[place], place, part.count, steps)
    if proved is None or proved.hex() != part.root:
        raise NotAsSealed(entry=entry, number=said.number)
    return _as_data(table, rows[place], place, steps, [*handed_over, seal])


def _as_data(
    table: str, row: Written, place: int, steps: Sequence[bytes], seals: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "table": table,
        "key": list(row.key),
        "text": row.text.decode(),
        "row_hash": row.stored,
        "place": place,
        "path": [step.hex() for step in steps],
        "seals": list(seals),  # those that hand over to another key, and the one that covers the row
    }


def check(data: Any, trusted: Iterable[str]) -> Proven:
    """Return what a proof shows to somebody who trusts these public keys (hexadecimal).

    Refuses with ProofFails wherever it does not hold.
    """
    try:
        if data["format"] != FORMAT:
            raise ProofFails(problem="it has another format")
        said = _signed(data["seals"], set(trusted))
        part = said.tables[data["table"]]
        columns = _columns(data["table"], data["text"])
        hashed = leaf(leaf_data(data["text"].encode(), tuple(data["key"]), data["row_hash"]))
        root = root_from(hashed, data["place"], part.count, [bytes.fromhex(step) for step in data["path"]])
        first = data["key"][0]
        is_covered = any(low <= first <= high for low, high in part.spans)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise ProofFails(problem="it is not complete") from None
    if root is None or root.hex() != part.root or not is_covered:
        raise ProofFails(problem="the seal does not cover this row")
    return Proven(data["table"], tuple(data["key"]), columns, said)


def _signed(seals: Sequence[Mapping[str, str]], trusted: set[str]) -> Statement:
    said = None
    for seal in seals:
        said = Statement.of(seal["statement"])
        if said.key not in trusted:
            raise ProofFails(problem="a seal is signed with a key that is not trusted")
        if not is_signed(seal["statement"], seal["signature"], said.key):
            raise ProofFails(problem="a signature does not fit")
        if said.next_key is not None:
            trusted.add(said.next_key)
    if said is None:
        raise ProofFails(problem="it names no seal")
    return said


def _columns(table: str, text: str) -> dict[str, Any]:
    head, *pairs = json.loads(text)
    if head != table:
        raise ProofFails(problem="the row is of another table")
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _seal_over(connection: Connection, table: str, first: int) -> tuple[list[dict[str, str]], dict[str, str] | None]:
    """Return the seals before that hand over to another key, and the one that covers a row."""
    handed_over: list[dict[str, str]] = []
    for row in links(connection):
        said = Statement.of(row["statement"])
        kept = {"statement": row["statement"], "signature": row["signature"]}
        part = said.tables.get(table)
        if part is not None and any(low <= first <= high for low, high in part.spans):
            return handed_over, kept
        if said.next_key is not None:
            handed_over.append(kept)
    return handed_over, None


def _key(book: Book) -> Any:
    return next(iter(book.entries.primary_key.columns))


def _covered(connection: Connection, book: Book, part: Part) -> Iterator[Written]:
    """Yield the rows of a seal in their order."""
    key, spans = _key(book), list(part.spans)
    for row in written(connection, book.entries, or_(*(key.between(*span) for span in fewer(spans)))):
        while spans and spans[0][1] < row.first:
            spans.pop(0)
        if spans and spans[0][0] <= row.first:
            yield row
