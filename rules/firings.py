"""What the engine answers, and what anything that can answer offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rules.event import Event


@dataclass(frozen=True, slots=True)
class Firings:
    """Pairs (index into book.rules, line index or -1 for a rule without items), ascending, each once."""

    rules: tuple[tuple[int, int], ...]


class Fires(Protocol):
    """The engine's whole interface: the plain evaluator can take its place by configuration."""

    def fire(self, event: Event) -> Firings:
        """Say which rules fire on which lines."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...
