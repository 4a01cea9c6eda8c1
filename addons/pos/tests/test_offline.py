"""Sales without a connection: each posted once, in whatever order they come; what does not fit is said, none lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update

from addons.catalog.models import Product
from addons.membership.models import Card, Member
from addons.points.models import Entry
from addons.points.queries import state_many
from addons.points.queries.audit import audit
from addons.points.services import MONTHS
from addons.pos import services
from addons.pos.domain.packs import hashed
from addons.pos.models import Conflict, OfflineSale, Pack, PriceList
from addons.pos.queries import KnownTill
from addons.rulebook import services as rulebook
from addons.sales.domain.returning import BackLine
from addons.sales.models import Receipt, RuleUse, Tender
from addons.sales.queries.agreement import reconciled
from addons.sales.tests.shop import NOON, Shop
from addons.sales.tests.test_quote import limited
from addons.sales.tests.test_returns import back, take
from addons.stores.models import Store
from addons.stores.queries import forget_places
from addons.tiers.models import Credit
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, issue_many
from core import clock
from core.db.models import Outbox
from core.db.scope import Scope, acting, system_scope
from core.db.session import money_work, reading, work
from core.errors import Invalid, NotFound, OutOfScope
from core.ledger.closing import ask_close, decide_close
from core.policy.live import live_program
from core.settings import change

SECRET = "a secret of the installation, for these tests"
HOUR = timedelta(hours=1)
EVENING = NOON + 8 * HOUR


@dataclass
class Field:
    """A till that lost its connection at noon."""

    shop: Shop
    till: KnownTill
    pack: dict[str, Any] = field(default_factory=dict)

    def take_pack(self, at: datetime = NOON) -> dict[str, Any]:
        with acting(services.scope_of_till(self.till)):
            self.pack = services.make_pack(till=self.till, now=at, secret=SECRET)
        return self.pack

    def member(self, member_id: int) -> Mapping[str, Any]:
        """The member as the till finds her in the pack by her card."""
        with system_scope("test"), reading() as session:
            number = session.scalars(select(Card.number).where(Card.member_id == member_id)).one()
        [found] = [one for one in self.pack["members"] if one["card"] == hashed(self.pack["salt"], number)]
        return found  # type: ignore[no-any-return]

    def price(self, code: str, column: str = "none") -> int:
        [found] = [one for one in self.pack["products"] if one["product"] == code]
        return int(found["prices"][column])

    def sale(self, key: str, *codes: str, paid: int, **more: Any) -> dict[str, Any]:
        """A sale as the schema reads it, an hour after noon where nothing else is said."""
        at = more.pop("at", NOON + HOUR)
        lines = [{"product": code, "quantity": 1} for code in codes]
        payments = [{"kind": "cash", "amount": paid}] if paid else []
        told = {"key": key, "pack": self.pack["pack"], "sold_at": at, "lines": lines, "payments": payments}
        return told | more

    def bring(self, *sales: dict[str, Any], at: datetime = EVENING) -> list[dict[str, Any]]:
        with acting(services.scope_of_till(self.till)):
            return services.take_sales(till=self.till, asked=sales, now=at, secret=SECRET)


def connect(shop: Shop, name: str = "till", store: int = 0) -> KnownTill:
    with work() as session:
        made = services.add_till(session, store_id=store or shop.store, name=name, by="hq", now=NOON)
    with reading() as session:
        return services.recognise(session, made.credential, NOON)


@pytest.fixture
def away(every_database: Engine) -> Iterator[Field]:
    """A till on each database, away from noon on."""
    with system_scope("test"):
        shop = Shop.opened()
        yield Field(shop, connect(shop))


def rows(model: Any, **wanted: Any) -> list[Any]:
    with system_scope("test"), reading() as session:
        return list(session.scalars(select(model).filter_by(**wanted).order_by(model.id)))


def balance(member: int) -> int:
    with reading() as session:
        return state_many(session, [member], EVENING.date())[member].balance


def conflicts() -> list[tuple[str, int, str]]:
    return [(one.kind, one.amount, one.bearer) for one in rows(Conflict)]


def voucher(shop: Shop, member: int | None, value: int = 30_000, binding: str = "member") -> str:
    with work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", value, NOON.date(), NOON, "rule", binding=binding)
        return issue_many(session, [issue])[0]


def agrees() -> None:
    """Every receipt agrees with what was written with it."""
    with reading() as session:
        assert [vars(finding) if hasattr(finding, "__dict__") else finding for finding in reconciled(session)] == []


# -- packs ------------------------------------------------------------------------------------------------------------


def test_a_pack_has_prices_and_members_and_says_nothing_about_anybody(away: Field) -> None:
    shop = away.shop
    plain, dear = shop.product(100_000), shop.product(100_000, 70_000)
    gold, fresh = shop.member("gold", birthday=date(1990, 5, 4)), shop.member()
    code = voucher(shop, gold)
    with work() as session:
        foreign = session.get_one(Member, shop.member())
        foreign.store_id = shop.other_store
    pack = away.take_pack()
    assert pack["valid_until"] == (NOON + timedelta(hours=24)).isoformat()
    assert (pack["store"], pack["version"], len(pack["digest"])) == ("S1", "default", 64)
    assert {one["product"] for one in pack["products"]} == {plain, dear}
    assert [away.price(plain, column) for column in ("none", "first", "ordinary", "gold", "diamond")] == [
        100_000,
        100_000,
        95_000,
        90_000,
        85_000,
    ]
    assert away.price(dear, "gold") == 70_000
    found = away.member(gold)
    assert (found["name"], found["tier"], found["prices"]) == ("M**", "gold", "gold")
    assert found["vouchers"] == [
        {
            "code": hashed(pack["salt"], code),
            "remaining": 30_000,
            "valid_until": (NOON.date() + timedelta(180)).isoformat(),
        }
    ]
    assert (away.member(fresh)["prices"], len(pack["members"])) == ("first", 2)
    text = str(pack)
    for secret in ("Member", "13800", "C0000", "1990", code):
        assert secret not in text
    [kept] = rows(Pack)
    assert (kept.till_id, kept.products, kept.members, kept.digest) == (away.till.id, 2, 2, pack["digest"])
    away.take_pack()
    assert len(rows(Pack)) == 2
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(PriceList)) == 1  # the same prices are kept once


def test_where_prices_are_firm_a_pack_holds_no_special_price(away: Field) -> None:
    code = away.shop.product(10_000, 8_000)
    with system_scope("test"), work() as session:
        session.get_one(Store, away.shop.store).no_discount = True
    away.take_pack()
    [product] = [one for one in away.pack["products"] if one["product"] == code]
    assert product["special_price"] is None
    assert set(product["prices"].values()) == {10_000}


def test_headquarters_bound_what_goes_out(away: Field) -> None:
    for name, to in (("pack_members", 1), ("pack_products", 2), ("pack_hours", 2)):
        with work() as session:
            change(session, name=f"pos.{name}", to=to, by="hq", reason="test", now=NOON)
    codes = [away.shop.product(1000) for _ in range(3)]
    members = [away.shop.member() for _ in range(2)]
    pack = away.take_pack()
    assert [one["product"] for one in pack["products"]] == codes[1:]
    assert len(pack["members"]) == 1
    assert away.member(members[1])
    assert pack["valid_until"] == (NOON + 2 * HOUR).isoformat()


# -- posted once ------------------------------------------------------------------------------------------------------


def test_a_sale_is_posted_as_of_its_moment_with_the_moment_it_came(away: Field) -> None:
    member, code = away.shop.member("gold"), away.shop.product(100_000)
    away.take_pack()
    [told] = away.bring(away.sale("k", code, paid=90_000, member=away.member(member)["member"], cashier="小李"))
    assert (told["state"], told["number"], told["conflicts"], told["repeated"]) == ("posted", "S1-0000001", [], False)
    assert (told["total"], told["cash"], told["points"]) == (90_000, 90_000, 900)
    assert (told["sold_at"], told["posted_at"]) == ((NOON + HOUR).isoformat(), EVENING.isoformat())
    [receipt], [sale] = rows(Receipt), rows(OfflineSale)
    assert (receipt.at, receipt.tier, receipt.cashier, receipt.source) == (NOON + HOUR, "gold", "小李", "api")
    assert (sale.sold_at, sale.received_at, sale.posted_at) == (NOON + HOUR, EVENING, EVENING)
    assert (sale.receipt_id, sale.body, sale.paid) == (receipt.id, None, 90_000)
    assert balance(member) == 900
    agrees()


def test_what_comes_again_is_answered_again_and_posted_once(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    first = away.sale("k", code, paid=10_000)
    [told], [again] = away.bring(first), away.bring(first, at=EVENING + HOUR)
    assert again == told | {"repeated": True}
    assert [one["repeated"] for one in away.bring(first, first)] == [True, True]
    [other] = away.bring(away.sale("k", code, code, paid=20_000))
    assert (other["state"], other["problem"]) == ("refused", {"code": "key_reused", "facts": {"key": "k"}})
    assert len(rows(Receipt)) == 1


def test_every_order_and_every_part_posts_each_sale_once(away: Field) -> None:
    """Three sales in each order, then many in random parts with repeats: the same receipts stand at the end."""
    codes = [away.shop.product(10_000 + 1000 * number) for number in range(3)]
    away.take_pack()
    sales = [away.sale(f"k{n}", code, paid=10_000 + 1000 * n, at=NOON + n * HOUR) for n, code in enumerate(codes)]
    for number, order in enumerate(permutations(range(3))):
        tagged = [{**sales[n], "key": f"{number}-{n}"} for n in order]
        away.bring(*tagged)
        cash = [row.cash for row in rows(Receipt)[-3:]]
        assert cash == [10_000, 11_000, 12_000]  # within an upload: by the moment of sale
    chance = Random(7)
    many = [away.sale(f"m{n}", codes[n % 3], paid=10_000 + 1000 * (n % 3), at=NOON + n * HOUR / 60) for n in range(40)]
    waiting = many * 3
    chance.shuffle(waiting)
    while waiting:
        part, waiting = waiting[: chance.randint(1, 17)], waiting[17:] + waiting[:0]
        away.bring(*part)
    away.bring(*many)
    assert len(rows(Receipt)) == 18 + 40
    assert sum(row.cash for row in rows(Receipt)[18:]) == sum(sale["payments"][0]["amount"] for sale in many)
    assert len({row.key for row in rows(OfflineSale)}) == 58
    assert not conflicts()
    agrees()


def test_eight_uploads_at_once_post_each_sale_once(away: Field) -> None:
    member, code = away.shop.member("gold"), away.shop.product(10_000)
    away.take_pack()
    shown = away.member(member)["member"]
    sales = [away.sale(f"k{n}", code, paid=9_000, member=shown, at=NOON + n * HOUR / 60) for n in range(6)]

    def bring(turn: int) -> None:
        away.bring(*sales[turn % 6 :], *sales[: turn % 6])

    contexts = [copy_context() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: pair[1].run(bring, pair[0]), enumerate(contexts)))
    assert len(rows(Receipt)) == 6
    assert balance(member) == 6 * 90
    assert not conflicts()


def test_a_checkout_whose_answer_was_lost_is_not_posted_again(away: Field) -> None:
    """The till asked while there was a connection, heard nothing, and brings the same sale under the same key."""
    code = away.shop.product(10_000)
    away.take_pack()
    asked = {"lines": [{"product": code, "quantity": 1}], "payments": [{"kind": "cash", "amount": 10_000}]}
    with acting(services.scope_of_till(away.till)):
        posted = services.sell(till=away.till, asked=asked, key="k", now=NOON, secret=SECRET)
    [told] = away.bring(away.sale("k", code, paid=10_000))
    assert (told["state"], told["number"], told["repeated"]) == ("posted", posted.answer["number"], True)
    [other] = away.bring(away.sale("k", code, code, paid=20_000))
    assert other["state"] == "refused"
    assert len(rows(Receipt)) == 1


# -- prices -----------------------------------------------------------------------------------------------------------


def test_the_price_the_customer_was_told_stands_although_everything_changed(away: Field) -> None:
    member, code = away.shop.member("gold"), away.shop.product(100_000)
    away.take_pack()
    shown = away.member(member)["member"]
    with work() as session:
        session.execute(update(Product).values(list_price=150_000, active=False))
        session.execute(update(Member).where(Member.id == member).values(tier="diamond"))
        rule = live_program(session, "GB", NOON).program.book.rules[0].name
        rulebook.switch_off(session, brand_id=away.shop.brand, rule=rule, reason="wrong", by="bo", now=NOON + HOUR)
    [told] = away.bring(away.sale("k", code, paid=90_000, member=shown))
    assert (told["state"], told["cash"], told["conflicts"]) == ("posted", 90_000, [])
    assert rows(Receipt)[0].tier == "gold"
    agrees()


def test_too_little_is_kept_as_sold_and_the_store_bears_it(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    [told] = away.bring(away.sale("k", code, paid=9_500))
    assert (told["state"], told["cash"]) == ("posted", 9_500)
    assert told["conflicts"] == [{"kind": "under_price", "amount": 500, "bearer": "store"}]
    assert [(row.kind, row.amount) for row in tenders()] == [("shortfall", 500), ("cash", 9_500)]
    assert rows(Conflict)[0].facts == {"paid": 9_500, "due": 10_000}
    agrees()


def test_what_nobody_paid_earns_nothing_and_is_never_paid_back(away: Field) -> None:
    shop = away.shop
    member, code = shop.member("gold"), shop.product(100_000)
    away.take_pack()
    paper = voucher(shop, member)
    shown = away.member(member)["member"]
    sale = away.sale("k", code, paid=20_000, member=shown, vouchers=[{"code": paper, "amount": 30_000}])
    [told] = away.bring(sale)
    assert (told["state"], told["cash"]) == ("posted", 20_000)
    [receipt] = rows(Receipt)
    assert (receipt.total, receipt.tendered, receipt.points, receipt.credit) == (90_000, 70_000, 200, 20_000)
    parts = [(row.kind, row.amount) for row in tenders()]
    assert parts == [("voucher", 30_000), ("shortfall", 40_000), ("cash", 20_000)]
    agrees()
    answer = take(shop, back(shop, receipt.id, BackLine(1, 1)))
    assert (answer["cash"], answer["points"]) == (20_000, 200)
    assert [(restored[0], restored[1]) for restored in answer["vouchers_restored"]] == [(paper, 30_000)]
    agrees()


def test_too_much_is_owed_to_the_customer(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    parts = [{"kind": "wechat", "amount": 9_000}, {"kind": "cash", "amount": 1_500}]
    [told] = away.bring(away.sale("k", code, paid=0) | {"payments": parts})
    assert told["conflicts"] == [{"kind": "over_price", "amount": 500, "bearer": "customer"}]
    assert [(row.kind, row.amount) for row in tenders()] == [("wechat", 9_000), ("cash", 1_000)]
    agrees()


def test_a_birthday_the_till_could_not_know_is_owed(away: Field) -> None:
    member, code = away.shop.member("gold", birthday=date(1990, 5, 4)), away.shop.product(100_000)
    away.take_pack()
    away.bring(away.sale("k", code, paid=90_000, member=away.member(member)["member"]))
    assert conflicts() == [("over_price", 12_000, "customer")]


def tenders() -> list[Any]:
    with system_scope("test"), reading() as session:
        return list(session.scalars(select(Tender).order_by(Tender.receipt_id, Tender.tender_no)))


# -- used up meanwhile ------------------------------------------------------------------------------------------------


def test_a_voucher_used_elsewhere_meanwhile_is_a_conflict_and_the_sale_stands(away: Field) -> None:
    shop = away.shop
    member, code = shop.member("gold"), shop.product(100_000)
    paper = voucher(shop, member)
    away.take_pack()
    shown = away.member(member)["member"]
    shop.sell(code, member_id=member, vouchers=(paper,), store_id=shop.other_store)
    sold = away.sale("k", code, paid=60_000, member=shown, vouchers=[{"code": paper, "amount": 30_000}])
    [told] = away.bring(sold)
    assert (told["state"], told["total"], told["tendered"], told["cash"]) == ("posted", 90_000, 30_000, 60_000)
    assert told["conflicts"] == [{"kind": "voucher", "amount": 30_000, "bearer": "store"}]
    [conflict] = rows(Conflict)
    assert conflict.facts == {"voucher": paper, "code": "voucher_used", "facts": {"voucher": paper}}
    assert [(row.kind, row.amount, row.voucher_id) for row in tenders()][-2:] == [
        ("lost_voucher", 30_000, None),
        ("cash", 60_000, None),
    ]
    assert [(row.status, row.uses) for row in rows(Voucher)] == [("used", 1)]
    agrees()


def test_a_good_voucher_pays_and_one_that_is_not_known_does_not(away: Field) -> None:
    shop = away.shop
    member, code = shop.member("gold"), shop.product(100_000)
    paper = voucher(shop, member)
    away.take_pack()
    shown = away.member(member)["member"]
    taken = [{"code": f"{paper[:7].lower()}-{paper[7:]}", "amount": 30_000}]
    false = [{"code": "NOSUCH", "amount": 30_000}]
    told = away.bring(
        away.sale("good", code, paid=60_000, member=shown, vouchers=taken),
        away.sale("false", code, paid=60_000, member=shown, vouchers=false, at=NOON + 2 * HOUR),
    )
    assert [one["state"] for one in told] == ["posted", "posted"]
    assert [one["conflicts"] for one in told] == [[], [{"kind": "voucher", "amount": 30_000, "bearer": "store"}]]
    assert rows(Voucher)[0].status == "used"
    agrees()


@pytest.mark.parametrize("binding", ["member", "first_use"])
def test_a_voucher_taken_without_its_member_is_lost_and_the_sale_stands(away: Field, binding: str) -> None:
    """The goods are gone: what online would be refused is a conflict, never a sale that waits for ever."""
    shop = away.shop
    code = shop.product(100_000)
    paper = voucher(shop, shop.member() if binding == "member" else None, binding=binding)
    away.take_pack()
    [told] = away.bring(away.sale("k", code, paid=70_000, vouchers=[{"code": paper, "amount": 30_000}]))
    assert (told["state"], told["cash"]) == ("posted", 70_000)
    assert told["conflicts"] == [{"kind": "voucher", "amount": 30_000, "bearer": "store"}]
    assert rows(Conflict)[0].facts["code"] == "voucher_needs_member"
    assert [(row.status, row.uses) for row in rows(Voucher)] == [("active", 0)]
    agrees()


def test_two_tills_away_take_one_voucher_and_one_of_them_bears_it(away: Field) -> None:
    shop = away.shop
    member, code = shop.member("gold"), shop.product(100_000)
    paper = [{"code": voucher(shop, member), "amount": 30_000}]
    other = Field(shop, connect(shop, "beside"))
    away.take_pack()
    other.take_pack()

    def bring(till: Field) -> None:
        shown = till.member(member)["member"]
        till.bring(till.sale("k", code, paid=60_000, member=shown, vouchers=paper))

    contexts = [copy_context() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].run(bring, pair[1]), zip(contexts, (away, other), strict=True)))
    assert [row.cash for row in rows(Receipt)] == [60_000, 60_000]
    assert conflicts() == [("voucher", 30_000, "store")]
    assert rows(Voucher)[0].uses == 1
    agrees()


def test_a_limit_used_up_meanwhile_is_given_all_the_same(away: Field) -> None:
    code = away.shop.product(50_000)
    with work() as session:
        change(session, name="pos.shortfall_bearer", to="headquarters", by="hq", reason="test", now=NOON)
    with limited({"per": "all", "period": "ever", "count": 1}):
        away.take_pack()
        assert away.price(code) == 49_000
        away.shop.sell(code, store_id=away.shop.other_store)
        [told] = away.bring(away.sale("k", code, paid=49_000))
        assert (told["state"], told["cash"]) == ("posted", 49_000)
        agrees()
    assert told["conflicts"] == [{"kind": "limit", "amount": 1_000, "bearer": "headquarters"}]
    with reading() as session:
        assert [use.count for use in session.scalars(select(RuleUse))] == [2]  # what was given is counted


# -- members ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [{"card": "C999999"}, {"member": "x"}, {"member": "WzEsMSwiZ29sZCJd.AAAA"}])
def test_an_unknown_member_is_a_conflict_and_the_sale_has_none(away: Field, shown: dict[str, str]) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    [told] = away.bring(away.sale("k", code, paid=10_000, **shown))
    assert (told["state"], told["points"]) == ("posted", 0)
    assert conflicts() == [("unknown_member", 0, "nobody")]
    assert rows(Receipt)[0].member_id is None


def test_a_card_the_pack_did_not_know_is_found_and_a_lost_one_is_said(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    member = away.shop.member("gold")  # made while the till was away
    with reading() as session:
        number = session.scalars(select(Card.number).where(Card.member_id == member)).one()
    away.bring(away.sale("k", code, paid=9_000, card=number))
    assert not conflicts()
    with work() as session:
        session.execute(update(Card).where(Card.member_id == member).values(status="lost"))
    away.bring(away.sale("l", code, paid=10_000, card=number))
    assert ("card_state", 0, "nobody") in conflicts()
    assert {row.member_id for row in rows(Receipt)} == {member}


def test_a_member_who_was_merged_since_gets_her_points(away: Field) -> None:
    from addons.membership.services import merge_members
    from core.db.posting import Operation, post

    shop = away.shop
    gone, stays = shop.member("gold"), shop.member("gold")
    code = shop.product(10_000)
    away.take_pack()
    shown = away.member(gone)["member"]

    def merge(session: Any) -> dict[str, Any]:
        merged = merge_members(session, from_id=gone, into_id=stays, reason="same", by="ann", now=NOON + HOUR)
        return {"id": merged.id}

    post(Operation("test", "merge", {}), merge)
    away.bring(away.sale("k", code, paid=9_000, member=shown))
    assert not conflicts()
    assert balance(stays) == 90


@pytest.mark.postgresql
def test_a_member_who_is_merged_while_her_sale_comes_in_gets_her_points_in_the_file_that_stays(
    postgresql: Engine,
) -> None:
    from addons.membership.services import merge_members

    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with system_scope("test"):
        shop = Shop.opened()
        away = Field(shop, connect(shop))
        gone, stays = shop.member("gold"), shop.member("gold")
        code = shop.product(10_000)
        away.take_pack()
        sale = away.sale("k", code, paid=9_000, member=away.member(gone)["member"])
        with ThreadPoolExecutor(1) as desk:
            with money_work() as session:
                merge_members(session, from_id=gone, into_id=stays, reason="same", by="ann", now=NOON + HOUR)
                coming = desk.submit(away.bring, sale)
                while not (coming.done() or session.execute(text(waits)).scalar_one()):
                    session.execute(text("SELECT pg_stat_clear_snapshot()"))
            assert coming.result()[0]["state"] == "posted"
        assert (balance(gone), balance(stays)) == (0, 90)
        agrees()


# -- clocks and packs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(days=300), -timedelta(days=8)])
def test_a_clock_that_lies_holds_the_sale_until_a_person_posts_it(away: Field, off: timedelta) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    sale = away.sale("k", code, paid=10_000, at=EVENING + off)
    [told] = away.bring(sale)
    assert (told["state"], told["number"]) == ("held", None)
    assert told["conflicts"] == [{"kind": "clock", "amount": 0, "bearer": "nobody"}]
    assert not rows(Receipt)
    [row] = rows(OfflineSale)
    done = services.post_held(sale_id=row.id, reason="clock was wrong", by="ann", now=EVENING + HOUR, key="f")
    assert done.answer["state"] == "posted"
    assert services.post_held(sale_id=row.id, reason="clock was wrong", by="ann", now=EVENING + HOUR, key="f").repeated
    [receipt] = rows(Receipt)
    assert receipt.at == min(EVENING + off, EVENING)
    [again] = away.bring(sale)
    assert (again["state"], again["number"], again["repeated"]) == ("posted", receipt.number, True)
    with pytest.raises(services.NotHeld):
        services.post_held(sale_id=row.id, reason="again", by="ann", now=EVENING, key="g")
    [clock] = rows(Conflict, kind="clock")
    assert (clock.resolved_by, clock.reason, clock.resolved_at) == ("ann", "clock was wrong", EVENING + HOUR)
    agrees()


def test_a_clock_a_little_ahead_is_no_matter(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    [told] = away.bring(away.sale("k", code, paid=10_000, at=EVENING + timedelta(minutes=5)))
    assert told["state"] == "posted"
    assert rows(Receipt)[0].at == EVENING  # no receipt is of a moment that is yet to come
    assert rows(OfflineSale)[0].sold_at == EVENING + timedelta(minutes=5)


def test_a_pack_that_is_over_gives_no_right_to_its_prices(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    with work() as session:
        session.execute(update(Product).values(list_price=12_000))
    late = NOON + timedelta(hours=25)
    sale = away.sale("k", code, paid=10_000, at=late)
    [told] = away.bring(sale, at=late + HOUR)
    assert {one["kind"]: (one["amount"], one["bearer"]) for one in told["conflicts"]} == {
        "pack": (0, "nobody"),
        "under_price": (2_000, "store"),
    }


def test_a_pack_of_nobody_or_of_another_till_is_none(away: Field) -> None:
    code = away.shop.product(10_000)
    other = Field(away.shop, connect(away.shop, "beside"))
    other.take_pack()
    away.take_pack()
    for number, pack in enumerate(("x", other.pack["pack"], away.pack["pack"][:-2] + "AA", other.member)):
        shown = str(pack)[:900]
        away.bring(away.sale(f"k{number}", code, paid=10_000) | {"pack": shown})
    assert conflicts() == [("pack", 0, "nobody")] * 4
    assert len(rows(Receipt)) == 4


# -- held -------------------------------------------------------------------------------------------------------------


def test_a_product_nobody_knows_holds_the_sale_and_it_is_posted_once_it_is_there(away: Field) -> None:
    away.shop.product(10_000)
    away.take_pack()
    [told] = away.bring(away.sale("k", "P2", paid=10_000))
    assert (told["state"], told["conflicts"][0]["kind"]) == ("held", "not_posted")
    [conflict], [row] = rows(Conflict), rows(OfflineSale)
    assert conflict.facts == {"code": "unknown_product", "facts": {"line": 1, "product": "P2"}}
    assert services.post_held(sale_id=row.id, reason="try", by="ann", now=EVENING, key="a").answer["state"] == "held"
    assert away.shop.product(10_000) == "P2"
    assert services.post_held(sale_id=row.id, reason="added", by="ann", now=EVENING, key="b").answer["number"]
    assert [(row.state, row.number) for row in rows(OfflineSale)] == [("posted", "S1-0000001")]
    assert all(one.resolved_at for one in rows(Conflict))
    agrees()


def test_a_store_that_was_closed_holds_the_sale_and_it_may_be_closed_without_a_receipt(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    with work() as session:
        session.get_one(Store, away.shop.store).closed_on = NOON.date() - timedelta(days=1)
    forget_places()
    sale = away.sale("k", code, paid=10_000)
    assert away.bring(sale)[0]["state"] == "held"
    [conflict] = rows(Conflict)
    with work() as session:
        services.resolve_conflict(session, conflict_id=conflict.id, reason="a trial", by="ann", now=EVENING)
    assert [row.state for row in rows(OfflineSale)] == ["closed"]
    assert away.bring(sale)[0]["state"] == "closed"
    with work() as session, pytest.raises(services.AlreadyResolved):
        services.resolve_conflict(session, conflict_id=conflict.id, reason="again", by="bo", now=EVENING)
    assert not rows(Receipt)


def test_a_sale_of_a_closed_month_keeps_its_day_and_its_points_count_in_the_open_one(away: Field) -> None:
    shop = away.shop
    referrer = shop.member("gold")
    member = shop.member("gold", referrer_id=referrer)
    product = shop.product(400_000)
    sold, brought = datetime(2026, 5, 31, 4, tzinfo=UTC), datetime(2026, 6, 3, 4, tzinfo=UTC)
    with clock.fixed(sold):
        away.take_pack(at=sold)
    sale = away.sale("k1", product, paid=360_000, at=sold + HOUR, member=away.member(member)["member"])
    with clock.fixed(brought):
        with work() as session:
            asked = ask_close(session, MONTHS, month=date(2026, 5, 1), by="ann", now=brought)
            decide_close(session, MONTHS, request_id=asked.id, approve=True, by="bob", now=brought)
        [told] = away.bring(sale, at=brought)
        assert (told["state"], told["conflicts"]) == ("posted", [])
    [receipt] = rows(Receipt)
    assert (receipt.day, receipt.points) == (date(2026, 5, 31), 3600)
    assert {(entry.kind, entry.day) for entry in rows(Entry)} == {
        ("purchase", date(2026, 6, 1)),
        ("exchange", date(2026, 6, 1)),
        ("referral", date(2026, 6, 1)),
    }
    assert [credit.day for credit in rows(Credit)] == [date(2026, 5, 31)]
    with reading() as session:
        assert list(audit(session)) == []
    agrees()


def test_conflicts_are_resolved_with_a_reason_within_ones_stores(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    away.bring(away.sale("a", code, paid=9_000), away.sale("held", "NOPE", paid=1))
    under, held = rows(Conflict)
    other = Scope(reads=frozenset({away.shop.other_store}), writes=frozenset({away.shop.other_store}))
    readers = Scope(reads=None, writes=frozenset())
    sale = rows(OfflineSale, key="held")[0]
    for scope, kind in ((other, NotFound), (readers, OutOfScope)):
        with acting(scope):
            with work() as session, pytest.raises(kind):
                services.resolve_conflict(session, conflict_id=under.id, reason="x", by="x", now=EVENING)
            with pytest.raises(kind):
                services.post_held(sale_id=sale.id, reason="x", by="x", now=EVENING, key=kind.__name__)
    for reason in ("", "  ", "x" * 201):
        with work() as session, pytest.raises(Invalid):
            services.resolve_conflict(session, conflict_id=under.id, reason=reason, by="ann", now=EVENING)
    with work() as session:
        services.resolve_conflict(session, conflict_id=under.id, reason="till was wrong", by="ann", now=EVENING)
    assert [row.state for row in rows(OfflineSale)] == ["posted", "held"]
    assert [bool(row.resolved_at) for row in (rows(Conflict)[0], rows(Conflict)[1])] == [True, False]
    assert held.kind == "not_posted"


def test_partners_are_told_of_conflicts(away: Field) -> None:
    code = away.shop.product(10_000)
    away.take_pack()
    away.bring(away.sale("fine", code, paid=10_000), away.sale("k", code, paid=9_000))
    with reading() as session:
        told = [row.data for row in session.scalars(select(Outbox)) if row.name == "pos.conflict_recorded"]
    assert told == [
        {
            "store_id": away.shop.store,
            "sale": "k",
            "receipt": "S1-0000002",
            "conflicts": [{"kind": "under_price", "amount": 1_000, "bearer": "store"}],
        }
    ]
