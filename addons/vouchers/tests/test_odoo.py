"""The public faults of another product's coupons and gift cards; each would show here if it were ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from addons.vouchers import queries, services
from addons.vouchers.models import Voucher
from addons.vouchers.services import Hold, Issue, Wanted
from addons.vouchers.tests.counter import TODAY
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core.db.posting import Operation, Posted, post
from core.db.scope import system_scope
from core.db.session import work


@dataclass(frozen=True)
class Desk:
    """A shop on a database of its own, worked on through postings as tills do."""

    shop: Shop
    member: int

    def post(self, key: str, command: Callable[[Session], Any]) -> Posted:
        with system_scope("test"):
            return post(Operation("test", key, {"key": key}), lambda session: {"done": command(session)})

    def issue(self, key: str, *, receipt: int | None = None, member: int | None = None) -> Posted:
        issue = Issue(
            member or self.member, self.shop.brand_id, self.shop.store_id, "cash", 30_000, TODAY, NOON, "rule", "gift",
            receipt_id=receipt,
        )  # fmt: skip
        return self.post(key, lambda session: services.issue_many(session, [issue])[0])

    def pay(self, key: str, code: str, amount: int, receipt: int, hold: Hold | None = None) -> Posted:
        where = {"store_id": self.shop.store_id, "brand_id": self.shop.brand_id, "day": TODAY, "now": NOON}
        return self.post(
            key,
            lambda session: (
                services.redeem(
                    session,
                    uses=[(code, amount)],
                    receipt_id=receipt,
                    hold=hold,
                    **where,  # type: ignore[arg-type]
                )[0].amount
            ),
        )

    def restore(self, key: str, code: str, amount: int, receipt: int) -> Posted:
        def command(session: Session) -> int:
            voucher = queries.by_code(session, [code])[code]
            where = {"store_id": self.shop.store_id, "day": TODAY, "now": NOON}
            [given] = services.restore(session, receipt_id=receipt, parts=[(voucher.id, amount)], **where)  # type: ignore[arg-type]
            return given.remaining

        return self.post(key, command)

    def withdraw(self, key: str, receipt: int) -> dict[str, list[str]]:
        def command(session: Session) -> dict[str, list[str]]:
            gone = services.withdraw(
                session, receipt_id=receipt, rule="gift", count=1, store_id=self.shop.store_id, now=NOON
            )
            return gone._asdict()

        done: dict[str, list[str]] = self.post(key, command).answer["done"]
        return done

    def left(self, code: str) -> int:
        with system_scope("test"), work() as session:
            assert list(queries.audit(session)) == []
            return queries.by_code(session, [code])[code].remaining


@pytest.fixture
def desk(every_database: Engine) -> Desk:
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        return Desk(shop, shop.member())


def test_odoo_222372_a_voucher_is_issued_and_used_once_when_a_call_is_sent_again(desk: Desk) -> None:
    issued = [desk.issue("issue") for _ in range(3)]
    assert [each.repeated for each in issued] == [False, True, True]
    code = issued[0].answer["done"]
    assert {each.answer["done"] for each in issued} == {code}
    assert [desk.pay("pay", code, 20_000, 1).repeated for _ in range(2)] == [False, True]
    assert [desk.restore("back", code, 5_000, 1).answer["done"] for _ in range(2)] == [5_000, 5_000]
    assert desk.left(code) == 5_000


def test_odoo_249775_of_two_orders_confirmed_together_only_one_is_paid_with_the_voucher(desk: Desk) -> None:
    code = desk.issue("issue").answer["done"]
    together = threading.Barrier(2)

    def confirm(order: int) -> bool:
        together.wait(30)
        try:
            return bool(desk.pay(f"order-{order}", code, 30_000, order).answer["done"])
        except services.VoucherUsed:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, (1, 2))) == [False, True]
    assert desk.left(code) == 0


def test_odoo_257854_whoever_buys_and_returns_keeps_no_voucher(desk: Desk) -> None:
    for turn in range(1, 4):
        code = desk.issue(f"sale-{turn}", receipt=turn).answer["done"]
        if turn == 2:
            desk.pay("gift", code, 30_000, 99)
        gone = desk.withdraw(f"return-{turn}", turn)
        assert gone == ({"withdrawn": [], "used": [code]} if turn == 2 else {"withdrawn": [code], "used": []})
        assert desk.left(code) == 0
        assert desk.withdraw(f"again-{turn}", turn) == {"withdrawn": [], "used": []}


def test_odoo_222054_a_voucher_changed_after_it_was_chosen_is_worth_what_it_should_be(desk: Desk) -> None:
    one, other = desk.issue("a").answer["done"], desk.issue("b").answer["done"]
    till = Hold("till", "sale")

    def hold(code: str) -> Callable[[Session], Any]:
        where = {"store_id": desk.shop.store_id, "day": TODAY, "now": NOON}
        return lambda session: len(services.lock(session, codes=[code], hold=till, **where))  # type: ignore[arg-type]

    desk.post("hold-a", hold(one))
    desk.post(
        "let-go",
        lambda session: services.release(session, codes=[one], hold=till, store_id=desk.shop.store_id, now=NOON),
    )
    desk.post("hold-b", hold(other))
    desk.pay("order", other, 10_000, 1, till)
    desk.restore("changed", other, 10_000, 1)
    assert (desk.left(one), desk.left(other)) == (30_000, 30_000)


def test_odoo_145782_a_member_gets_one_voucher_of_a_batch_whoever_issues_it_at_once(desk: Desk) -> None:
    with system_scope("test"), work() as session:
        what = ("春季", "週年", "cash", 5_000, date(2026, 12, 31))
        wanted = Wanted(desk.shop.store_id, *what, binding="member", members=[desk.member])
        batch = services.ask_batch(session, wanted, day=TODAY, now=NOON, by="anna").id

    def issue(number: int) -> int:
        def command(session: Session) -> int:
            part = services.issue_part(session, batch_id=batch, after=0, limit=9, day=TODAY, now=NOON, by="anna")
            return part["issued"]

        return int(desk.post(f"issue-{number}", command).answer["done"])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(issue, range(4))) == [1] * 4
    with system_scope("test"), work() as session:
        assert session.scalar(select(func.count(Voucher.id))) == 1


def test_odoo_270532_what_an_offline_till_took_is_used_once_in_whatever_order_it_arrives(desk: Desk) -> None:
    codes = [desk.issue(f"issue-{number}").answer["done"] for number in range(4)]
    sales = [(f"offline-{number}", code, number + 1) for number, code in enumerate(codes)]
    for key, code, receipt in [*sales[2:], *sales[:2][::-1], *sales]:
        desk.pay(key, code, 30_000, receipt)
    with pytest.raises(services.VoucherUsed):
        desk.pay("another till", codes[0], 30_000, 9)
    assert [desk.left(code) for code in codes] == [0] * 4
    with system_scope("test"), work() as session:
        assert [row.redeemed for n in range(1, 5) for row in queries.redeemed_on(session, n)] == [30_000] * 4


def test_odoo_13862_no_sale_is_lost_when_two_vouchers_are_wanted_in_another_order(desk: Desk) -> None:
    """Vouchers are read to be changed in the order of their keys, so neither of two waits for the other for ever."""
    one, other = (desk.issue(f"issue-{number}").answer["done"] for number in range(2))
    together = threading.Barrier(2)

    def sell(order: list[str]) -> bool:
        together.wait(30)
        where = {"store_id": desk.shop.store_id, "brand_id": desk.shop.brand_id, "day": TODAY, "now": NOON}
        uses = [(code, 30_000) for code in order]

        def command(session: Session) -> int:
            return len(services.redeem(session, uses=uses, receipt_id=len(order[0]), **where))  # type: ignore[arg-type]

        try:
            return bool(desk.post(f"sale-{order}", command).answer["done"])
        except services.VoucherUsed:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sell, ([one, other], [other, one]))) == [False, True]
    assert (desk.left(one), desk.left(other)) == (0, 0)
