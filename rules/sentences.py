"""A rule as a sentence in 繁體, 简体 and English, rates in 折 notation: what HQ, shops and auditors read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules import wording
from rules.book import (
    WHOLE,
    Calendar,
    Combine,
    Compare,
    Condition,
    Funding,
    Limit,
    Ref,
    Rule,
    RuleBook,
    Then,
    Total,
    Yearly,
)
from rules.parameters import value_on
from rules.plans import MULTIPLY
from rules.values import write_clock
from rules.vocabulary import Choice, Kind, Param, Text, Value, Vocabulary

LANGUAGES = ("zh_Hant", "zh_Hans", "en")


def number(value: int) -> str:
    """Return a whole number with thousands: 3,000; a minus sign for negative ones."""
    return f"{value:,}".replace("-", "\N{MINUS SIGN}")


def money(fen: int, currency: str, language: str) -> str:
    """Return an amount of fen with its currency: `3,000 元`, `CNY 12.50`."""
    whole, rest = divmod(abs(fen), 100)
    amount = f"{whole:,}.{rest:02}" if rest else f"{whole:,}"
    sign = "\N{MINUS SIGN}" if fen < 0 else ""
    return (
        wording.CURRENCIES.get(currency, Text(f"{currency} {{}}", f"{currency} {{}}", f"{currency} {{}}"))
        .in_language(language)
        .format(sign + amount)
    )


def rate(ratio: int, language: str) -> str:
    """Return what is paid in basis points as people say it: 9500 is `9.5 折`, in English `95 %`."""
    if not language.startswith("zh"):
        return percent(ratio)
    if ratio == WHOLE:
        return wording.FULL_PRICE.in_language(language)
    return wording.RATE.in_language(language).format(_decimal(ratio, 3))


def percent(ratio: int) -> str:
    """Return basis points as `30 %`."""
    return f"{_decimal(ratio, 2)} %"


def times(ratio: int, language: str) -> str:
    """Return a points multiplier in basis points as people say it: 20000 is `雙倍積分`, `double points`."""
    if ratio == 2 * WHOLE:
        return wording.DOUBLE_POINTS.in_language(language)
    return wording.TIMES_POINTS.in_language(language).format(_decimal(ratio, 4))


def _decimal(value: int, places: int) -> str:
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".") if rest else f"{whole:,}"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says rules of one book in one language, parameters as they are on a day (None: their newest value)."""

    book: RuleBook
    vocabulary: Vocabulary
    language: str
    day: date | None = None

    def rule(self, rule: Rule) -> str:
        """Return a whole rule as one sentence."""
        event = wording.EVENTS.get(rule.event, Text(rule.event, rule.event, rule.event))
        parts = [*self._calendar(rule.calendar), *self._stores(rule)]
        if rule.when is not None:
            parts.append(self._text(wording.WHEN).format(self.condition(rule.when)))
        if rule.items is not None:
            parts.append(self._text(wording.ITEMS).format(self.condition(rule.items)))
        parts += [text for total in rule.totals for text in self._total(total)]
        head = self._join(wording.COMMA, [self._text(event), *parts])
        said = [*map(self.effect_of(rule), rule.then), *map(self._limit, rule.limits), *self._funding(rule.funding)]
        if rule.once == "line":
            said.insert(len(rule.then), self._text(wording.ONCE_A_LINE))
        tail = self._join(wording.BETWEEN, said)
        off = "" if rule.enabled else self._text(wording.OFF)
        return head + self._text(wording.COLON) + tail + off + self._text(wording.STOP)

    def gist(self, rule: Rule) -> str:
        """Return what a rule gives, in few words, without when and within which limits: `會員價：按售價 9 折結算`."""
        worth = [then for then in rule.then if self._is_of_value(then)] or list(rule.then)
        base = self._base_of(rule)
        said = self._join(wording.BETWEEN, [self._effect(then, base, brief=True) for then in worth])
        return self.group(rule.group) + self._text(wording.COLON) + said if rule.group else said[:1].upper() + said[1:]

    def _is_of_value(self, then: Then) -> bool:
        effect = self.vocabulary.effects.get(then.effect)
        return effect is None or effect.of_value

    def condition(self, condition: Condition) -> str:
        """Return a condition: comparisons joined by and, or, not, groups inside groups in brackets."""
        if isinstance(condition, Compare):
            return self.compare(condition)
        parts = [self._nested(part, alone=len(condition.parts) == 1) for part in condition.parts]
        if condition.how == "all":
            return self._join(wording.AND, parts)
        any_of = self._join(wording.OR, parts)
        if condition.how == "any":
            return any_of
        return self._text(wording.NOT).format(self._bracketed(any_of) if len(parts) > 1 else any_of)

    def effect_of(self, rule: Rule) -> Callable[[Then], str]:
        """Return what says an effect of this rule; the rule's group knows what a rate is taken of."""
        base = self._base_of(rule)
        return lambda then: self._effect(then, base)

    def _base_of(self, rule: Rule) -> str:
        group = next((group for group in self.book.groups if group.name == rule.group), None)
        return "running" if group is None or group.policy == "all" else group.base

    def value(self, value: Value | Ref, kind: Kind, choices: Iterable[Choice] | None = None) -> str:
        """Return a value as people write it: 折, money with currency, labels of choices."""
        if isinstance(value, Ref):
            value = self._parameter(value)
        if isinstance(value, frozenset | tuple):
            return self._one_of([self.value(each, kind, choices) for each in _ordered(value)])
        if isinstance(value, bool):
            return self._text(wording.YES if value else wording.NO)
        if isinstance(value, int):
            return self._number(value, kind)
        label = next((choice.label for choice in choices or () if choice.code == value), None)
        return self._text(label) if label else str(value)

    def label(self, fact: str) -> str:
        """Return the label of a fact, or its name where the word is gone."""
        known = self.vocabulary.facts.get(fact)
        return self._inside(self._text(known.label)) if known else fact

    def group(self, name: str) -> str:
        """Return the label of a stacking group."""
        known = next((group.label for group in self.book.groups if group.name == name), None)
        return self._text(known) if known else name

    def _number(self, value: int, kind: Kind) -> str:
        if kind is Kind.MONEY:
            return money(value, self.book.currency, self.language)
        if kind is Kind.RATIO:
            return rate(value, self.language)
        if kind is Kind.WEEKDAY and 1 <= value <= 7:
            return self._text(wording.WEEKDAYS[value - 1])
        return write_clock(value) if kind is Kind.TIME else number(value)

    def _parameter(self, ref: Ref) -> Value:
        parameter = self.book.parameters.get(ref.parameter)
        if parameter is None:
            return ref.parameter
        first, newest = parameter.values[0], parameter.values[-1]
        if self.day is None:
            return newest[1]
        return first[1] if self.day < first[0] else value_on(parameter, self.day)

    def compare(self, compare: Compare) -> str:
        """Return one comparison: label, operator, value."""
        fact = self.vocabulary.facts.get(compare.fact)
        kind = fact.kind if fact else Kind.CHOICE
        label = self.label(compare.fact)
        if kind is Kind.YES_NO and compare.operator in ("is", "is_not"):
            yes = bool(compare.operand) == (compare.operator == "is")
            return label if yes else self._text(wording.NOT).format(label)
        operators = {Kind.RATIO: wording.RATE_OPERATORS, Kind.DATE: wording.DAY_OPERATORS}.get(kind, {})
        operator = self._text(operators.get(compare.operator) or wording.OPERATORS[compare.operator])
        value = self.value(compare.operand, kind, fact.choices if fact else None)
        return self._spaced(label, operator, value)

    def _effect(self, then: Then, base: str, *, brief: bool = False) -> str:
        effect = self.vocabulary.effects.get(then.effect)
        params = {param.name: param for param in effect.params} if effect else {}
        given: dict[str, Value | Ref] = {
            name: param.default for name, param in params.items() if param.default is not None
        } | dict(then.params)
        if then.effect == "price.pay_ratio":
            given.setdefault("base", base)
        if then.effect in wording.EFFECTS:
            said = {name: self._param(then.effect, params.get(name), name, value) for name, value in given.items()}
            parts = [
                text
                for needs, text in wording.EFFECTS[then.effect]
                if needs is None or (given.get(needs) is not None and not brief)
            ]
            return "".join(self._text(text) for text in parts).format_map(said)
        label = self._text(effect.label) if effect else then.effect
        said_each = [self._named(params.get(name), name, value) for name, value in given.items()]
        return label + (self._bracketed(self._join(wording.COMMA, said_each)) if said_each else "")

    def _param(self, effect: str, param: Param | None, name: str, value: Value | Ref) -> str:
        plain = self._parameter(value) if isinstance(value, Ref) else value
        if effect == MULTIPLY and isinstance(plain, int):
            return times(plain, self.language)
        if effect == "points.earn_share":
            return percent(plain) if name == "ratio" and isinstance(plain, int) else self._word(param, name, plain)
        return self._word(param, name, plain)

    def _word(self, param: Param | None, name: str, value: Value) -> str:
        if name in ("of", "counter"):
            return self.label(str(value))
        if (name, value) in wording.NAMED:
            return self._text(wording.NAMED[name, str(value)])
        return self.value(value, param.kind, param.choices) if param else str(value)

    def _named(self, param: Param | None, name: str, value: Value | Ref) -> str:
        return f"{self._text(param.label) if param else name} {self._word(param, name, value)}"

    def _total(self, total: Total) -> Iterable[str]:
        kind = Kind.COUNT if total.measure == "quantity" else Kind.MONEY
        for edge, bound in (("at_least", total.at_least), ("at_most", total.at_most)):
            if bound is not None:
                yield self._text(wording.TOTALS[total.measure, edge]).format(self.value(bound, kind))

    def _limit(self, limit: Limit) -> str:
        said = {"who": self._text(wording.LIMITED[limit.per]), "period": self._text(wording.PERIODS[limit.period])}
        parts = []
        if limit.count is not None:
            parts.append(self._text(wording.TIMES).format(count=self.value(limit.count, Kind.COUNT), **said))
        if limit.budget is not None:
            parts.append(self._text(wording.BUDGET).format(count=self.value(limit.budget, Kind.MONEY), **said))
        return self._join(wording.COMMA, parts)

    def _calendar(self, calendar: Calendar) -> Iterable[str]:
        if calendar.since:
            yield self._text(wording.SINCE).format(calendar.since.isoformat())
        if calendar.until:
            yield self._text(wording.UNTIL).format(calendar.until.isoformat())
        if calendar.yearly:
            yield self._text(wording.YEARLY).format(self._join(wording.LIST, map(self._yearly, calendar.yearly)))
        if calendar.weekdays:
            days = [self._text(wording.WEEKDAYS[day - 1]) for day in sorted(calendar.weekdays)]
            yield self._join(wording.LIST, days)
        for start, end in calendar.hours:
            yield f"{write_clock(start)}\N{EN DASH}{write_clock(end)}"

    def _yearly(self, span: Yearly) -> str:
        start, end = (self._text(wording.MONTH_DAY).format(*day) for day in (span.start, span.end))
        said = start if span.start == span.end else self._text(wording.SPAN).format(start, end)
        return self._text(wording.LUNAR_YEAR if span.lunar else wording.SOLAR_YEAR) + said

    def _stores(self, rule: Rule) -> Iterable[str]:
        for name, text in wording.STORES.items():
            codes = sorted(getattr(rule.stores, name))
            if codes:
                said = [self._text(wording.FORMATS[code]) if code in wording.FORMATS else code for code in codes]
                yield self._text(text).format(self._join(wording.LIST, said))

    def _nested(self, condition: Condition, *, alone: bool) -> str:
        said = self.condition(condition)
        groups = isinstance(condition, Combine) and len(condition.parts) > 1
        return self._bracketed(said) if groups and not alone else said

    def _bracketed(self, said: str) -> str:
        return self._text(wording.BRACKETS).format(said).strip()

    def _spaced(self, label: str, operator: str, value: str) -> str:
        if not self.language.startswith("zh"):
            return f"{label} {operator} {value}"
        return f"{label}{operator}{' ' if value[:1].isascii() else ''}{value}"

    def _funding(self, funding: Funding) -> Iterable[str]:
        """Say who pays, unless it is HQ alone."""
        if funding != Funding():
            shares = (funding.hq, funding.selling_store, funding.issuing_store, funding.partner)
            each = zip(wording.FUNDERS, shares, strict=True)
            parts = [f"{self._text(who)} {percent(share)}" for who, share in each if share]
            yield self._text(wording.FUNDED).format(self._join(wording.LIST, parts))

    def _one_of(self, values: list[str]) -> str:
        *head, last = values or [""]
        return self._join(wording.OR, [self._join(wording.LIST, head), last] if head else [last])

    def _inside(self, label: str) -> str:
        """Return an English label as it stands inside a sentence; names in capitals stay."""
        if self.language.startswith("zh") or not label[1:2].islower():
            return label
        return label[0].lower() + label[1:]

    def _join(self, text: Text, parts: Iterable[str]) -> str:
        return self._text(text).join(parts)

    def _text(self, text: Text) -> str:
        return text.in_language(self.language)


def sentence(rule: Rule, book: RuleBook, vocabulary: Vocabulary, language: str, day: date | None = None) -> str:
    """Return a rule as one sentence in zh_Hant, zh_Hans or English, its parameters as they are on a day."""
    return Speaker(book, vocabulary, language, day).rule(rule)


def sentences(book: RuleBook, vocabulary: Vocabulary, language: str, day: date | None = None) -> Mapping[str, str]:
    """Return the sentence of each rule of a book, by name, in the order of the book."""
    speaker = Speaker(book, vocabulary, language, day)
    return {rule.name: speaker.rule(rule) for rule in book.rules}


def _ordered(values: Iterable[Any]) -> list[Any]:
    return sorted(values) if isinstance(values, frozenset) else list(values)
