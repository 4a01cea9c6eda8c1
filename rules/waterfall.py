"""An explanation as plain text: for the terminal, for logs, for mails."""

from __future__ import annotations

from collections.abc import Iterable

from rules import wording
from rules.event import Event
from rules.explain import Explanation, Missed, Row
from rules.sentences import Speaker, number
from rules.trace import HQ_PAYS, Decision
from rules.vocabulary import Kind, Text


def waterfall_text(speaker: Speaker, event: Event, decision: Decision, explanation: Explanation) -> str:
    """Return an explanation as plain text: each line's waterfall, totals, effects, what was not applied."""
    return "\n".join(_Writer(speaker).lines(event, decision, explanation))


class _Writer:
    """Writes an explanation as lines of text."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    def lines(self, event: Event, decision: Decision, explanation: Explanation) -> Iterable[str]:
        """Give the lines."""
        for place, line in enumerate(explanation.lines):
            basket = event.lines[place]
            head = f"{self._text(wording.LINE).format(place + 1)}  {basket.product} x {basket.quantity}"
            yield f"{head}  {self._text(wording.LIST_PRICE)} {self._money(line.list_amount)}"
            yield from map(self._row, line.rows)
        if decision.lines:
            yield self._totals(decision)
        for effect in explanation.effects:
            yield f"{self._text(wording.EFFECTS_GIVEN)}  {effect}"
        for rule, amount in explanation.shortfalls:
            yield f"{self._text(wording.SHORTFALL)}  {rule}  {self._money(amount)}"
        if explanation.missed:
            yield f"{self._text(wording.NOT_APPLIED)}"
        yield from map(self._missed, explanation.missed)

    def _row(self, row: Row) -> str:
        change = f"{self._money(row.before)} -> {self._money(row.after)}"
        funders = [
            f"{self._text(who)} {share // 100} %"
            for who, share in zip(wording.FUNDERS, row.funding, strict=True)
            if share and row.rule and row.funding != HQ_PAYS
        ]
        return "  ".join(part for part in ("  ", row.label, change, row.rule or "", ", ".join(funders)) if part)

    def _totals(self, decision: Decision) -> str:
        parts = [(wording.TOTAL, self._money(decision.total))]
        if decision.tendered:
            parts += [(wording.TENDERED, self._money(decision.tendered)), (wording.CASH, self._money(decision.cash))]
        parts.append((wording.POINTS, number(decision.points)))
        return "  ".join(f"{self._text(label)} {value}" for label, value in parts)

    def _missed(self, missed: Missed) -> str:
        where = "" if missed.line is None else f" ({self._text(wording.LINE).format(missed.line + 1)})"
        return f"    {missed.rule}{where}: {'; '.join(reason.text for reason in missed.reasons)}"

    def _money(self, fen: int) -> str:
        return self.speaker.value(fen, Kind.MONEY)

    def _text(self, text: Text) -> str:
        return text.in_language(self.speaker.language)
