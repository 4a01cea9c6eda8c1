"""The summary of a brand's programme as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.audit import queries
from addons.audit.documents.words import (
    CHECKS,
    PAPERS,
    SPECIAL_PRICE,
    TIERS,
    WHOLE_BRAND,
    export,
)
from addons.audit.domain import Month, add_points, months
from addons.stores.models import Brand, Store
from addons.stores.queries import place as place_of
from core.errors import NotFound
from core.money import WHOLE
from core.periods import moment
from core.policy.saying import rules_in_short, said_rules
from reports.document import Document


def summary_document(
    session: Session, brand_code: str, *, since: date, until: date, language: str, by: str, reason: str, now: datetime
) -> Document:
    """Return the summary of a brand's programme over a span of days, both included.

    Refuses with OutOfScope unless one sees all stores, NotFound for the brand.
    """
    queries.require_all_stores()
    brand = session.scalar(select(Brand).where(Brand.code == brand_code))
    if brand is None:
        raise NotFound(what="brand", which=brand_code)
    store_id = session.scalar(select(Store.id).where(Store.brand_id == brand.id).limit(1))
    zone = place_of(session, store_id).zone if store_id is not None else ZoneInfo("Asia/Shanghai")
    data = _Summary(session, brand, since=since, until=until, zone=zone, language=language).data() | {
        "export": export(session, by, reason)
    }
    title = f"{PAPERS['programme_summary'].in_language(language)} {brand.name}"
    return Document("programme_summary", data, language, now.astimezone(zone), title, "AUD-SUM")


class _Summary:
    """The data of one summary."""

    def __init__(
        self, session: Session, brand: Brand, *, since: date, until: date, zone: ZoneInfo, language: str
    ) -> None:
        self.session, self.brand, self.language = session, brand, language
        self.since, self.until, self.zone = since, until, zone
        self.begin, self.end = moment(since, zone=zone), moment(until + timedelta(days=1), zone=zone)
        self.months: Mapping[str, Month] = self._months()
        self.discounts = list(queries.discounts_by_rule(session, brand.id, since, until))
        self.said = said_rules(session, [brand.code], self.end, language)
        self.short = rules_in_short(session, [brand.code], self.end, language)

    def _months(self) -> dict[str, Month]:
        found = months(self.since, self.until)
        for row in queries.receipts_by_day(self.session, self.brand.id, self.since, self.until):
            day, receipts, listed, revenue, _, _ = row
            month = found[day.isoformat()[:7]]
            month.receipts += receipts
            month.list += listed
            month.revenue += revenue
            month.discount += listed - revenue
        entries = queries.points_entries(self.session, self.brand.id, self.until)
        add_points(found, ((str(day), way, int(points)) for day, way, points in entries), self.since)
        for at, value in queries.vouchers_issued(self.session, self.brand.id, self.begin, self.end):
            month = found[at.astimezone(self.zone).isoformat()[:7]]
            month.vouchers_issued += 1
            month.vouchers_value += value
        for at, _ in queries.vouchers_used(self.session, self.brand.id, self.begin, self.end):
            found[at.astimezone(self.zone).isoformat()[:7]].vouchers_redeemed += 1
        return found

    def data(self) -> dict[str, Any]:
        return {
            "brand": self.brand.name,
            "scope": WHOLE_BRAND.in_language(self.language),
            "period": {"since": self.since.isoformat(), "until": self.until.isoformat()},
            "currency": self.brand.currency,
            "figures": self._figures(),
            "months": [asdict(month) for month in self.months.values()],
            "rules": [self._rule(*row) for row in self.discounts],
            "tiers": [self._tier(*row) for row in self._by_tier()],
            "movements": self._movements(),
            "checks": self._checks(),
        }

    def _total(self, name: str) -> int:
        return sum(getattr(month, name) for month in self.months.values())

    def _figures(self) -> dict[str, int | None]:
        listed, revenue = self._total("list"), self._total("revenue")
        last = list(self.months.values())[-1]
        return {
            "revenue": revenue,
            "list": listed,
            "discount": listed - revenue,
            "effective_rate": revenue * WHOLE // listed if listed else None,
            "receipts": self._total("receipts"),
            "members": queries.buyers(self.session, self.brand.id, self.since, self.until),
            "points_issued": self._total("points_issued"),
            "points_outstanding": last.points_outstanding,
            "vouchers_issued": self._total("vouchers_issued"),
            "vouchers_redeemed": self._total("vouchers_redeemed"),
        }

    def _rule(self, rule: str, lines: int, amount: int) -> dict[str, Any]:
        name = SPECIAL_PRICE.in_language(self.language) if rule == queries.SPECIAL_PRICE else rule
        said = {"says": self.said.get(rule, ""), "short": self.short.get(rule, "")}
        return {"rule": name, "lines": lines, "discount": amount} | said

    def _by_tier(self) -> list[Any]:
        rows = queries.sales_by_tier(self.session, self.brand.id, self.since, self.until)
        return sorted(rows, key=lambda row: list(TIERS).index(row[0]))

    def _tier(self, tier: str, members: int, receipts: int, listed: int, revenue: int) -> dict[str, Any]:
        return {
            "tier": TIERS[tier].in_language(self.language),
            "members": members,
            "receipts": receipts,
            "list": listed,
            "revenue": revenue,
            "discount": listed - revenue,
        }

    def _movements(self) -> list[dict[str, Any]]:
        counts: dict[tuple[str, str, str], int] = {}
        for day, before, after, members in queries.steps(self.session, self.brand.id, self.since, self.until):
            place = day.isoformat()[:7], before, after
            counts[place] = counts.get(place, 0) + members
        return [
            {
                "month": month,
                "from_tier": TIERS[before].in_language(self.language),
                "to_tier": TIERS[after].in_language(self.language),
                "members": members,
            }
            for (month, before, after), members in sorted(counts.items())
        ]

    def _checks(self) -> list[dict[str, Any]]:
        """Compare with counts that went another way: over the lines, the rules, the vouchers, the lots."""
        listed, _, pay, tendered, _ = queries.line_sums(self.session, self.brand.id, self.since, self.until)
        days = queries.receipts_by_day(self.session, self.brand.id, self.since, self.until)
        used = queries.vouchers_used(self.session, self.brand.id, self.begin, self.end)
        accounts, lots = queries.balances(self.session, self.brand.id)
        paid_with = sum(row[4] for row in days)
        found = {
            "list": (self._total("list"), listed),
            "revenue": (self._total("revenue"), pay),
            "tendered": (paid_with, tendered),
            "used": (paid_with, sum(amount for _, amount in used)),
            "rules": (self._total("discount"), sum(row[2] for row in self.discounts)),
        }
        checks = [self._check(name, "money", *pair) for name, pair in found.items()]
        return [*checks, self._check("points", "points", accounts, lots)]

    def _check(self, name: str, unit: str, posted: int, recomputed: int) -> dict[str, Any]:
        return {
            "name": CHECKS[name].in_language(self.language),
            "unit": unit,
            "posted": int(posted),
            "recomputed": int(recomputed),
        }
