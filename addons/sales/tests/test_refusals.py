"""What the till may not be asked: a typed refusal, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from addons.membership.models import Card
from addons.sales import services
from addons.sales.domain.refusals import (
    CardNotActive,
    EmptyBasket,
    ImpossiblePrice,
    ImpossibleQuantity,
    MembersOnly,
    NoSuchCard,
    PriceChanged,
    StoreClosed,
    TooManyLines,
    UnknownProduct,
    VoucherNotTaken,
    WrongCurrency,
    WrongPayment,
)
from addons.sales.domain.request import Payment, SaleLine, SaleRequest
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from addons.stores.models import Store
from addons.stores.queries import forget_places
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, VoucherExpired, VoucherOfOtherMember, VoucherUsed, issue_many
from core.db.posting import KeyReused
from core.db.scope import Scope, acting
from core.db.session import work
from core.errors import Invalid, OutOfScope, Refusal

CASES: dict[str, tuple[type[Refusal], Callable[[Shop, str], SaleRequest]]] = {
    "empty basket": (EmptyBasket, lambda shop, _: SaleRequest(shop.store, [])),
    "unknown product": (UnknownProduct, lambda shop, p: shop.request(p, "NOPE")),
    "quantity below nothing": (ImpossibleQuantity, lambda shop, p: shop.request(lines=[SaleLine(p, -1)])),
    "no quantity": (ImpossibleQuantity, lambda shop, p: shop.request(lines=[SaleLine(p, 0)])),
    "absurd quantity": (ImpossibleQuantity, lambda shop, p: shop.request(lines=[SaleLine(p, 10**9)])),
    "quantity that is no number": (ImpossibleQuantity, lambda shop, p: shop.request(lines=[SaleLine(p, "3")])),  # type: ignore[arg-type]
    "yes is no quantity": (ImpossibleQuantity, lambda shop, p: shop.request(lines=[SaleLine(p, True)])),
    "too many lines": (TooManyLines, lambda shop, p: shop.request(*[p] * 201)),
    "wrong currency": (WrongCurrency, lambda shop, p: shop.request(p, currency="HKD")),
    "unknown card": (NoSuchCard, lambda shop, p: shop.request(p, card="C999999")),
    "unknown member": (NoSuchCard, lambda shop, p: shop.request(p, member_id=10**9)),
    "prices at the till": (Invalid, lambda shop, p: shop.request(lines=[SaleLine(p, 1, 100)])),
    "a moment at the till": (Invalid, lambda shop, p: shop.request(p, at=NOON)),
    "price below nothing": (
        ImpossiblePrice,
        lambda shop, p: shop.request(lines=[SaleLine(p, 1, -5)], source="import", at=NOON),
    ),
    "special above list": (
        ImpossiblePrice,
        lambda shop, p: shop.request(lines=[SaleLine(p, 1, 100, 101)], source="import", at=NOON),
    ),
    "price out of range": (
        ImpossiblePrice,
        lambda shop, p: shop.request(lines=[SaleLine(p, 1, 10**18)], source="import", at=NOON),
    ),
    "voucher that is not there": (Refusal, lambda shop, p: shop.request(p, vouchers=("ABC",))),
    "the same voucher twice": (Invalid, lambda shop, p: shop.request(p, vouchers=("ABC", "ABC"))),
    "payment below nothing": (Invalid, lambda shop, p: shop.request(p, payments=(Payment("cash", -1),))),
    "paid too little": (WrongPayment, lambda shop, p: shop.request(p, payments=(Payment("card", 9999),))),
    "paid too much": (WrongPayment, lambda shop, p: shop.request(p, payments=(Payment("card", 10001),))),
    "another price than told": (PriceChanged, lambda shop, p: shop.request(p, told=9500)),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_written(shop: Shop, case: str) -> None:
    kind, ask = CASES[case]
    request = ask(shop, shop.product(10000))
    for _ in range(2):  # the refusal is kept under its key: the same answer again
        with pytest.raises(kind) as refused:
            services.checkout(request, key="k", now=NOON)
        assert str(refused.value)
    assert set(shop.written().values()) == {0}
    assert shop.keys() == 1


def test_a_closed_store_sells_nothing(shop: Shop) -> None:
    product = shop.product(10000)
    with work() as session:
        session.execute(update(Store).where(Store.id == shop.store).values(closed_on=date(2026, 5, 3)))
    forget_places()
    with pytest.raises(StoreClosed):
        shop.sell(product)
    assert set(shop.written().values()) == {0}


@pytest.mark.parametrize("state", ["issued", "lost", "replaced", "closed"])
def test_a_card_that_is_not_active_is_refused(shop: Shop, state: str) -> None:
    product, member = shop.product(10000), shop.member("gold")
    with work() as session:
        session.execute(update(Card).where(Card.member_id == member).values(status=state))
        number = session.scalar(select(Card.number).where(Card.member_id == member))
    with pytest.raises(CardNotActive) as refused:
        shop.sell(product, card=number)
    assert refused.value.facts == {"card": number, "state": state}
    assert set(shop.written().values()) == {0}


def test_an_active_card_is_taken(shop: Shop) -> None:
    product, member = shop.product(10000), shop.member("gold")
    with work() as session:
        number = session.scalar(select(Card.number).where(Card.member_id == member))
    assert shop.sell(product, card=number)["cash"] == 9000


def test_goods_for_members_are_not_sold_to_others(shop: Shop) -> None:
    product = shop.product(10000, members_only=True)
    with pytest.raises(MembersOnly):
        shop.quote(product)
    assert shop.quote(product, member_id=shop.member()).decision.cash == 10000


def test_vouchers_are_refused_one_by_one(shop: Shop) -> None:
    member, other, product = shop.member("gold"), shop.member("gold"), shop.product(100000)
    with work() as session:
        old = Issue(member, shop.brand, shop.store, "cash", 30000, date(2025, 1, 1), NOON, "test")
        good = replace(old, day=date(2026, 5, 1))
        codes = issue_many(session, [old, good, good, replace(good, kind="gift")])
    with pytest.raises(VoucherExpired):
        shop.sell(product, member_id=member, vouchers=(codes[0],))
    with pytest.raises(VoucherOfOtherMember):
        shop.sell(product, member_id=other, vouchers=(codes[1],))
    with pytest.raises(VoucherNotTaken):  # C18: one a receipt
        shop.sell(product, member_id=member, vouchers=(codes[1], codes[2]))
    with pytest.raises(VoucherNotTaken):
        shop.sell(product, member_id=member, vouchers=(codes[3],))
    assert set(shop.written().values()) == {0}
    assert {voucher.status for voucher in shop.rows(Voucher)} == {"active"}
    shop.sell(product, member_id=member, vouchers=(codes[1],))
    with pytest.raises(VoucherUsed):
        shop.sell(product, member_id=member, vouchers=(codes[1],))
    assert len(shop.rows(Receipt)) == 1


def test_a_store_that_is_not_ones_own_is_neither_read_nor_written(shop: Shop) -> None:
    product = shop.product(10000)
    with acting(Scope(reads=frozenset({shop.other_store}), writes=frozenset({shop.other_store}))):
        for ask in (shop.quote, shop.sell):
            with pytest.raises(OutOfScope):
                ask(product)
        assert shop.sell(product, store_id=shop.other_store)["cash"] == 10000
    with acting(Scope(reads=frozenset({shop.store}), writes=frozenset())), pytest.raises(OutOfScope):
        shop.sell(product)
    assert [receipt.store_id for receipt in shop.rows(Receipt)] == [shop.other_store]


def test_the_same_key_gives_the_same_answer_and_another_request_is_refused(shop: Shop) -> None:
    first, second = shop.product(10000), shop.product(20000)
    answers: list[dict[str, Any]] = [shop.sell(first, key="till-1") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(shop.rows(Receipt)) == 1
    with pytest.raises(KeyReused):
        shop.sell(second, key="till-1")
    assert len(shop.rows(Receipt)) == 1
