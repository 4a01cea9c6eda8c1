"""The chain of seals: what one says, how it is signed, and how the next builds on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, type_coerce
from sqlalchemy.types import NullType

from core.db.models import Seal
from core.ledger import ed25519

FORMAT = 1
#: What the first seal builds on.
BEGINNING = "0" * 64
SEALS: Table = Seal.__table__
_STREAM = {"yield_per": 500}
_AS_KEPT = [type_coerce(column, NullType()).label(column.name) for column in SEALS.columns]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What a seal says of one table: how many rows, their Merkle root, and which.

    `spans` are the first and last of unbroken runs of the first column of the key; rows up to `above` were settled
    before: no transaction that could write there was left.
    """

    count: int
    root: str
    above: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a seal says; its text is what is signed.

    `last` is the last sealed key of each table so far, `base` the seal up to which everything is settled, `horizon`
    the first transaction that had not begun (PostgreSQL), `next_key` the public key that signs from here on.
    """

    number: int
    previous: str
    sealed_at: datetime
    key: str
    next_key: str | None
    base: int
    horizon: int | None
    last: Mapping[str, int]
    tables: Mapping[str, Part]

    @property
    def entries(self) -> int:
        """How many rows it seals."""
        return sum(part.count for part in self.tables.values())

    def text(self) -> str:
        """Return it as canonical JSON: one line, names in order."""
        data = {
            "format": FORMAT,
            "number": self.number,
            "previous": self.previous,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
            "key": self.key,
            "next_key": self.next_key,
            "base": self.base,
            "horizon": self.horizon,
            "last": dict(self.last),
            "tables": {name: _part_as_json(part) for name, part in self.tables.items()},
        }
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Statement:
        """Read a statement; ValueError for anything else."""
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise ValueError("a seal of another format")
            return cls(
                _whole(data["number"]),
                str(data["previous"]),
                datetime.fromisoformat(data["sealed_at"]),
                str(data["key"]),
                None if data["next_key"] is None else str(data["next_key"]),
                _whole(data["base"]),
                None if data["horizon"] is None else _whole(data["horizon"]),
                {name: _whole(last) for name, last in data["last"].items()},
                {name: _part_of_json(part) for name, part in data["tables"].items()},
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise ValueError("not the statement of a seal") from problem


def _part_as_json(part: Part) -> dict[str, Any]:
    return {"count": part.count, "root": part.root, "above": part.above, "spans": part.spans}


def _part_of_json(data: Any) -> Part:
    spans = tuple((_whole(first), _whole(last)) for first, last in data["spans"])
    return Part(_whole(data["count"]), str(data["root"]), _whole(data["above"]), spans)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value


def message(text: str) -> bytes:
    """Return what is signed for a statement: nothing else that the key may ever sign begins like this."""
    return b"guibin seal\n" + text.encode()


def sign(seed: bytes, statement: Statement) -> dict[str, Any]:
    """Return the row of a seal."""
    text = statement.text()
    signature = ed25519.sign(seed, message(text)).hex()
    return {
        "number": statement.number,
        "sealed_at": statement.sealed_at,
        "entries": statement.entries,
        "key": statement.key,
        "statement": text,
        "signature": signature,
        "head": head_of(text, signature),
    }


def is_signed(text: str, signature: str, key: str) -> bool:
    """Tell whether a statement bears the signature of a key; what is no hexadecimal text does not."""
    try:
        return ed25519.verify(bytes.fromhex(key), message(text), bytes.fromhex(signature))
    except ValueError:
        return False


def head_of(text: str, signature: str) -> str:
    """Return the digest of a seal, which the next one names: it covers every seal before, signatures and all."""
    return hashlib.sha256(f"guibin head\n{text}\n{signature}".encode()).hexdigest()


def head(connection: Connection) -> RowMapping | None:
    """Return the newest seal; the moment as the database keeps it."""
    return connection.execute(select(*_AS_KEPT).order_by(SEALS.c.number.desc()).limit(1)).mappings().first()


def links(connection: Connection, after: int = 0) -> Iterator[RowMapping]:
    """Yield the seals after a number in their order, not all at once; the moment as the database keeps it."""
    wanted = select(*_AS_KEPT).where(SEALS.c.number > after).order_by(SEALS.c.number)
    with connection.execute(wanted, execution_options=_STREAM) as found:
        yield from found.mappings()
