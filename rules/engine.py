"""Which rules fire on which lines of an event: typed facts into durable_rules, rule and line indexes out."""

from __future__ import annotations

from rules.book import RuleBook
from rules.event import Event
from rules.firings import Firings
from rules.vocabulary import Vocabulary

__all__ = ["Engine", "Firings"]


class Engine:
    """One compiled version of a rule book, kept by a process; safe for several threads."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        """Compile and load a book.

        Refuses with BookRefused if a rule is beyond what the engine can hold.
        """
        raise NotImplementedError

    def fire(self, event: Event) -> Firings:
        """Say which rules fire on which lines, in book order.

        Refuses with FactRefused if a used fact is of the wrong kind, ParameterMissing if a parameter has no value on
        the day, EngineClosed after close, EngineFailed if the engine answered with an error.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Free the compiled version, after the evaluation that may be running; closing twice is harmless."""
        raise NotImplementedError
