"""Eight public faults of another product's loyalty points; each would show here if it were ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from addons.points import services
from addons.points.models import Account, Entry
from addons.points.services import Earning, Reversal
from addons.points.services.posting import lock
from addons.points.tests.book import TODAY, assert_sound, earn
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core.db.posting import Operation, Posted, post
from core.db.scope import system_scope
from core.db.session import work

MEMBERS = 8


@dataclass(frozen=True)
class Ledger:
    """A shop on a database of its own, worked on through postings as tills do."""

    shop: Shop
    members: tuple[int, ...]

    def post(self, key: str, command: Callable[[Session], Any]) -> Posted:
        with system_scope("test"):
            return post(Operation("test", key, {"key": key}), lambda session: {"done": command(session)})

    def earn(self, key: str, member: int, points: int, receipt: int) -> Posted:
        earning = Earning(member, self.shop.store_id, receipt, points, points, TODAY, NOON)
        return self.post(key, lambda session: services.earn_many(session, [earning])[member])

    def reverse(self, key: str, member: int, points: int, receipt: int) -> Posted:
        reversal = Reversal(member, self.shop.store_id, receipt, points, points, TODAY)
        return self.post(key, lambda session: services.reverse(session, reversals=[reversal], now=NOON)[member].balance)

    def spend(self, key: str, member: int, points: int) -> Posted:
        return self.post(key, lambda session: self._spend(session, member, points))

    def _spend(self, session: Session, member: int, points: int) -> int:
        done = services.spend(
            session, member_id=member, points=points, store_id=self.shop.store_id, reason="gift", now=NOON
        )
        return done[-1].balance_after

    def balance(self, member: int) -> int:
        with system_scope("test"), work() as session:
            assert_sound(session)
            return session.get_one(Account, member).balance


@pytest.fixture
def ledger(every_database: Engine) -> Ledger:
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        members = tuple(shop.member(str(number)) for number in range(1, MEMBERS + 1))
        for member in members:
            earn(shop, member, 0)
    return Ledger(shop, members)


def test_odoo_222372_points_are_counted_once_when_a_call_is_sent_again_after_a_network_fault(ledger: Ledger) -> None:
    member = ledger.members[0]
    assert [ledger.earn("sale-1", member, 100, 1).repeated for _ in range(3)] == [False, True, True]
    assert [ledger.reverse("return-1", member, 40, 1).repeated for _ in range(2)] == [False, True]
    assert ledger.balance(member) == 60


def test_odoo_249775_of_two_rewards_confirmed_together_only_one_is_paid(ledger: Ledger) -> None:
    member = ledger.members[0]
    ledger.earn("sale-1", member, 100, 1)
    together = threading.Barrier(2)

    def confirm(order: int) -> bool:
        together.wait(30)
        try:
            return bool(ledger.spend(f"order-{order}", member, 100)) and True
        except services.InsufficientPoints:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, range(2))) == [False, True]
    assert ledger.balance(member) == 0


def test_odoo_257854_whoever_buys_and_returns_again_and_again_keeps_no_points(ledger: Ledger) -> None:
    member = ledger.members[0]
    for turn in range(5):
        ledger.earn(f"sale-{turn}", member, 500, turn)
        ledger.spend(f"gift-{turn}", member, 500) if turn == 2 else None
        ledger.reverse(f"return-{turn}", member, 500, turn)
    assert ledger.balance(member) == -500  # the gift she took is still to be made up for


def test_odoo_222054_a_reward_that_is_changed_after_it_was_confirmed_leaves_the_right_balance(ledger: Ledger) -> None:
    member, store = ledger.members[0], ledger.shop.store_id
    ledger.earn("sale-1", member, 100, 1)

    def hold(session: Session, points: int) -> int:
        kept = services.hold(session, member_id=member, points=points, store_id=store, by="till", now=NOON)
        return kept.hold_id

    first = ledger.post("hold-1", lambda session: hold(session, 80)).answer["done"]
    ledger.post("release-1", lambda session: services.release(session, hold_id=first, now=NOON))
    second = ledger.post("hold-2", lambda session: hold(session, 50)).answer["done"]
    ledger.post("use-2", lambda s: services.spend_held(s, hold_id=second, points=30, reason="gift", now=NOON).balance)
    assert ledger.balance(member) == 70


def test_odoo_145782_two_cards_of_one_customer_become_one_account(ledger: Ledger) -> None:
    one, other = ledger.members[:2]
    ledger.earn("sale-1", one, 100, 1)
    ledger.earn("sale-2", other, 50, 2)
    for _ in range(2):
        ledger.post("merge", lambda session: services.PERSON.merge(session, one, other, NOON))
    assert (ledger.balance(one), ledger.balance(other)) == (0, 150)


def test_odoo_270532_a_till_that_was_offline_sends_its_sales_later_in_any_order_and_twice(ledger: Ledger) -> None:
    member = ledger.members[0]
    sales = [(f"offline-{number}", 10 * number, number) for number in range(1, 7)]
    for key, points, receipt in [*sales[3:], *sales[:3][::-1], *sales]:
        ledger.earn(key, member, points, receipt)
    assert ledger.balance(member) == 210
    with system_scope("test"), work() as session:
        assert len(session.scalars(select(Entry.receipt_id)).all()) == 6


def test_odoo_13862_no_sale_is_lost_when_two_transactions_cannot_both_go_on(ledger: Ledger) -> None:
    """Each of two locks what the other one wants next; PostgreSQL ends one of them, which is begun again."""
    one, other = ledger.members[:2]
    met = threading.Barrier(2)

    def sell(order: tuple[int, int]) -> Posted:
        first, second = order
        tries: list[int] = []

        def command(session: Session) -> int:
            tries.append(1)
            lock(session, [first])
            if len(tries) == 1:
                _meet(session, met)
            earnings = [Earning(m, ledger.shop.store_id, first, 10, 10, TODAY, NOON) for m in (first, second)]
            return sum(services.earn_many(session, earnings).values())

        return ledger.post(f"sale-{first}", command)

    with ThreadPoolExecutor(2) as pool:
        assert not any(done.repeated for done in pool.map(sell, ((one, other), (other, one))))
    assert (ledger.balance(one), ledger.balance(other)) == (20, 20)


def _meet(session: Session, met: threading.Barrier) -> None:
    """Go on when both have their first lock; SQLite lets one in at a time anyway."""
    if session.connection().dialect.name == "postgresql":
        met.wait(30)


def test_odoo_18546_and_189991_however_many_tills_sell_at_once_none_is_told_to_try_again(ledger: Ledger) -> None:
    hot = ledger.members[0]

    def sell(number: int) -> bool:
        member = hot if number % 2 else ledger.members[number % MEMBERS]
        return ledger.earn(f"sale-{number}", member, 1, number).repeated

    with ThreadPoolExecutor(16) as pool:
        assert not any(pool.map(sell, range(160)))
    assert sum(ledger.balance(member) for member in ledger.members) == 160
