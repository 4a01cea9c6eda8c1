"""A quote as a till shows it: lines with their waterfalls, what was not applied, and how to get more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import get_locale, gettext

from addons.sales.domain.prepared import Prepared
from addons.till.queries import Progress
from addons.till.views.customer import Customer
from addons.till.views.words import TIERS
from core.money import yuan
from core.web import formats
from rules import wording
from rules.book import RuleBook
from rules.event import Event
from rules.explain import Explanation, LineExplained, Missed, Row, explain
from rules.plans import PRICE_WORDS
from rules.sentences import Speaker
from rules.trace import Decision, Shares
from rules.vocabulary import Text, Vocabulary

MOST_HINTS = 3


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of a waterfall: its words, the amounts in fen, and who funds it."""

    label: str
    words: str
    rule: str
    sentence: str
    before: int
    after: int
    funding: Shares


@dataclass(frozen=True, slots=True)
class LineShown:
    """One line, amounts in fen for the whole line."""

    code: str
    name: str
    variant: str
    quantity: int
    list_price: int
    list_amount: int
    pay: int
    net: int
    steps: tuple[StepShown, ...]


@dataclass(frozen=True, slots=True)
class MissedShown:
    """A rule that was not applied, with what would have to change."""

    sentence: str
    reference: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A decided basket; amounts in fen."""

    lines: tuple[LineShown, ...]
    list_total: int
    total: int
    tendered: int
    cash: int
    points: int
    double: bool
    effects: tuple[str, ...]
    missed: tuple[MissedShown, ...]
    hints: tuple[str, ...]
    version: str
    currency: str

    @property
    def saved(self) -> int:
        """What the customer saves against list prices, vouchers apart."""
        return self.list_total - self.total


def language() -> str:
    """Return the language rules are said in."""
    return str(get_locale() or "zh_Hant")


def shown(prepared: Prepared, names: Mapping[int, str], buyer: Customer | None) -> Shown:
    """Return what a till shows of a quote."""
    program = prepared.live.program
    explained = explain(program.book, program.vocabulary, prepared.event, prepared.decision, language=language())
    writer = Writer(program.book, program.vocabulary, prepared.event)
    lines = []
    for place, product in enumerate(prepared.products):
        given, line = prepared.event.lines[place], prepared.decision.lines[place]
        variant = " ".join(part for part in (product.size, product.colour) if part)
        steps = writer.steps(explained.lines[place])
        name = names.get(product.style_id, product.code)
        amounts = (given.quantity, given.list_price, line.list_amount, line.pay, line.net)
        lines.append(LineShown(product.code, name, variant, *amounts, steps))
    decision = prepared.decision
    return Shown(
        tuple(lines),
        prepared.list_total,
        decision.total,
        decision.tendered,
        decision.cash,
        prepared.points,
        decision.multiplier > 10_000 and prepared.points > 0,
        tuple(dict.fromkeys(explained.effects)),
        missed_shown(explained),
        tuple(_hints(explained, prepared, buyer, writer)),
        prepared.live.version,
        prepared.place.currency,
    )


class Writer:
    """Says the steps of waterfalls."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary, event: Event) -> None:
        """Prepare to speak of a book as it was on the day of an event."""
        self._speaker = Speaker(book, vocabulary, language(), event.at.date())
        self._rules = {rule.name: rule for rule in book.rules}

    def steps(self, line: LineExplained) -> tuple[StepShown, ...]:
        """Return the steps of a line."""
        return tuple(
            StepShown(row.label, self._said(row), row.rule or "", row.sentence, row.before, row.after, row.funding)
            for row in line.rows
        )

    def ahead(self, missed: Missed) -> str:
        """Say to a customer what a rule would have given and what was missing for it, without the rule itself."""
        rule = self._rules[missed.rule]
        say = self._speaker.effect_of(rule)
        return f"{_joined(wording.COMMA, map(say, rule.then))} – {_reasons(missed)}"

    def _said(self, row: Row) -> str:
        """Say what the rule gives: at 9 折 of the selling price."""
        rule = self._rules.get(row.rule or "")
        if rule is None:
            return ""
        say = self._speaker.effect_of(rule)
        return _joined(wording.COMMA, (say(then) for then in rule.then if then.effect in PRICE_WORDS))


def missed_shown(explained: Explanation) -> tuple[MissedShown, ...]:
    """Return what was not applied, each rule once with the same reasons."""
    found = (MissedShown(m.sentence, m.reference, tuple(reason.text for reason in m.reasons)) for m in explained.missed)
    return tuple(dict.fromkeys(found))


def _hints(explained: Explanation, prepared: Prepared, buyer: Customer | None, writer: Writer) -> list[str]:
    """Return how to get more: the next tier first, then a voucher, then the offers that are nearest."""
    found = []
    if buyer is not None and prepared.earns:
        if buyer.progress is not None:
            found.append(_ahead(buyer.progress, prepared.credit))
        short = (buyer.voucher_from or 0) - buyer.exchangeable - prepared.decision.points_base
        if short > 0:
            found.append(gettext("%(points)s more purchase points make a voucher.", points=f"{short:,}"))
    near = sorted((each for each in explained.missed if each.reachable), key=_distance)
    return list(dict.fromkeys([*found, *map(writer.ahead, near)]))[:MOST_HINTS]


def _ahead(ahead: Progress, credit: int) -> str:
    """Say what is missing to the next tier after this basket."""
    gained = credit if ahead.metric == "credit" else 0
    tier = str(TIERS[ahead.to])
    missing = ahead.missing - gained
    if missing <= 0:
        return str(gettext("This purchase makes %(tier)s.", tier=tier))
    amount = yuan(missing) if ahead.metric == "credit" else f"{missing:,}"
    if ahead.last_day is None:
        return str(gettext("%(amount)s more makes %(tier)s.", amount=amount, tier=tier))
    last_day = formats.day_in_words(ahead.last_day)
    return str(gettext("%(amount)s more by %(day)s makes %(tier)s.", amount=amount, day=last_day, tier=tier))


def _distance(missed: Missed) -> int:
    return sum(reason.distance or 0 for reason in missed.reasons)


def _reasons(missed: Missed) -> str:
    return _joined(wording.BETWEEN, (reason.text for reason in missed.reasons))


def _joined(sign: Text, parts: Iterable[str]) -> str:
    """Join with the sign of the language."""
    return sign.in_language(language()).join(parts)


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """A receipt explained: for the shop each line's steps and what was not applied, for the customer what was near."""

    steps: tuple[tuple[StepShown, ...], ...]
    missed: tuple[MissedShown, ...]
    ahead: tuple[str, ...]


def stored(decision: Decision, event: Event, book: RuleBook, vocabulary: Vocabulary) -> ReceiptTold:
    """Explain a receipt from the decision that was kept, for the cashier and for the customer."""
    explained = explain(book, vocabulary, event, decision, language=language())
    writer = Writer(book, vocabulary, event)
    steps = tuple(writer.steps(line) for line in explained.lines)
    near = explain(book, vocabulary, event, decision, language=language(), level="customer").missed
    return ReceiptTold(steps, missed_shown(explained), tuple(dict.fromkeys(map(writer.ahead, near))))
