"""What members buy in the tests of the tiers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from addons.membership.models import Member
from addons.tiers import jobs, queries, services
from addons.vouchers.tests.shop import NOON, Shop, at, open_shop
from core import settings as decisions
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import reading, work
from core.jobs import ask
from rules.decide import Program

JOBS = jobs.__all__  # declared by being imported
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


@dataclass(frozen=True)
class House:
    """A shop whose rows are committed, for jobs and for several at once."""

    brand_id: int
    market_id: int
    stores: tuple[int, int]

    @contextmanager
    def open(self) -> Iterator[Shop]:
        """Work in the shop and commit."""
        with system_scope("test"), work() as session:
            yield Shop(session, self.brand_id, self.market_id, self.stores)

    def run(self, name: str, **arguments: object) -> Any:
        """Run a job and return its result."""
        job_id = ask(name, arguments)
        with system_scope("test"), reading() as session:
            row = session.get_one(Job, job_id)
            assert row.state == "done", row.error
            return row.result


def committed() -> House:
    """Open a shop in the database of this process."""
    with system_scope("test"), work() as session:
        shop = open_shop(session)
    return House(shop.brand_id, shop.market_id, shop.stores)
