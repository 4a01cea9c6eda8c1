"""What members buy in the tests of the tiers."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count

from addons.membership.models import Member
from addons.tiers import queries, services
from addons.vouchers.tests.shop import NOON, Shop, at
from core import settings as decisions
from rules.decide import Program

_receipts = count(1)


def paid(
    shop: Shop, member: int, fen: int, day: date, *, points: int = 0, now: datetime | None = None, store: int = 0
) -> int:
    """Write the credit of a receipt, without an evaluation; return the receipt."""
    receipt = next(_receipts)
    credit = services.Credit(member, shop.stores[store], receipt, day, fen, now or at(day), points)
    services.credit_many(shop.session, [credit])
    return receipt


def buy(
    shop: Shop, program: Program, member: int, yuan: int, day: date, *, points: int | None = None
) -> list[services.TierChanged]:
    """Pay so many yuan and evaluate, as a checkout does."""
    paid(shop, member, yuan * 100, day, points=yuan if points is None else points)
    half_year = queries.credit_many(shop.session, [member], day)[member]
    standing = services.Standing(member, shop.store_id, tier(shop, member), *half_year)
    return services.evaluate_many(shop.session, [standing], day, at(day), program)


def tier(shop: Shop, member: int) -> str:
    shop.session.expire_all()
    return shop.session.get_one(Member, member).tier


def steps(changes: list[services.TierChanged]) -> list[tuple[str, str]]:
    return [(change.tier_before, change.tier_after) for change in changes]


def set_to(shop: Shop, name: str, value: object) -> None:
    decisions.change(shop.session, name=name, to=value, by="hq", reason="another reading", now=NOON)
