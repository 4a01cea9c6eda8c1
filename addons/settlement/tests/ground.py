"""What the tests of settlement have in common: rule books of their own, markets, and what the parties have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.tests import book as sales_book
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import queries
from addons.stores.models import Market, Region, Store
from addons.stores.queries import forget_places
from addons.stores.services import add_rate
from addons.vouchers.services import Issue, issue_many
from core import settings
from core.db.session import reading, work
from core.policy.version import BookVersion

TODAY = NOON.date()
LATER = NOON + timedelta(hours=1)


@contextmanager
def book(*rules: dict[str, Any], **funding: dict[str, int]) -> Iterator[BookVersion]:
    """The programme that ships with more rules, or with other funding of those it has (- is written _)."""
    shares = {name.replace("_", "-"): each for name, each in funding.items()}

    def fund(whole: dict[str, Any]) -> None:
        for rule in whole["rules"]:
            if rule["rule"] in shares:
                rule["funding"] = shares[rule["rule"]]

    with sales_book.book(*rules, change=fund) as version:
        yield version


def decided(name: str, to: Any, now: Any = NOON) -> None:
    """Headquarters change a setting."""
    with work() as session:
        settings.change(session, name=name, to=to, by="hq", reason="test", now=now)


def in_hong_kong(shop: Shop) -> None:
    """Move the second store to a market with other money, which has a rate."""
    with work() as session:
        market = Market(code="HK", name="HK", currency="HKD", timezone="Asia/Hong_Kong")
        session.add(market)
        session.flush()
        region = Region(code="HKR", name="HK", market_id=market.id)
        session.add(region)
        session.flush()
        session.execute(update(Store).where(Store.id == shop.other_store).values(region_id=region.id))
        add_rate(session, currency="HKD", into="CNY", since=date(2026, 1, 1), millionths=900_000)
    forget_places()


def parties(shop: Shop) -> tuple[str, str]:
    """The franchisees of both stores."""
    runs = {row.id: row.franchisee_id for row in shop.rows(Store)}
    return f"franchisee:{runs[shop.store]}", f"franchisee:{runs[shop.other_store]}"


def voucher(shop: Shop, member: int, value: int = 30_000, **more: Any) -> str:
    """Give a voucher that headquarters bear."""
    issue = Issue(member, shop.brand, shop.store, "cash", value, TODAY, NOON, "goodwill")
    with work() as session:
        return issue_many(session, [replace(issue, **more)])[0]


def back(shop: Shop, receipt: int, *lines: int, store: int | None = None, key: str = "back") -> dict[str, Any]:
    """Bring back one piece of each of these lines."""
    wanted = [BackLine(line, 1) for line in lines or (1,)]
    request = ReturnRequest(store or shop.store, receipt, wanted, "size", cashier="amy", approved_by="boss")
    return sales.take_back(request, key=key, now=NOON).answer


def owed() -> dict[tuple[str, str], int]:
    """What each party gets in each currency, below nothing what it owes."""
    with reading() as session:
        total: Counter[tuple[str, str]] = Counter()
        for line in queries.trial_balance(session):
            total[line.party, line.currency] += line.amount
    return {key: amount for key, amount in total.items() if amount}


def explained() -> None:
    """Check that points and vouchers owed are what members hold, and each currency and what passes between is zero."""
    ends = owed()
    with reading() as session:
        held = queries.outstanding(session)
        assert list(queries.audit(session)) == []
    accounts = {key: amount for key, amount in ends.items() if key[0] in ("points", "vouchers")}
    assert accounts == {key: amount for key, amount in held.items() if amount}
    for currency in {currency for _, currency in ends}:
        assert sum(amount for key, amount in ends.items() if key[1] == currency) == 0
        assert ("clearing", currency) not in ends
