"""Rule books as plain data for the screens: sentences, states and differences in a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby

from addons.rulebook.domain import Difference, differences, effective_rates
from core.policy.live import words_in_force
from rules.book import Parameter, Ref, Rule, RuleBook
from rules.parameters import value_on
from rules.policy import read_book
from rules.sentences import Speaker, percent, times
from rules.vocabulary import Kind, Text


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


@dataclass(frozen=True, slots=True)
class SaidSetting:
    """How a book calculates, as people read it: what holds, and what else it could be."""

    name: str
    label: str
    value: str
    others: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class SaidRates:
    """What members of a tier pay of the list price on each occasion: at the till, and with their vouchers."""

    tier: str
    rates: tuple[tuple[str, str], ...]


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
        events = {event: place for place, event in enumerate(_EVENTS)}

        def place(rule: Rule) -> tuple[int, str, int, int]:
            return events.get(rule.event, len(events)), rule.event, groups.get(rule.group or "", 99), -rule.priority

        ordered = sorted(self.book.rules, key=place)
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
            rule.note.in_language(self._language) if isinstance(rule.note, Text) else rule.note,
        )

    def about(self, decision: str) -> list[SaidRule]:
        """Return the rules that name a decision as their reference."""
        return [self.rule(rule) for rule in self.book.rules if decision in rule.reference.split()]

    def parameters(self, decision: str | None = None) -> list[SaidParameter]:
        """Return the parameters, or those that name a decision as their reference."""
        found = [
            each for each in self.book.parameters.values() if decision is None or decision in each.reference.split()
        ]
        return [self.parameter(each) for each in found]

    def parameter(self, each: Parameter) -> SaidParameter:
        """Return one parameter as people read it."""
        return SaidParameter(
            each.name,
            each.label.in_language(self._language),
            each.reference,
            self._number(each, self.today(each)),
            tuple((day.isoformat(), self._number(each, value)) for day, value in each.values),
        )

    def meant_as(self, parameter: Parameter) -> str:
        """Return what a number is to the rules that use it: its kind, or of ratios `times` or `share`."""
        asks = Ref(parameter.name)
        used = {then.effect for rule in self.book.rules for then in rule.then if asks in then.params.values()}
        if parameter.kind is Kind.RATIO and "points.multiply" in used:
            return "times"
        if parameter.kind is Kind.RATIO and "points.earn_share" in used:
            return "share"
        return parameter.kind.value

    def today(self, parameter: Parameter) -> int:
        """Return what a number is today; of one that begins later, what it begins with."""
        return value_on(parameter, max(self._day, parameter.values[0][0]))

    def _number(self, parameter: Parameter, value: int) -> str:
        """Return a number as the rules that use it mean it: a rate to pay, a share, or so many times the points."""
        meant = self.meant_as(parameter)
        if meant == "times":
            return times(value, self._language)
        return percent(value) if meant == "share" else self._speaker.value(value, parameter.kind)

    def settings(self, decision: str | None = None) -> list[SaidSetting]:
        """Return how the book calculates, or what of it answers a decision."""
        found = []
        for name, reference, label, choices in SETTINGS:
            if decision in (None, reference):
                value = getattr(self.book.settings, name)
                words = {code: text.in_language(self._language) for code, text in choices.items()}
                shown = words.pop(value, None) or self._speaker.value(value, _KINDS.get(name, Kind.COUNT))
                found.append(
                    SaidSetting(name, label.in_language(self._language), shown, tuple(words.values()), reference)
                )
        return found

    def rates(self) -> list[SaidRates]:
        """Return what each tier really pays, tried out on a piece of 1,000 yuan (C19)."""
        at = datetime.combine(self._day, NOON)
        found = effective_rates(self.book, words_in_force(), at)
        choices = words_in_force().facts["member.tier"].choices if found else ()
        said = []
        for tier, rows in groupby(found, key=lambda row: row.tier):
            pairs = [(self._rate(row.pays), self._rate(row.with_vouchers)) for row in rows]
            said.append(SaidRates(self._speaker.value(tier, Kind.CHOICE, choices), tuple(pairs)))
        return said

    def _rate(self, ratio: int) -> str:
        return self._speaker.value(ratio, Kind.RATIO)

    def differences(self, other: SaidBook) -> list[Difference]:
        """Return what the rules of another book say differently, and its parameters."""
        speakers = {id(self.book): self._speaker, id(other.book): other._speaker}

        def sentence(book: RuleBook, rule: Rule) -> str:
            return speakers[id(book)].rule(rule)

        return [*differences(self.book, other.book, sentence), *_parameter_differences(self, other)]


NOON = time(12)
#: Events as people meet them: what is priced first, what runs by itself last.
_EVENTS = ("quote", "checkout", "visit", "enrol", "referral", "points_review", "points_request", "tier_review", "daily")
_KINDS = {"floor_price": Kind.MONEY, "voucher_min_spend": Kind.MONEY}
#: Name, the decision it answers, label, and the words of its choices.
SETTINGS: tuple[tuple[str, str, Text, Mapping[object, Text]], ...] = (
    (
        "rounding",
        "C09",
        Text("取整", "取整", "Rounding"),
        {
            "line": Text("每行一次，四捨五入到分", "每行一次，四舍五入到分", "Once a line, half up to the fen"),
            "unit": Text("每件一次", "每件一次", "Once a piece"),
        },
    ),
    (
        "multiplier_combination",
        "C15",
        Text("積分倍數相遇", "积分倍数相遇", "Where points multipliers meet"),
        {
            "max": Text("取最大", "取最大", "The largest"),
            "multiply": Text("相乘", "相乘", "Multiplied"),
            "add": Text("相加", "相加", "Added"),
        },
    ),
    (
        "voucher_max_per_receipt",
        "C18",
        Text("每單用券張數", "每单用券张数", "Vouchers a receipt"),
        {},
    ),
    ("voucher_min_spend", "C18", Text("用券最低消費", "用券最低消费", "Least spend for a voucher"), {}),
    ("floor_price", "C19", Text("每件最低價", "每件最低价", "Lowest price of a piece"), {}),
    (
        "points_base",
        "C20",
        Text("積分計算基礎", "积分计算基础", "What points are counted on"),
        {
            "net": Text("實付金額", "实付金额", "What is paid in money"),
            "list": Text("定價", "定价", "The list price"),
        },
    ),
    ("points_per_yuan", "C20", Text("每元積分", "每元积分", "Points a yuan"), {}),
)


def _parameter_differences(one: SaidBook, other: SaidBook) -> Iterable[Difference]:
    before, after = ({each.name: each for each in book.parameters()} for book in (one, other))
    for name in sorted(before.keys() | after.keys()):
        pair = [_said(found.get(name)) for found in (before, after)]
        if pair[0] != pair[1]:
            yield Difference(name, pair[0], pair[1])


def _said(parameter: SaidParameter | None) -> str | None:
    if parameter is None:
        return None
    return " · ".join([parameter.label, *(f"{day} {value}" for day, value in parameter.values)])
