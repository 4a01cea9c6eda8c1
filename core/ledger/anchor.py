"""Anchors: the head of the chain written down outside the database, so that its end cannot be cut off unnoticed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.config import anchors_folder
from core.errors import Refusal
from core.ledger.chain import Statement, head, head_of, is_signed

_ENDING = ".anchor.json"


class BadAnchor(Refusal):
    """A file that should hold the head of a chain and does not."""

    sentence = "%(file)s is not an anchor."
    status = 422
    file: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head as it is kept outside: enough to find it again, and to prove who sealed it."""

    number: int
    head: str
    sealed_at: str
    key: str
    statement: str
    signature: str


def newest(connection: Connection) -> Anchor | None:
    """Return the head of the chain; None before the first seal."""
    row = head(connection)
    if row is None:
        return None
    said = Statement.of(row["statement"])
    return Anchor(
        row["number"], row["head"], said.sealed_at.isoformat(), row["key"], row["statement"], row["signature"]
    )


def write(anchor: Anchor) -> Path:
    """Write a head into the folder of anchors, under its day (UTC); what is there stays. Returns where it is."""
    day = Statement.of(anchor.statement).sealed_at.astimezone(UTC).date()
    path = anchors_folder() / f"{day.isoformat()}-{anchor.number:09d}{_ENDING}"
    if not path.exists():
        drawn = path.with_suffix(".part")
        drawn.write_text(as_text(anchor), "ascii")
        drawn.replace(path)
    return path


def read(path: Path) -> Anchor:
    """Return the anchor in a file.

    Refuses with BadAnchor if it is none, or if its own signature or digest does not fit.
    """
    return parse(path.read_bytes(), path.name)


def parse(content: bytes, name: str) -> Anchor:
    """Return the anchor in the content of a file.

    Refuses with BadAnchor like `read`.
    """
    try:
        anchor = Anchor(**json.loads(content))
        if _is_whole(anchor):
            return anchor
    except (ValueError, TypeError, RecursionError):
        pass  # not our file, or not ours any more
    raise BadAnchor(file=name)


def as_text(anchor: Anchor) -> str:
    """Return the content of an anchor's file."""
    return json.dumps(asdict(anchor), indent=1) + "\n"


def printed(session: Session) -> str:
    """Return the newest head as documents print it; "" before the first seal."""
    row = head(session.connection())
    return "" if row is None else short(row["number"], row["head"])


def short(number: int, digest: str) -> str:
    """Return a head as it is printed: the number, and the beginning of the digest in groups of four."""
    return f"{number}: {grouped(digest[:16])}"


def grouped(digest: str) -> str:
    """Return a digest in groups of four, as people compare it."""
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))


def _is_whole(anchor: Anchor) -> bool:
    said = Statement.of(anchor.statement)
    return (
        (said.number, said.key) == (anchor.number, anchor.key)
        and head_of(anchor.statement, anchor.signature) == anchor.head
        and is_signed(anchor.statement, anchor.signature, anchor.key)
    )


def kept() -> list[Path]:
    """Return the anchors of this installation, the oldest first."""
    return sorted(anchors_folder().glob(f"*{_ENDING}"))
