"""Cases run: what each comes to, and where that is not what it expects (rules.md section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rules.book import RuleBook
from rules.cases import Case
from rules.decide import Program
from rules.event import Event, Usage
from rules.returns import Standing, standing
from rules.trace import Decision, value_as_json


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An expectation that was not met."""

    key: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case came to, and where that is not what was expected."""

    case: Case
    decision: Decision
    mismatches: tuple[Mismatch, ...]
    after: Standing | None = None  # how the receipt stands once goods came back

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as plain JSON, one object a case (rules.md section 8)."""
        plain = {"case": self.case.name} | outcome_of(self.decision)
        return plain if self.after is None else plain | {"after": after_of(self.decision, self.after)}


def run_case(program: Program, case: Case) -> Outcome:
    """Decide a case, and what is kept of it where goods came back, and compare with its expectations.

    Where no member is named, a limit per member has nobody to count for, as at a till; unless the case says what was
    used of it. Refuses with RulesError if the event cannot be decided.
    """
    if not case.event.facts.get("member.present"):
        case = replace(case, event=_of_nobody(program.book, case.event))
    decision, after = program.decide(case.event), None
    if case.kept is not None:
        settings = program.book.settings
        after = standing(program.decide, settings, case.event, decision, case.kept, keep_whole=case.keep_whole)
    return Outcome(case, decision, tuple(_mismatches(case, decision, after)), after)


def _of_nobody(book: RuleBook, event: Event) -> Event:
    counted = [rule.name for rule in book.rules if any(limit.per == "member" for limit in rule.limits)]
    nobody = {name: Usage(nobody=True) for name in counted if name not in event.usage}
    return replace(event, usage={**event.usage, **nobody}) if nobody else event


def after_of(sold: Decision, now: Standing) -> dict[str, Any]:
    """Return what a receipt comes to after its returns, and what goes back, in the words of expectations."""
    return {
        "pay": [line.pay for line in now.decision.lines],
        "total": now.total,
        "tendered": now.tendered,
        "cash": now.cash,
        "points": now.points,
        "credit": now.credit,
        "shortfall": now.shortfall,
        "paid_back": sold.total - now.total,
        "to_vouchers": sold.tendered - now.tendered,
        "cash_back": sold.cash - now.cash,
        "points_back": sold.points - now.points,
        "credit_back": sold.credit - now.credit,
    }


def outcome_of(decision: Decision) -> dict[str, Any]:
    """Return what a decision came to, in the words of a case's expectations."""
    return {
        "pay": [line.pay for line in decision.lines],
        "total": decision.total,
        "tendered": decision.tendered,
        "vouchers_used": [list(used) for used in decision.vouchers_used],
        "cash": decision.cash,
        "points": decision.points,
        "credit": decision.credit,
        "rules": [line.rules for line in decision.lines],
        "effects": [
            {"effect": each.effect, "rule": each.rule}
            | ({} if each.line is None else {"line": each.line})
            | {name: value_as_json(value) for name, value in sorted(each.params.items())}
            for each in decision.effects
        ],
    }


def _mismatches(case: Case, decision: Decision, after: Standing | None) -> Iterable[Mismatch]:
    found = outcome_of(decision) | {
        "multiplier": decision.multiplier,
        "shortfalls": [list(each) for each in decision.shortfalls],
    }
    left: Mapping[str, Any] = {} if after is None else after_of(decision, after)
    for key, expected in (case.expect.get("after") or {}).items():
        if expected != left[key]:
            yield Mismatch(f"after.{key}", expected, left[key])
    for key, expected in case.expect.items():
        if key != "after" and not _meets(key, expected, found[key], decision):
            yield Mismatch(key, expected, found[key])
    names = {rule for rule, _ in decision.fired}
    for rule in case.silent:
        if rule in names:
            yield Mismatch("silent", rule, "fired")


def _meets(key: str, expected: Any, found: Any, decision: Decision) -> bool:
    if key == "effects":
        return _effects_meet(list(expected), found)
    if key == "rules" and all(isinstance(rule, str) for rule in expected) and expected:
        return set(expected) == {rule for rule, _ in decision.fired}
    if key == "vouchers_used" and isinstance(expected, int):
        return expected == len(found)
    return bool(expected == found)


def _effects_meet(expected: list[Any], found: list[dict[str, Any]]) -> bool:
    """Tell whether each expected effect, and no other, was fired; only the parameters given are compared."""
    left = list(found)
    for each in expected:
        wanted = {"effect": each} if isinstance(each, str) else each
        match = next((effect for effect in left if wanted.items() <= _hashable(effect).items()), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _hashable(effect: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in effect.items() if not isinstance(value, dict | list)}
