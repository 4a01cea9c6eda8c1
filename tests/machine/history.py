"""What members have in the end, and the same life with a receipt that was never bought, or returned at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from addons.membership.models import Member
from addons.points.models import Account
from addons.sales.queries import histories
from addons.tiers.queries import credit_many
from addons.vouchers.models import Voucher
from core.db.session import reading
from core.periods import local_day
from tests.machine.life import Life, Step
from tests.machine.sums import parties

_USES = "SELECT rule, per, subject_id, period, count, cost FROM sales_rule_use WHERE count <> 0 OR cost <> 0"


def value_state(life: Life, now: datetime) -> dict[str, Any]:
    """What everybody has: points, credit, tier, vouchers, receipts that count, limits used, budgets, settlement."""
    day = local_day(now)
    with reading() as session:
        counted, bought = credit_many(session, life.members, day), histories(session, life.members, day)
        found: dict[str, Any] = {
            "points": {}, "credit": {}, "tier": {}, "bought": {}, "vouchers": {},
            "limits": sorted(tuple(row) for row in session.connection().execute(text(_USES))),
            "budgets": [row[0] for row in session.connection().execute(text("SELECT used FROM vouchers_budget"))],
        }  # fmt: skip
        for place, member_id in enumerate(life.members):
            account = session.get(Account, member_id)
            own = (0, 0, 0) if account is None else (account.balance, account.pending, account.reserved)
            left = select(Voucher.remaining, Voucher.valid_until, Voucher.source).where(
                Voucher.member_id == member_id, Voucher.status == "active"
            )
            found["points"][place] = own
            found["credit"][place] = tuple(counted[member_id])
            found["tier"][place] = session.get_one(Member, member_id).tier
            found["bought"][place] = bought.get(member_id, (0, 0))
            found["vouchers"][place] = sorted(tuple(row) for row in session.execute(left))
    return found | {"settlement": parties()}


@dataclass
class Returns:
    """What came back of a receipt: the steps, and whether everything came back."""

    sale: Step
    backs: list[Step] = field(default_factory=list)
    whole: bool = False
    owed: int = 0  # points that were not there any more
    alone: bool = True  # nothing else happened meanwhile to whoever bought it
    spent_in: int | None = None  # the store in which a voucher it brought was spent

    @property
    def at_home(self) -> bool:
        """Whether a voucher it brought was spent where the goods came back: what is kept back, that store owes."""
        return self.spent_in is None or {step.told["store"] for step in self.backs} == {self.spent_in}


def without(steps: Sequence[Step], gone: Mapping[int, Returns]) -> list[Step]:
    """The same life, in which these receipts were never bought."""
    numbers = {step.number for each in gone.values() for step in (each.sale, *each.backs)}
    return [step for step in steps if step.number not in numbers]


def at_once(steps: Sequence[Step], told: Mapping[int, Returns]) -> list[Step]:
    """The same life, in which what came back of these receipts in parts came back in one, with the last part."""
    dropped: set[int] = set()
    changed: dict[int, Step] = {}
    for each in told.values():
        *earlier, last = each.backs
        dropped |= {step.number for step in earlier}
        changed[last.number] = replace(last, told=last.told | {"lines": _together(each.backs)})
    return [changed.get(step.number, step) for step in steps if step.number not in dropped]


def _together(backs: Sequence[Step]) -> list[dict[str, Any]]:
    """All units of each line that came back, at the last price each was put right to."""
    units: Counter[int] = Counter()
    prices: dict[int, int] = {}
    for step in backs:
        for line in step.told["lines"]:
            units[line["line_no"]] += line.get("quantity", 0)
            if line.get("price") is not None:
                prices[line["line_no"]] = line["price"]
    return [
        {"line_no": number, "quantity": units[number], "price": prices.get(number)}
        for number in sorted({*units, *prices})
        if units[number] or number in prices
    ]


def last_nights(after: datetime) -> list[Step]:
    """Three more nights: whatever is due to either life is done in both."""
    return [Step(10_000 + n, "night", after + timedelta(hours=n), {}) for n in range(1, 4)]
