"""What the rules refuse, as types: every refusal carries where it is and one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at a path into the book (`rules[3].when.all[1].fact`) or into the event."""

    path: str
    sentence: str


class RulesError(Exception):
    """Base of everything the rules refuse; `problems` names each place and says what is wrong there."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("; ".join(f"{p.path}: {p.sentence}" if p.path else p.sentence for p in self.problems))

    def __reduce__(self) -> tuple[type[RulesError], tuple[tuple[Problem, ...]]]:
        """Rebuild from the problems, so that a refusal can cross a process border."""
        return type(self), (self.problems,)

    @classmethod
    def at(cls, path: str, sentence: str) -> RulesError:
        """Make the error of a single problem."""
        return cls([Problem(path, sentence)])


class BookRefused(RulesError):
    """A rule book cannot be read, checked or compiled; all its problems are listed."""


class ParameterMissing(RulesError):
    """A parameter is unknown or has no value on the asked day."""


class FactRefused(RulesError):
    """An event gives a fact that is missing, of the wrong kind or out of bounds."""


class EngineFailed(RulesError):
    """The engine answered with an error; it has been rebuilt and the event may be tried again."""


class EngineClosed(RulesError):
    """The engine of this version has been closed; the caller holds a version that was replaced."""


class BookUnsafe(RulesError):
    """A new version crashed, hung or decided differently from the plain evaluator on its trial events."""
