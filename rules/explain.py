"""Why a price is what it is: the waterfall, why rules fired, why others did not, the nearest change (rules.md 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rules import wording
from rules.book import Condition, Rule, RuleBook
from rules.condition import Failed, failures
from rules.event import Event, Usage
from rules.facts import event_facts, line_facts
from rules.oracle import total_holds, total_of
from rules.parameters import resolve, resolve_condition
from rules.plans import COMPUTED, PRICE_WORDS
from rules.sentences import Speaker, number
from rules.trace import SPECIAL, VOUCHER, Decision, EffectFired, LineDecision, Shares, Step
from rules.vocabulary import Kind, Text, Value, Vocabulary
from rules.when import calendar_holds, in_force, lacks_member, limits_hold, stores_hold

#: How much is told: what a customer is shown, what a cashier needs, all there is.
Level = Literal["customer", "cashier", "auditor"]

MOST_FOR_CUSTOMER = 3  # nearest changes
_COUNTABLE = (Kind.MONEY, Kind.POINTS, Kind.COUNT, Kind.DATE)


@dataclass(frozen=True, slots=True)
class Row:
    """One step of a line's waterfall, in fen for the whole line."""

    label: str  # special price, the group's label, voucher
    before: int
    after: int
    rule: str | None
    reference: str
    sentence: str  # the rule as a sentence; empty for a customer
    funding: Shares


