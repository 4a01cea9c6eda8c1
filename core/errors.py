"""A business "no" is a type: a code, typed facts and one translatable sentence."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NewType

from core.money import Fen, yuan

Many = NewType("Many", int)  # a fact that is a number of points, pieces, ...: it is written in groups of three
Noun = NewType("Noun", str)  # a fact that is a word of the language: it is translated with its sentence


class Refusal(Exception):
    """Something the programme does not allow; nothing was changed.

    A subclass annotates its facts and gives one sentence that uses exactly those facts:

        class InsufficientPoints(Refusal):
            sentence = "%(wanted)s points were asked for and %(balance)s are there."
            wanted: int
            balance: int
    """

    sentence: ClassVar[str] = ""
    code: ClassVar[str] = ""
    status: ClassVar[int] = 409

    def __init_subclass__(cls) -> None:
        """Derive the code from the class name: InsufficientPoints -> insufficient_points."""
        super().__init_subclass__()
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **facts: Any) -> None:
        """Keep the facts; TypeError if they are not exactly the annotated ones."""
        wanted = set(self.fact_names())
        if set(facts) != wanted:
            message = f"{type(self).__name__} takes the facts {sorted(wanted)}, got {sorted(facts)}"
            raise TypeError(message)
        self.facts = facts
        super().__init__(self.code, facts)

    def __getattr__(self, name: str) -> Any:
        """Read a fact as an attribute."""
        if name != "facts" and name in self.facts:
            return self.facts[name]
        raise AttributeError(name)

    @classmethod
    def fact_names(cls) -> tuple[str, ...]:
        """Return the names of the facts, in the order they are written."""
        names: list[str] = []
        for base in reversed(cls.__mro__):
            if issubclass(base, Refusal) and base is not Refusal:
                names += [n for n in inspect.get_annotations(base) if n not in names]
        return tuple(names)

    def worded(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence with its facts; `translate` maps the English sentence to another language."""
        return translate(self.sentence) % {name: self._shown(name, translate) for name in self.facts}

    def _shown(self, name: str, translate: Callable[[str], str]) -> object:
        for base in type(self).__mro__:
            kind = inspect.get_annotations(base).get(name) if issubclass(base, Exception) else None
            if kind in (Fen, "Fen"):
                return yuan(self.facts[name])
            if kind in (Many, "Many"):
                return f"{self.facts[name]:,}".replace("-", "\N{MINUS SIGN}")
            if kind in (Noun, "Noun"):
                return translate(str(self.facts[name]))
        return self.facts[name]

    def __str__(self) -> str:
        """Return the English sentence."""
        return self.worded()


class NotFound(Refusal):
    """A record that does not exist, or is not in the scope of the person asking."""

    sentence = "There is no %(what)s %(which)s."
    status = 404
    what: Noun
    which: str


class OutOfScope(Refusal):
    """A write or a read outside the stores of the person asking."""

    sentence = "This is not within your stores."
    status = 403


class SavedMeanwhile(Refusal):
    """A change of what somebody else saved after it was shown to the person who changes it."""

    sentence = "Somebody else saved this meanwhile. Nothing of yours was saved: look at both, then save again."


class Invalid(Refusal):
    """A value that no request may carry."""

    sentence = "%(field)s: %(problem)s"
    status = 422
    field: str
    problem: str


def refusals() -> Mapping[str, type[Refusal]]:
    """Return all refusals that are loaded, by code; TypeError if two share one code."""
    found: dict[str, type[Refusal]] = {}
    pending = list(Refusal.__subclasses__())
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if found.setdefault(kind.code, kind) is not kind:
            message = f"two refusals have the code {kind.code}"
            raise TypeError(message)
    return found
