"""Whoever writes for the same member takes turns: two tills, a till and the office that merges two files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from threading import Event
from typing import Any

import pytest

from addons.membership.models import Card, Member
from addons.membership.services import merge_members
from addons.points.models import Account
from addons.sales.domain.refusals import NoSuchCard
from addons.sales.domain.returning import BackLine, ReturnRequest, Unreceipted
from addons.sales.models import Receipt
from addons.sales.services import selling, take_back, take_back_unreceipted
from addons.sales.tests.shop import NOON, Shop
from addons.vouchers.models import Voucher
from core import settings as decisions
from core.db.scope import system_scope
from core.db.session import work

SOON = 0.3  # seconds in which the other one would have ended, did it not wait


@contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Begin a sale that stops once it has read what it decides by; the sale goes on where its answer is asked for."""
    reached, go_on, done = Event(), Event(), selling.require_payable

    def wait(sale: Any) -> None:
        done(sale)
        if not reached.is_set():
            reached.set()
            go_on.wait(20)

    monkeypatch.setattr(selling, "require_payable", wait)

    def answer() -> Any:
        go_on.set()
        return begun.result(20)

    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(acting, call)
        try:
            assert reached.wait(20)
            yield answer
        finally:
            go_on.set()


def acting(call: Callable[[], Any]) -> Any:
    with system_scope("test"):
        return call()


def merge(gone: int, stays: int) -> None:
    with work() as session:
        merge_members(session, from_id=gone, into_id=stays, reason="one person", by="test", now=NOON)


@pytest.fixture
def on_postgresql(postgresql: Any, system: None) -> Shop:
    """The shop where several write at once; SQLite has one writer at a time."""
    return Shop.opened()


def balance(shop: Shop, member: int) -> int:
    return sum(account.balance for account in shop.rows(Account, member_id=member))


@pytest.mark.parametrize("by_card", [False, True])
def test_a_file_is_merged_after_the_sale_that_has_begun(
    on_postgresql: Shop, monkeypatch: pytest.MonkeyPatch, by_card: bool
) -> None:
    shop = on_postgresql
    gone, stays, product = shop.member("gold"), shop.member("gold"), shop.product(100000)
    buyer: dict[str, Any] = {"card": shop.rows(Card, member_id=gone)[0].number} if by_card else {"member_id": gone}
    with ThreadPoolExecutor(1) as office, held_up(monkeypatch, lambda: shop.sell(product, **buyer)) as sold:
        merging = office.submit(acting, lambda: merge(gone, stays))
        with pytest.raises(TimeoutError):
            merging.result(SOON)
        assert sold()["points"] == 900
        merging.result(20)
    assert (balance(shop, gone), balance(shop, stays)) == (0, 900)
    assert shop.rows(Member, id=gone)[0].status == "merged"


def test_a_sale_that_waited_for_the_merge_does_not_find_the_file_any_more(on_postgresql: Shop) -> None:
    shop = on_postgresql
    gone, stays, product = shop.member("gold"), shop.member("gold"), shop.product(100000)
    with ThreadPoolExecutor(1) as till:
        with work() as session:
            merge_members(session, from_id=gone, into_id=stays, reason="one person", by="test", now=NOON)
            selling_to_her = till.submit(acting, lambda: shop.sell(product, member_id=gone))
            with pytest.raises(TimeoutError):
                selling_to_her.result(SOON)
        with pytest.raises(NoSuchCard):
            selling_to_her.result(20)
    assert shop.rows(Receipt) == []


def test_goods_that_come_back_find_the_file_that_stays(on_postgresql: Shop) -> None:
    shop = on_postgresql
    gone, stays = shop.member("gold"), shop.member("gold")
    receipt = shop.sell(shop.product(100000), member_id=gone)["receipt_id"]
    back = ReturnRequest(shop.store, receipt, [BackLine(1, 1)], "size")
    with ThreadPoolExecutor(1) as counter:
        with work() as session:
            merge_members(session, from_id=gone, into_id=stays, reason="one person", by="test", now=NOON)
            returning = counter.submit(acting, lambda: take_back(back, key="back", now=NOON))
            with pytest.raises(TimeoutError):
                returning.result(SOON)
        assert returning.result(20).answer["balance"] == 0
    assert (balance(shop, gone), balance(shop, stays)) == (0, 0)


def test_no_voucher_for_goods_without_a_receipt_stays_in_a_file_that_was_merged(on_postgresql: Shop) -> None:
    shop = on_postgresql
    gone, stays, product = shop.member("gold"), shop.member("gold"), shop.product(100000)
    shop.sell(product, member_id=stays)
    with work() as session:
        decisions.change(session, name="sales.without_receipt", to="voucher", by="t", reason="t", now=NOON)
    goods = Unreceipted(shop.store, product, 1, gone, "size", cashier="amy", approved_by="boss")
    with ThreadPoolExecutor(1) as counter:
        with work() as session:
            merge_members(session, from_id=gone, into_id=stays, reason="one person", by="test", now=NOON)
            giving = counter.submit(acting, lambda: take_back_unreceipted(goods, key="goods", now=NOON))
            with pytest.raises(TimeoutError):
                giving.result(SOON)
        with pytest.raises(NoSuchCard):
            giving.result(20)
    assert shop.rows(Voucher) == []


def test_the_birthday_price_is_given_once_to_whoever_pays_at_two_tills(
    on_postgresql: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4,000 yuan twice, where 5,000 a birthday are at 7.8 (C14): the second till sees what the first one sold."""
    shop = on_postgresql
    member, product = shop.member("gold", birthday=date(1990, 5, 4)), shop.product(400000)
    with ThreadPoolExecutor(1) as other, held_up(monkeypatch, lambda: shop.sell(product, member_id=member)) as first:
        second = other.submit(acting, lambda: shop.sell(product, member_id=member))
        with pytest.raises(TimeoutError):
            second.result(SOON)
        assert [first()["cash"], second.result(20)["cash"]] == [312000, 360000]
