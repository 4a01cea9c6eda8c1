"""How much an import takes, checked before and while reading: a small file can hold a lot."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of one file."""

    bytes: int = 600 * MEGABYTE
    rows: int = 5_000_000
    columns: int = 200
    cell: int = 10_000  # characters
    line: int = MEGABYTE  # characters of one physical line of a CSV
    unpacked: int = 1_500 * MEGABYTE  # bytes of a compressed file
    ratio: int = 200  # unpacked / packed of one part
    parts: int = 2_000  # files in an archive


CAPS = Caps()
