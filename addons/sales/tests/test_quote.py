"""Quotes and receipts: a constant number of queries, limits that hold, whole receipts on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, text

from addons.membership.services import merge_members
from addons.sales import services
from addons.sales.domain.refusals import LimitReached
from addons.sales.domain.request import SaleLine
from addons.sales.models import Discount, Line, Receipt, RuleUse
from addons.sales.queries import edge_members, histories
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.stores.models import Store
from addons.vouchers.services import Issue, issue_many
from core import settings
from core.db import session as database
from core.db.scope import system_scope
from core.db.session import reading, work
from core.errors import Refusal
from core.policy.version import BookVersion


@contextmanager
def limited(*limits: dict[str, object]) -> Iterator[BookVersion]:
    """Let a rule more be in force: 10 yuan off, limited."""
    off = {"effect": "price.amount_off", "amount": 1000}
    with book(
        {"rule": "ten-off", "event": "quote", "group": "basket", "limits": list(limits), "then": [off]}
    ) as version:
        yield version


def _queries(shop: Shop, products: list[str], member: int) -> int:
    seen: list[str] = []
    engine = database.engine()
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    shop.quote(*products, member_id=member)
    return len(seen)


def test_the_number_of_queries_does_not_grow_with_the_basket(shop: Shop) -> None:
    member = shop.member("gold")
    products = [shop.product(10000 + place) for place in range(50)]
    shop.quote(*products, member_id=member)
    few = _queries(shop, products[:1], member)
    assert few <= 5
    assert _queries(shop, products, member) <= few * 2  # the listener of the first count listens too


def test_a_quote_tells_every_step_and_writes_nothing(shop: Shop) -> None:
    quote = shop.quote(shop.product(100000, 80000), member_id=shop.member("gold"))
    line = quote.as_plain()["lines"][0]
    assert [(step["group"], step["before"], step["after"]) for step in line["steps"]] == [
        ("special", 100000, 80000),
        ("member-price", 80000, 72000),
    ]
    assert line["steps"][1]["funding"] == [10000, 0, 0, 0]
    assert set(shop.written().values()) == {0}


def test_a_receipt_is_written_whole_on_both_databases(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("diamond")
    answer = shop.sell(shop.product(100000, 80000), shop.product(50000), member_id=member)
    receipt = shop.rows(Receipt)[0]
    assert (receipt.list_total, receipt.selling_total, receipt.cash) == (150000, 130000, 110500)
    assert answer["number"] == receipt.number == "S1-0000001"
    assert [line.rules for line in shop.rows(Line)] == ["tier-diamond", "tier-diamond"]
    taken = {row.rule: (row.lines, row.amount) for row in shop.rows(Discount)}
    assert taken == {"special": (1, 20000), "tier-diamond": (2, 19500)}
    assert shop.sell(shop.product(100))["number"] == "S1-0000002"


def test_a_store_goes_on_behind_numbers_that_came_with_past_sales(every_shop: Shop) -> None:
    shop, product = every_shop, every_shop.product(100)
    past = NOON - timedelta(days=1)
    given = ("S1-0000002", "S1-0000007", "S1-0000005", "S1-000009", "S2-0000044", "S1-00000012", "OLD-1")
    assert shop.sell(product)["number"] == "S1-0000001"
    for number in given:
        assert shop.sell(product, source="import", number=number, at=past)["number"] == number
    assert [shop.sell(product)["number"] for _ in range(2)] == ["S1-0000008", "S1-0000009"]


@pytest.mark.parametrize(("per", "buyers"), [("member", "same"), ("store", "any"), ("all", "any")])
def test_a_count_holds(shop: Shop, per: str, buyers: str) -> None:
    member, other = shop.member("gold"), shop.member("gold")
    product = shop.product(10000)
    with limited({"per": per, "period": "day", "count": 2}):
        paid = [shop.sell(product, member_id=member)["cash"] for _ in range(3)]
        assert paid == [8000, 8000, 9000]
        another = shop.sell(product, member_id=other)["cash"]
        assert another == (8000 if buyers == "same" else 9000)
        tomorrow = shop.sell(product, member_id=member, at=NOON + timedelta(days=1))
        assert tomorrow["cash"] == 8000
    assert {use.count for use in shop.rows(RuleUse)} == {1, 2}


def test_a_budget_is_never_overdrawn(shop: Shop) -> None:
    product = shop.product(10000)
    with limited({"per": "all", "period": "ever", "budget": 2500}):
        assert [shop.sell(product)["cash"] for _ in range(4)] == [9000, 9000, 10000, 10000]
    assert shop.rows(RuleUse)[0].cost == 2000


def test_a_limit_holds_in_one_batch(shop: Shop) -> None:
    product = shop.product(10000)
    requests = [shop.request(product, at=NOON, source="demo") for _ in range(5)]
    with limited({"per": "store", "period": "month", "count": 3}):
        assert services.sell_batch(requests, [f"b{n}" for n in range(5)], NOON) == 5
    assert sorted(receipt.cash for receipt in shop.rows(Receipt)) == [9000, 9000, 9000, 10000, 10000]


def test_a_limit_holds_when_many_tills_sell_at_once(every_shop: Shop) -> None:
    """Without the guard in `count_uses` all eight would read "nothing used" and give the offer away eight times."""
    shop = every_shop
    product = shop.product(10000)

    def till(number: int) -> int:
        with system_scope("till"):
            try:
                return int(shop.sell(product, key=f"till:{number}")["cash"])
            except LimitReached:
                return 0

    with limited({"per": "all", "period": "day", "count": 3}), ThreadPoolExecutor(8) as tills:
        paid = list(tills.map(till, range(8)))
    assert paid.count(9000) == 3
    assert shop.rows(RuleUse)[0].count == 3
    assert len(shop.rows(Receipt)) == len([cash for cash in paid if cash])


def test_the_birthday_cap_holds_over_a_days_receipts(shop: Shop) -> None:
    """C14: 5000 yuan of list price a day at 7.8 折; a line that does not fit takes the next best price."""
    member = shop.member("gold", birthday=date(1990, 5, 4))
    product = shop.product(300000)
    assert [shop.sell(product, member_id=member)["cash"] for _ in range(2)] == [234000, 270000]
    assert [receipt.birthday_list for receipt in shop.rows(Receipt)] == [300000, 0]


def test_a_refused_basket_leaves_the_rest_of_the_batch_unwritten(shop: Shop) -> None:
    good = shop.request(shop.product(10000), at=NOON, source="demo")
    bad = shop.request("NOPE", at=NOON, source="demo")
    with pytest.raises(Refusal):
        services.sell_batch([good, bad], ["a", "b"], NOON)
    assert set(shop.written().values()) == {0}
    assert shop.keys() == 0


def test_what_was_sold_cannot_be_changed(shop: Shop) -> None:
    shop.sell(shop.product(10000))
    for table in ("sales_receipt", "sales_line", "sales_tender", "core_decision"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET store_id = store_id"):
            with pytest.raises(Exception, match="append-only"), database.engine().begin() as connection:
                connection.execute(text(statement))


def test_receipts_of_merged_members_count_together(shop: Shop) -> None:
    first, second = shop.member("ordinary"), shop.member("ordinary")
    shop.sell(shop.product(10000), member_id=first)
    with work() as session:
        merge_members(session, from_id=first, into_id=second, by="test", reason="same person", now=NOON)
    with reading() as session:
        assert histories(session, [second], date(2026, 5, 4)) == {second: (1, 0)}
    assert shop.sell(shop.product(10000), member_id=second)["cash"] == 9500  # her second receipt (C07)


def test_e26_who_bought_on_15_january_is_at_the_edge_from_16_november(shop: Shop) -> None:
    member = shop.member("gold")
    shop.sell(shop.product(100), member_id=member, at=NOON.replace(month=1, day=15))
    with reading() as session:
        assert edge_members(session, shop.brand, date(2026, 11, 15), 10) == []
        found = edge_members(session, shop.brand, date(2026, 11, 16), 10)
    assert [(who.id, last) for who, last in found] == [(member, date(2026, 1, 15))]


@pytest.fixture
def firm(shop: Shop) -> Shop:
    """The shop with firm prices (C35)."""
    with work() as session:
        session.get_one(Store, shop.store).no_discount = True
    return shop


def test_a_store_with_firm_prices_gives_points_instead(firm: Shop) -> None:
    answer = firm.sell(firm.product(10000), member_id=firm.member("gold"))
    assert (answer["cash"], answer["points"]) == (10000, 200)


def test_where_prices_are_firm_no_special_price_holds_unless_headquarters_let_it(firm: Shop) -> None:
    member, product = firm.member("gold"), firm.product(10000, 8000)
    assert firm.quote(product).decision.cash == firm.quote(product, member_id=member).decision.cash == 10000
    with work() as session:
        settings.change(session, name="stores.firm_price_specials", to=True, by="hq", reason="season", now=NOON)
    quote = firm.quote(product, member_id=member)
    assert (quote.decision.cash, quote.points) == (8000, 160)
    elsewhere = firm.quote(product, member_id=member, store_id=firm.other_store)
    assert elsewhere.decision.cash == 7200


def test_where_prices_are_firm_no_rule_goes_below_them_whatever_it_says(firm: Shop) -> None:
    """A promotion whose author did not think of such stores."""
    product, member = firm.product(10000), firm.member("gold")
    with limited():  # ten yuan off every basket
        assert firm.quote(product, member_id=member).decision.cash == 10000
        assert firm.quote(product, member_id=member, store_id=firm.other_store).decision.cash == 8000
        answer = firm.sell(product)
        assert (answer["cash"], firm.rows(Discount)) == (10000, [])


def test_a_voucher_pays_where_prices_are_firm(firm: Shop) -> None:
    member = firm.member("gold")
    with work() as session:
        issue = Issue(member, firm.brand, firm.store, "cash", 3000, NOON.date(), NOON, "test")
        code = issue_many(session, [issue])[0]
    answer = firm.sell(firm.product(10000), member_id=member, vouchers=(code,))
    assert (answer["total"], answer["cash"]) == (10000, 7000)


def test_many_lines_of_one_product_are_many_lines(shop: Shop) -> None:
    product = shop.product(3333)
    quote = shop.quote(lines=[SaleLine(product, 3), SaleLine(product, 1)], member_id=shop.member("diamond"))
    assert [line.pay for line in quote.decision.lines] == [8499, 2833]  # half up, once a line
