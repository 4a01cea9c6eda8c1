"""What the engine answers: which rules fire on which lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Firings:
    """Pairs (index into book.rules, line index or -1 for a rule without items), ascending, each once."""

    rules: tuple[tuple[int, int], ...]
