"""Rule books as plain data for the screens: sentences, states and differences in a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from addons.rulebook.domain import Difference, differences
from core.policy.live import words_in_force
from rules.book import Rule, RuleBook
from rules.parameters import value_on
from rules.policy import read_book
from rules.sentences import Speaker


@dataclass(frozen=True, slots=True)
class SaidRule:
    """A rule as people read it."""

    name: str
    sentence: str
    reference: str
    group: str
    priority: int
    enabled: bool
    table: str
    note: str


@dataclass(frozen=True, slots=True)
class SaidParameter:
    """A dated number as people read it: its value today, and every value with its first day."""

    name: str
    label: str
    reference: str
    today: str
    values: tuple[tuple[str, str], ...]


class SaidBook:
    """One book in one language."""

    def __init__(self, text: str, language: str, day: date) -> None:
        """Read the text of a version with the words of today."""
        self.book = read_book(text, words_in_force())
        self._language = language
        self._day = day
        self._speaker = Speaker(self.book, words_in_force(), language, day)

    def events(self) -> Iterator[tuple[str, list[SaidRule]]]:
        """Give the rules by event, in the order they run."""
        groups = {group.name: place for place, group in enumerate(self.book.groups)}
        ordered = sorted(
            self.book.rules, key=lambda rule: (rule.event, groups.get(rule.group or "", 99), -rule.priority)
        )
        for event, rules in groupby(ordered, key=lambda rule: rule.event):
            yield event, [self.rule(rule) for rule in rules]

    def rule(self, rule: Rule) -> SaidRule:
        """Return one rule as people read it."""
        return SaidRule(
            rule.name,
            self._speaker.rule(rule),
            rule.reference,
            self._speaker.group(rule.group) if rule.group else "",
            rule.priority,
            rule.enabled,
            rule.table or "",
            rule.note,
        )

    def about(self, decision: str) -> list[SaidRule]:
        """Return the rules that name a decision as their reference."""
        return [self.rule(rule) for rule in self.book.rules if decision in rule.reference.split()]

    def parameters(self, decision: str | None = None) -> list[SaidParameter]:
        """Return the parameters, or those that name a decision as their reference."""
        found = self.book.parameters.values()
        return [
            SaidParameter(
                each.name,
                each.label.in_language(self._language),
                each.reference,
                self._speaker.value(value_on(each, max(self._day, each.values[0][0])), each.kind),
                tuple((day.isoformat(), self._speaker.value(value, each.kind)) for day, value in each.values),
            )
            for each in found
            if decision is None or decision in each.reference.split()
        ]

    def differences(self, other: SaidBook) -> list[Difference]:
        """Return what the rules of another book say differently, and its parameters."""
        speakers = {id(self.book): self._speaker, id(other.book): other._speaker}

        def sentence(book: RuleBook, rule: Rule) -> str:
            said = speakers[id(book)].rule(rule)
            return said if rule.enabled else f"〔×〕{said}"

        return [*differences(self.book, other.book, sentence), *_parameter_differences(self, other)]


def _parameter_differences(one: SaidBook, other: SaidBook) -> Iterable[Difference]:
    before, after = ({each.name: each for each in book.parameters()} for book in (one, other))
    for name in sorted(before.keys() | after.keys()):
        pair = [_said(found.get(name)) for found in (before, after)]
        if pair[0] != pair[1]:
            yield Difference(name, pair[0], pair[1])


def _said(parameter: SaidParameter | None) -> str | None:
    if parameter is None:
        return None
    return f"{parameter.label}: " + ", ".join(f"{day} {value}" for day, value in parameter.values)
