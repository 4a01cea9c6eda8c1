"""A bug as somebody may write it where value moves: an exact piece of text, and what stands there instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """A bug: in which file, what it breaks, and the tests of which one must fail within five seconds.

    `server` says that it shows on PostgreSQL alone; the tests of the others run on SQLite.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...]
    server: bool = False
