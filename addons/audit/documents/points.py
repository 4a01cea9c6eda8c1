"""A member's points statement as plain data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from addons.audit import queries
from addons.audit.documents.words import (
    EARNED,
    KINDS,
    PAPERS,
    REDEEMED,
    TIERS,
    export,
    masked,
)
from addons.membership.domain import masked_phone
from addons.membership.models import Member
from addons.points import queries as points_read
from addons.sales.queries import receipt_numbers
from addons.stores.models import Brand
from addons.stores.queries import place as place_of
from addons.stores.queries import places
from addons.tiers import queries as tiers_read
from addons.tiers.domain import ladder
from core.errors import NotFound
from core.periods import moment
from core.policy.live import live_program
from core.policy.ruled import Ruled
from core.policy.saying import Sayings, rules_in_short
from reports.document import Document


def points_document(
    session: Session, member_id: int, *, since: date, until: date, language: str, by: str, reason: str, now: datetime
) -> Document:
    """Return a member's points statement of a span of days, both included.

    Refuses with NotFound for a member who is not in one's stores.
    """
    member = session.get(Member, member_id)
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    place = place_of(session, member.store_id)
    found = _Statement(session, member, since=since, until=until, zone=place.zone, language=language)
    data = found.data() | {"export": export(session, by, reason), "currency": place.currency}
    title = f"{PAPERS['points_statement'].in_language(language)} {member.number}"
    return Document("points_statement", data, language, now.astimezone(place.zone), title, "AUD-PTS")


class _Statement:
    """The data of one statement."""

    def __init__(
        self, session: Session, member: Member, *, since: date, until: date, zone: ZoneInfo, language: str
    ) -> None:
        self.session, self.member, self.language, self.zone = session, member, language, zone
        self.since, self.until = since, until
        self.stores = {store.id: store.code for store in places(session).values()}
        day = timedelta(days=1)
        begin = moment(date(2000, 1, 1), zone=zone)
        self.before = points_read.statement(session, member.id, since=begin, before=moment(since, zone=zone))
        end = moment(until + day, zone=zone)
        self.lines = points_read.statement(session, member.id, since=moment(since, zone=zone), before=end)
        self.lots = queries.lots_left(session, member.id)
        self.counts_from = tiers_read.opens(session, member.id, until)
        self.credit = queries.credit_entries(session, member.id, self.counts_from, until)
        named = {row.receipt_id for row in (*self.lines, *self.lots, *self.credit) if row.receipt_id is not None}
        self.numbers = receipt_numbers(session, named)
        self.brand = session.get_one(Brand, member.brand_id).code
        self.rules = rules_in_short(session, [self.brand], end, language)
        self.sayings = Sayings(session, language, end)

    def data(self) -> dict[str, Any]:
        member = self.member
        return {
            "member": {
                "number": member.number,
                "name": masked(member.name),
                "phone": masked_phone(member.phone),
                "tier": TIERS[member.tier].in_language(self.language),
                "since": member.joined_at.astimezone(self.zone).date().isoformat(),
                "store": self.stores.get(member.store_id, ""),
            },
            "period": {"since": self.since.isoformat(), "until": self.until.isoformat()},
            "balance": self._balance(),
            "entries": [self._entry(line) for line in self.lines],
            "lots": self._lots(),
            "credit": self._credit(),
        }

    def _balance(self) -> dict[str, int]:
        opening = self.before[-1].balance_after if self.before else 0
        earned = sum(line.points for line in self.lines if line.kind in EARNED)
        redeemed = -sum(line.points for line in self.lines if line.kind in REDEEMED)
        expired = -sum(line.points for line in self.lines if line.kind == "expire")
        change = sum(line.points for line in self.lines)
        return {
            "opening": opening,
            "earned": earned,
            "redeemed": redeemed,
            "expired": expired,
            "adjusted": change - earned + redeemed + expired,
            "closing": opening + change,
        }

    def _entry(self, line: points_read.StatementLine) -> dict[str, Any]:
        return {
            "at": line.at.astimezone(self.zone).isoformat(),
            "kind": KINDS[line.kind].in_language(self.language),
            "store": self.stores.get(line.store_id, ""),
            "reference": self._number(line.receipt_id),
            "note": line.reason or self._rule(line),
            "points": line.points,
            "balance": line.balance_after,
        }

    def _rule(self, line: points_read.StatementLine) -> str:
        """Return what the rule of an entry gives; one that is gone as the book said it that decided, or by its name."""
        if not line.rule or line.rule in self.rules:
            return self.rules.get(line.rule, "")
        found = self.sayings.of(Ruled(line.rule, "", self.brand, line.at))
        return line.rule if found is None else found.gist

    def _number(self, receipt_id: int | None) -> str:
        return "" if receipt_id is None else self.numbers.get(receipt_id, "")

    def _lots(self) -> list[dict[str, Any]]:
        """Return the lots as they stand now; a statement of the past shows what was left only in its balance."""
        return [
            {
                "earned": lot.earned_on.isoformat(),
                "reference": f"{KINDS[lot.source].in_language(self.language)} {self._number(lot.receipt_id)}".strip(),
                "points": lot.points,
                "left": lot.remaining,
                "expires": None if lot.expires_on is None else lot.expires_on.isoformat(),
            }
            for lot in self.lots
        ]

    def _credit(self) -> dict[str, Any] | None:
        until, since, rows = self.until, self.counts_from, self.credit
        total = sum(row.amount for row in rows)
        needed, following = self._next_step(total)
        return {
            "since": since.isoformat(),
            "until": until.isoformat(),
            "total": total,
            "needed": needed,
            "next_tier": following,
            "entries": [
                {
                    "at": row.at.astimezone(self.zone).isoformat(),
                    "reference": self._number(row.receipt_id),
                    "amount": row.amount,
                }
                for row in rows
            ],
        }

    def _next_step(self, total: int) -> tuple[int | None, str | None]:
        book = live_program(self.session, self.brand, moment(self.until, zone=self.zone)).program.book
        for step in ladder(book, self.until):
            if step.tier == self.member.tier and step.metric == "credit":
                return max(0, step.threshold - total), TIERS[step.to].in_language(self.language)
        return None, None