@dataclass(frozen=True, slots=True)
class LineExplained:
    """One line from list price to what is paid."""

    list_amount: int
    rows: tuple[Row, ...]
    net: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that kept a rule from firing; figures only where something was compared."""

    why: Literal["off", "parameters", "calendar", "stores", "limits", "when", "items", "totals", "cap", "beaten"]
    text: str
    fact: str | None = None
    seen: Value | None = None
    distance: int | None = None  # the nearest change, in the unit of the fact or days: more is needed, or (< 0) less


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that was not applied, to one line or at all, with everything that would have to change."""

    rule: str
    reference: str
    sentence: str
    line: int | None
    reasons: tuple[Reason, ...]

    @property
    def reachable(self) -> bool:
        """Tell whether more of something countable (money, points, pieces, days) would make the rule fire."""
        return all(reason.distance is not None and reason.distance > 0 for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision explained at one level of detail, in one language."""

    lines: tuple[LineExplained, ...]
    effects: tuple[str, ...]
    missed: tuple[Missed, ...]
    shortfalls: tuple[tuple[str, int], ...]  # (rule, fen)


def explain(
    book: RuleBook,
    vocabulary: Vocabulary,
    event: Event,
    decision: Decision,
    *,
    language: str = "zh_Hant",
    level: Level = "cashier",
) -> Explanation:
    """Explain a decision from the book and the event it was made with.

    A customer sees steps without rules and the nearest changes within reach; a cashier also the rules and what failed;
    an auditor also rules that are off and each line a rule did not touch. Refuses with ParameterMissing like `decide`.
    """
    speaker = Speaker(book, vocabulary, language, event.at.date())
    return _Explainer(speaker, event, decision, level).explanation()


class _Explainer:
    """Explains one decision."""

    def __init__(self, speaker: Speaker, event: Event, decision: Decision, level: Level) -> None:
        self.speaker = speaker
        self.book = speaker.book
        self.event = event
        self.decision = decision
        self.level = level
        self.day: date = event.at.date()
        self.rules: Mapping[str, Rule] = {rule.name: rule for rule in self.book.rules}
        self.facts = event_facts(event, speaker.vocabulary)
        self.line_facts = [line_facts(line, speaker.vocabulary) for line in event.lines]

    def explanation(self) -> Explanation:
        """Put the parts together for the level."""
        return Explanation(
            tuple(map(self._line, self.decision.lines)),
            tuple(map(self._effect, self.decision.effects)),
            tuple(self._for_level(self._missed())),
            tuple((shortfall.rule, shortfall.amount) for shortfall in self.decision.shortfalls),
        )

    def _effect(self, fired: EffectFired) -> str:
        """Say an effect as its rule does, with the figure that came of it."""
        rule = self.rules.get(fired.rule)
        then = next((each for each in rule.then if each.effect == fired.effect), None) if rule else None
        if rule is None or then is None:
            return fired.effect
        figure = fired.params.get("times", fired.params.get("points")) if fired.effect in COMPUTED else None
        came_of_it = f" = {number(figure)}" if isinstance(figure, int) else ""
        return self.speaker.effect_of(rule)(then) + came_of_it

    def _line(self, line: LineDecision) -> LineExplained:
        return LineExplained(line.list_amount, tuple(map(self._row, line.steps)), line.net)

    def _row(self, step: Step) -> Row:
        rule = self.rules.get(step.rule or "")
        told = rule is not None and self.level != "customer"
        return Row(
            self._group(step.group),
            step.before,
            step.after,
            step.rule if self.level != "customer" else None,
            rule.reference if rule is not None and told else "",
            self.speaker.rule(rule) if rule is not None and told else "",
            step.funding,
        )

    def _group(self, name: str) -> str:
        if name == SPECIAL:
            return self._text(wording.STEP_SPECIAL)
        return self._text(wording.STEP_VOUCHER) if name == VOUCHER else self.speaker.group(name)

    def _for_level(self, missed: Iterable[Missed]) -> Iterable[Missed]:
        if self.level == "auditor":
            return missed
        live = [each for each in missed if each.reasons[0].why not in ("off", "parameters")]
        if self.level == "cashier":
            return live
        within_reach = [each for each in live if each.reachable]
        within_reach.sort(key=lambda each: sum(reason.distance or 0 for reason in each.reasons))
        return within_reach[:MOST_FOR_CUSTOMER]

    def _missed(self) -> Iterable[Missed]:
        hits: dict[str, set[int]] = {}
        for name, line in self.decision.fired:
            hits.setdefault(name, set()).add(line)
        for rule in self.book.rules:
            if rule.event == self.event.kind:
                yield from self._not_applied(rule, hits.get(rule.name, set()))

    def _not_applied(self, rule: Rule, hits: set[int]) -> Iterable[Missed]:
        if hits:
            yield from self._beaten(rule, hits)
            if rule.items is not None and self.level == "auditor":
                for line in set(range(len(self.event.lines))) - hits:
                    yield self._one(rule, line, self._failed("items", rule.items, self.line_facts[line]))
            return
        closed = self._closed(rule)
        reasons = [closed] if closed else self._unmet(rule)
        if reasons:
            yield self._one(rule, None, reasons)

    def _one(self, rule: Rule, line: int | None, reasons: Sequence[Reason]) -> Missed:
        return Missed(rule.name, rule.reference, self.speaker.rule(rule), line, tuple(reasons))

    def _closed(self, rule: Rule) -> Reason | None:
        """Return what shuts a rule whatever the facts are."""
        checks: list[tuple[Literal["off", "parameters", "calendar", "stores", "limits"], bool]] = [
            ("off", rule.enabled),
            ("parameters", in_force(rule, self.book.parameters, self.day)),
            ("calendar", calendar_holds(rule.calendar, self.event.at)),
            ("stores", stores_hold(rule.stores, self.event.place)),
        ]
        for why, fine in checks:
            if not fine:
                return Reason(why, self._text(wording.REASONS[why]))
        if not limits_hold(rule, self.event, self.book.parameters):
            nobody = lacks_member(rule, self.event.usage.get(rule.name, Usage()))
            return Reason("limits", self._text(wording.REASONS["nobody" if nobody else "limits"]))
        return None

    def _unmet(self, rule: Rule) -> list[Reason]:
        """Return the conditions that failed, of `items` those of the line that is nearest."""
        reasons = self._failed("when", rule.when, self.facts)
        own = list(range(len(self.event.lines)))
        if rule.items is not None:
            per_line = [self._failed("items", rule.items, facts) for facts in self.line_facts]
            own = [line for line, failed in enumerate(per_line) if not failed]
            if not own:
                return [*reasons, *min(per_line, key=_effort, default=[])]
        return [*reasons, *self._short(rule, own)]

    def _failed(
        self, why: Literal["when", "items"], condition: Condition | None, facts: Mapping[str, Value]
    ) -> list[Reason]:
        if condition is None:
            return []
        resolved = resolve_condition(condition, self.book.parameters, self.day)
        return [self._reason(why, failed) for failed in failures(resolved, facts)]

    def _reason(self, why: Literal["when", "items"], failed: Failed) -> Reason:
        fact = self.speaker.vocabulary.facts[failed.compare.fact]
        seen = self.speaker.value(failed.seen, fact.kind, fact.choices)
        text = self.speaker.compare(failed.compare)
        if fact.kind is Kind.YES_NO:  # the condition alone would read as if it were so
            text = self._text(wording.NEEDED).format(text)
        else:
            text += self._seen(seen)
        distance = _distance(failed) if fact.kind in _COUNTABLE else None
        return Reason(why, text + self._change(distance, fact.kind), fact.name, failed.seen, distance)

    def _seen(self, said: str) -> str:
        """Say what a fact is; Chinese signs stand without a space after Chinese words."""
        gap = " " if self.speaker.language.startswith("zh") and said[:1].isascii() else ""
        return self._text(wording.SEEN).format(gap + said)

    def _change(self, distance: int | None, kind: Kind) -> str:
        """Say how much more, or less, would do."""
        if distance is None:
            return ""
        said = self.speaker.value(abs(distance), kind) if kind is Kind.MONEY else number(abs(distance))
        if kind in (Kind.DATE, Kind.POINTS):
            said = self._text(wording.DAYS if kind is Kind.DATE else wording.POINTS_OF).format(said)
        return self._text(wording.MISSING if distance > 0 else wording.EXCESS).format(said)

    def _short(self, rule: Rule, own: Sequence[int]) -> Iterable[Reason]:
        lines = [self.event.lines[place] for place in own]
        for total in rule.totals:
            if total_holds(self.book, total, lines, self.day):
                continue
            kind = Kind.COUNT if total.measure == "quantity" else Kind.MONEY
            reached = total_of(total, lines)
            least, most = (resolve(edge, self.book.parameters, self.day) for edge in (total.at_least, total.at_most))
            edge, bound = ("at_most", most) if least is None or reached >= least else ("at_least", least)
            distance = (bound or 0) - reached
            text = self._text(wording.TOTALS[total.measure, edge]).format(self.speaker.value(bound or 0, kind))
            text += self._seen(self.speaker.value(reached, kind))
            yield Reason("totals", text + self._change(distance, kind), None, reached, distance)

    def _beaten(self, rule: Rule, hits: set[int]) -> Iterable[Missed]:
        """Give the lines on which a price rule fired and another price stands."""
        capped = [then for then in rule.then if then.params.get("list_cap") is not None]
        if not any(then.effect in PRICE_WORDS for then in rule.then):
            return
        for place in range(len(self.decision.lines)) if -1 in hits else sorted(hits):
            line = self.decision.lines[place]
            if rule.name in line.rules:
                continue
            winner = next((step.rule for step in line.steps if step.group == rule.group and step.rule), None)
            lower = self._text(wording.REASONS["beaten"]).format(self._won(winner) if winner else self._standing(line))
            reason = Reason("beaten", lower)
            if capped and self._over_cap(rule, line):
                reason = Reason("cap", self._text(wording.REASONS["cap"]))
            yield self._one(rule, place, [reason])

    def _won(self, winner: str) -> str:
        rule = self.rules.get(winner)
        return winner if rule is None else self.speaker.gist(rule)

    def _standing(self, line: LineDecision) -> str:
        special = any(step.group == SPECIAL for step in line.steps)
        return self._text(wording.STEP_SPECIAL if special else wording.LIST_PRICE)

    def _over_cap(self, rule: Rule, line: LineDecision) -> bool:
        """Tell whether the cap kept the rule away: its price would have been lower than what stands."""
        for then in rule.then:
            ratio = resolve(then.params.get("ratio"), self.book.parameters, self.day)
            base = line.list_amount if then.params.get("base") == "list" else line.selling
            if isinstance(ratio, int) and base * ratio // 10_000 < line.pay:
                return True
        return False

    def _text(self, text: Text) -> str:
        return text.in_language(self.speaker.language)


def _effort(reasons: Sequence[Reason]) -> tuple[int, int, int]:
    distances = [reason.distance for reason in reasons]
    return len(distances), distances.count(None), sum(abs(distance or 0) for distance in distances)


def _distance(failed: Failed) -> int | None:
    """Return how much more (or, below 0, less) of the fact would do; None where it is not a matter of more or less."""
    if failed.distance is None or failed.compare.operator in ("at_least", "more_than"):
        return failed.distance
    seen, wanted = failed.seen, failed.compare.operand
    if failed.compare.operator == "is" and isinstance(seen, int) and isinstance(wanted, int):
        return wanted - seen
    return -failed.distance if failed.compare.operator in ("at_most", "less_than") else None
