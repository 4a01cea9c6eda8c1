"""From an event to its decision: the engine says which rules fire, pricing what that means (rules.md 3 and 7)."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rules.book import RuleBook
from rules.engine import Engine
from rules.event import Event
from rules.oracle import fire_plain
from rules.pricing import Pricer
from rules.trace import Decision
from rules.vocabulary import Vocabulary


class Program:
    """One version of a rule book, compiled once and used for many events; close it when it is retired."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        """Compile the book.

        Refuses with RulesError if a rule cannot be compiled or prices without a group.
        """
        self.book = book
        self.vocabulary = vocabulary
        self._pricer = Pricer(book, vocabulary)
        self._engine = Engine(book, vocabulary)
        self.fire = self._engine.fire  # which rules hold, without what that means

    def decide(self, event: Event) -> Decision:
        """Return what an event comes to: prices for a quote, effects for any event.

        Refuses with RulesError if a fact is not of its kind.
        """
        return self._pricer.decide(event, self.fire(event).rules)

    def close(self) -> None:
        """Free the compiled rules; the program cannot be used any more."""
        self._engine.close()

    def __enter__(self) -> Self:
        """Use the program for a while."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Free the compiled rules."""
        self.close()


def decide_plain(book: RuleBook, vocabulary: Vocabulary, event: Event) -> Decision:
    """Return the decision by the plain evaluator, without the engine: slow, for tests and for checking one in N."""
    return Pricer(book, vocabulary).decide(event, fire_plain(book, vocabulary, event).rules)
