"""What a client meant to do and what it was told, written down before and after each operation.

The operating system has each line at once, so it outlives its client; no fault here takes the operating system itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as its client means it; `path` is empty for one that goes to the services directly.

    The key stands in what the operation writes too (who sold, for what reason), so that effects can be counted without
    trusting the table of keys. `left`: the client goes away without waiting for the answer, and never comes back.
    """

    key: str
    kind: str
    till: int
    path: str
    body: Plain
    left: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: a status as of HTTP, what was said, and on which day."""

    status: int
    answer: Plain
    day: str = ""

    @property
    def done(self) -> bool:
        """Tell whether it was done; else it was refused."""
        return self.status < 300


class Noted(NamedTuple):
    """An operation and its answer, if one came."""

    asked: Asked
    told: Told | None


class Journal:
    """The file of one client; whoever opens it again goes on where the one before was killed."""

    def __init__(self, path: Path) -> None:
        """Open the file; a line that was torn is gone: what it was about to say had not happened."""
        self.noted = list(read(path))
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        self._file = path.open("ab")
        os.ftruncate(self._file.fileno(), len(whole) + 1 if whole else 0)

    def intend(self, asked: Asked) -> None:
        """Write down what is about to be sent."""
        self._write({"asked": asdict(asked)})

    def acknowledge(self, asked: Asked, told: Told, tries: int) -> None:
        """Write down what was answered."""
        self._write({"told": asdict(told), "key": asked.key, "tries": tries})

    def _write(self, line: Plain) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.flush()


def read(path: Path) -> Iterator[Noted]:
    """Yield the operations of a file in their order."""
    asked: Asked | None = None
    for line in _lines(path):
        if "asked" in line:
            if asked is not None:
                yield Noted(asked, None)
            asked = Asked(**line["asked"])
        elif asked is not None and line["key"] == asked.key:
            yield Noted(asked, Told(**line["told"]))
            asked = None
    if asked is not None:
        yield Noted(asked, None)


def _lines(path: Path) -> Iterator[Plain]:
    text = path.read_bytes() if path.exists() else b""
    for line in text.split(b"\n")[:-1]:
        yield json.loads(line)
