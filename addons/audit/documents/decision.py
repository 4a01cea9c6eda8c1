"""The decision of a receipt as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.audit.documents.words import (
    CASH_VOUCHER,
    OF_LINE,
    PAPERS,
    PARTIES,
    TIERS,
    export,
    masked,
)
from addons.audit.services import Decided, Reperformed, reperform
from addons.catalog.models import Product, Style
from addons.membership.models import Member
from addons.sales.models import Tender
from addons.stores.domain import rate_text
from addons.stores.queries import place as place_of
from addons.vouchers.models import Voucher
from core.money import WHOLE
from reports.document import Document
from rules import wording
from rules.event import PAR
from rules.explain import Explanation, Missed
from rules.given import points_given
from rules.sentences import Speaker
from rules.trace import SPECIAL, VOUCHER, LineDecision, Shares, Step


def decision_document(
    session: Session, found: Decided, *, language: str, by: str, reason: str, now: datetime, number: str | None = None
) -> Document:
    """Return the decision of a receipt, made again, as a document; `number` is that of the export."""
    now = now.astimezone(place_of(session, found.receipt.store_id).zone)
    data = _DecisionData(session, found, language, now).data()
    data["export"] = export(session, by, reason) | ({} if number is None else {"number": number})
    title = f"{PAPERS['decision'].in_language(language)} {found.receipt.number}"
    return Document("decision", data, language, now, title, "AUD-DEC")


class _DecisionData:
    """The data of one decision in one language."""

    def __init__(self, session: Session, found: Decided, language: str, now: datetime) -> None:
        self.session, self.found, self.language, self.now = session, found, language, now
        self.explanation = found.explained(language)
        self.speaker = self._speaker()
        self.rules = {} if found.live is None else {rule.name: rule for rule in found.live.program.book.rules}

    def _speaker(self) -> Speaker | None:
        if self.found.live is None:
            return None
        program = self.found.live.program
        return Speaker(program.book, program.vocabulary, self.language, self.found.receipt.day)

    def data(self) -> dict[str, Any]:
        receipt = self.found.receipt
        return {
            "receipt": self._head(),
            "rule_book": {
                "name": "" if self.found.live is None else self.found.live.program.book.name,
                "version": self.found.stored.version,
                "sha256": self.found.stored.digest,
            },
            "lines": list(self._lines()),
            "totals": {
                "list": receipt.list_total,
                "discount": receipt.list_total - receipt.total,
                "total": receipt.total,
                "tendered": receipt.tendered,
                "cash": receipt.cash,
            },
            "vouchers": self._vouchers(),
            "points": self._points(),
            "credit": receipt.credit if receipt.member_id is not None else None,
            "effects": self._effects(self.explanation),
            "not_applied": [self._missed(missed) for missed in _missed_of(self.explanation)],
            "reevaluation": self._reevaluation(reperform(self.found)),
        }

    def _head(self) -> dict[str, Any]:
        receipt = self.found.receipt
        place = place_of(self.session, receipt.store_id)
        member = None if receipt.member_id is None else self.session.get(Member, receipt.member_id)
        shown = "**" if member is None else f"{masked(member.name)} {member.number}"
        return {
            "number": receipt.number,
            "store": f"{place.code} {place.name}",
            "sold_at": receipt.at.astimezone(place.zone).isoformat(),
            "cashier": receipt.cashier,
            "member": None if receipt.member_id is None else shown,
            "tier": None if receipt.member_id is None else TIERS[receipt.tier].in_language(self.language),
            "currency": receipt.currency,
        }

    def _lines(self) -> Iterator[dict[str, Any]]:
        names = self._names()
        for place, (given, line) in enumerate(zip(self.found.event.lines, self.found.decision.lines, strict=True), 1):
            yield {
                "number": place,
                "product": given.product,
                "name": names.get(given.product, ""),
                "quantity": given.quantity,
                "list_price": given.list_price,
                "net": line.net,
                "steps": list(self._steps(line)),
            }

    def _names(self) -> dict[str, str]:
        codes = {line.product for line in self.found.event.lines}
        wanted = select(Product.code, Style.name).join(Style, Product.style_id == Style.id)
        return {code: name for code, name in self.session.execute(wanted.where(Product.code.in_(codes)))}  # noqa: C416

    def _steps(self, line: LineDecision) -> Iterator[dict[str, Any]]:
        for step in line.steps:
            rule = self.rules.get(step.rule or "")
            yield {
                "stage": self._stage(step),
                "label": self._label(step),
                "rule": "" if step.rule is None else self._said(step.rule),
                "version": self.found.stored.version if step.rule else "",
                "rate": _rate(rule, step, line),
                "change": step.after - step.before,
                "running": step.after,
                "funding": [] if step.rule is None else self._funding(step.funding, step.before - step.after),
            }

    @staticmethod
    def _stage(step: Step) -> str:
        return {SPECIAL: "special", VOUCHER: "voucher"}.get(step.group, "group")

    def _label(self, step: Step) -> str:
        if step.group in (SPECIAL, VOUCHER) or self.speaker is None:
            return ""
        return self.speaker.group(step.group)

    def _said(self, name: str) -> str:
        rule = self.rules.get(name)
        return name if rule is None or self.speaker is None else self.speaker.rule(rule)

    def _funding(self, shares: Shares, amount: int) -> list[dict[str, Any]]:
        parts = [(party, share) for party, share in zip(PARTIES, shares, strict=True) if share]
        given = [amount * share // WHOLE for _, share in parts]
        given[0] += amount - sum(given)
        return [
            {"party": party.in_language(self.language), "share": share, "amount": own}
            for (party, share), own in zip(parts, given, strict=True)
        ]

    def _vouchers(self) -> list[dict[str, Any]]:
        wanted = (
            select(Voucher.code, Voucher.value, Tender.amount)
            .join(Tender, Tender.voucher_id == Voucher.id)
            .where(Tender.receipt_id == self.found.receipt.id)
            .order_by(Tender.tender_no)
        )
        kind = CASH_VOUCHER.in_language(self.language)
        return [
            {"number": f"…{code[-4:]}", "kind": kind, "face": value, "used": amount}
            for code, value, amount in self.session.execute(wanted)
        ]

    def _points(self) -> dict[str, Any] | None:
        receipt, decision = self.found.receipt, self.found.decision
        if receipt.member_id is None:
            return None
        live = self.found.live
        how = "max" if live is None else live.program.book.settings.multiplier_combination
        rules = points_given(how, decision)
        return {
            "net_paid": receipt.cash,
            "whole_yuan": decision.credit // 100,
            "multiplier": decision.multiplier,
            "rule": "; ".join(map(self._said, rules)),
            "earned": receipt.points,
        } | self._rate()

    def _rate(self) -> dict[str, str]:
        """Return at what rate points and credit were counted, where the store's money is not the programme's (C34)."""
        rate = self.found.event.rate
        if rate == PAR:
            return {}
        at = place_of(self.session, self.found.receipt.store_id)
        return {"rate": f"1 {at.currency} = {rate_text(rate)} {at.brand_currency}"}

    def _effects(self, told: Explanation | None) -> list[dict[str, Any]]:
        effects = self.found.decision.effects
        details = told.effects if told is not None else tuple("" for _ in effects)
        return [
            {
                "effect": fired.effect,
                "rule": self._said(fired.rule),
                "version": self.found.stored.version,
                "detail": detail,
            }
            for fired, detail in zip(effects, details, strict=True)
        ]

    def _missed(self, missed: Missed) -> dict[str, str]:
        line = "" if missed.line is None else OF_LINE.in_language(self.language).format(missed.line + 1)
        between = wording.BETWEEN.in_language(self.language)
        near = [reason.text for reason in missed.reasons if reason.distance is not None]
        return {
            "rule": missed.sentence,
            "version": self.found.stored.version,
            "reason": line + between.join(reason.text for reason in missed.reasons),
            "nearest": between.join(near) if missed.reachable else "",
        }

    def _reevaluation(self, again: Reperformed) -> dict[str, Any]:
        return {
            "verdict": again.verdict,
            "at": self.now.isoformat(),
            "engine": f"durable_rules, {self.found.stored.version}",
            "differences": [asdict(difference) for difference in again.differences],
        }


def _missed_of(told: Explanation | None) -> Sequence[Missed]:
    return () if told is None else told.missed


def _rate(rule: Any, step: Step, line: LineDecision) -> int | None:
    """Return the ratio that a step came out at, where its rule is one of ratios."""
    if rule is None or not any(then.effect == "price.pay_ratio" for then in rule.then):
        return None
    on_list = any(then.params.get("base") == "list" for then in rule.then)
    base = line.list_amount if on_list else step.before
    return step.after * WHOLE // base if base else None
