"""The worked examples of the programme through the services, with a database: exact to the fen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from addons.membership.models import Card, CardSegment, Member
from addons.points.models import Account, Referral
from addons.points.queries import state_many
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from addons.tiers.models import TierChange
from addons.tiers.queries import credit_half_year
from addons.tiers.services import evaluate
from addons.vouchers.models import Entry as VoucherEntry
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, issue_many
from core import settings
from core.db.session import reading, work
from core.policy.live import live_program

TODAY = date(2026, 5, 4)
BIRTHDAY = date(1990, 5, 4)


def _voucher(shop: Shop, member_id: int, value: int = 30000) -> str:
    with work() as session:
        issue = Issue(member_id, shop.brand, shop.store, "cash", value, TODAY, NOON, "test")
        return issue_many(session, [issue])[0]


def test_e01_the_first_receipt_pays_list_and_brings_card_and_points(shop: Shop) -> None:
    with work() as session:
        session.add(CardSegment(store_id=shop.store, tier="ordinary", first=1000, last=1999, next=1000))
    enrol = {"phone": "13800138000", "name": "王小明", "birthday": date(1990, 1, 1)}
    answer = shop.sell(shop.product(100000), enrol=enrol)
    assert (answer["cash"], answer["points"], answer["balance"]) == (100000, 1000, 1000)
    member = shop.rows(Member, id=answer["member_id"])[0]
    card = shop.rows(Card, member_id=member.id)[0]
    assert (member.status, member.tier, card.status, card.number) == ("active", "ordinary", "active", answer["card"])
    assert shop.rows(Receipt)[0].card_id == card.id


def test_e02_an_ordinary_member_pays_95_percent_from_the_second_receipt_on(shop: Shop) -> None:
    member, product = shop.member("ordinary"), shop.product(39900)
    assert shop.sell(product, member_id=member)["cash"] == 39900
    second = shop.sell(product, member_id=member)
    assert (second["cash"], second["points"]) == (37905, 379)


@pytest.mark.parametrize(
    ("case", "tier", "list_price", "special", "birthday", "cash", "points"),
    [
        ("E03", "gold", 128000, None, False, 115200, 1152),
        ("E04", "diamond", 128000, None, False, 108800, 1088),
        ("E05", "gold", 100000, 80000, False, 72000, 720),
        ("E06", "diamond", 100000, 80000, False, 68000, 680),
        ("E07", "diamond", 100000, 79000, False, 79000, 790),
        ("E08", "diamond", 59900, 50915, False, 43278, 432),
        ("E09", "gold", 100000, None, True, 78000, 1560),
        ("E10", "gold", 100000, 80000, True, 72000, 1440),
        ("E12", "diamond", 100000, 95000, True, 78000, 1560),
        ("E13", "diamond", 100000, 79000, True, 78000, 1560),
        ("E14", "diamond", 100000, 70000, True, 70000, 1400),
    ],
)
def test_e03_to_e14(
    shop: Shop, *, case: str, tier: str, list_price: int, special: int | None, birthday: bool, cash: int, points: int
) -> None:
    member = shop.member(tier, birthday=BIRTHDAY) if birthday else shop.member(tier)
    answer = shop.sell(shop.product(list_price, special), member_id=member)
    assert (answer["cash"], answer["points"]) == (cash, points), case
    receipt = shop.rows(Receipt)[0]
    assert (receipt.cash, receipt.points, receipt.credit, receipt.tier) == (cash, points, cash, tier)


def test_e11_an_ordinary_birthday_changes_no_price_and_no_points(shop: Shop) -> None:
    member = shop.member("ordinary", birthday=BIRTHDAY)
    shop.sell(shop.product(100), member_id=member, at=NOON - timedelta(days=30))
    answer = shop.sell(shop.product(100000), member_id=member)
    assert (answer["cash"], answer["points"]) == (95000, 950)


def test_e15_a_birthday_on_a_double_points_day_doubles_once(shop: Shop) -> None:
    member = shop.member("gold", birthday=BIRTHDAY)
    shop.double_day(TODAY)
    quote = shop.quote(shop.product(100000), member_id=member)
    assert quote.event.facts["points.double_day"] is True
    assert (quote.decision.multiplier, quote.points) == (20000, 1560)
    answer = shop.sell(shop.product(100000), member_id=member)
    assert (answer["cash"], answer["points"]) == (78000, 1560)


def test_c14_a_lunar_birthday_is_priced_on_the_day_it_falls_on_this_year(shop: Shop) -> None:
    """Born on 3 October 1990, the 15th of the eighth month, which is 25 September in 2026."""
    member = shop.member("gold", birthday=date(1990, 10, 3), lunar_birthday=815)
    days = {day: datetime(2026, *day, 4, 0, tzinfo=UTC) for day in ((9, 24), (9, 25), (10, 3))}
    cash = [shop.quote(shop.product(100000), member_id=member, at=at).decision.cash for at in days.values()]
    assert cash == [90000, 78000, 90000]
    answer = shop.sell(shop.product(100000), member_id=member, at=days[9, 25])
    assert (answer["cash"], answer["points"]) == (78000, 1560)


def test_c14_the_childs_birthday_counts_where_headquarters_decided_so(shop: Shop) -> None:
    mother = shop.member("gold", birthday=date(1988, 1, 2))
    shop.member("ordinary", birthday=BIRTHDAY.replace(year=2018), guardian_id=mother)
    assert shop.quote(shop.product(100000), member_id=mother).decision.cash == 90000
    with work() as session:
        settings.change(session, name="membership.birthday_of", to="child", by="hq", reason="childrenswear", now=NOON)
    assert shop.quote(shop.product(100000), member_id=mother).decision.cash == 78000
    assert shop.sell(shop.product(100000), member_id=mother)["points"] == 1560


def test_e16_the_referrer_is_promised_30_percent_of_the_friends_first_receipt(shop: Shop) -> None:
    referrer = shop.member("gold")
    friend = shop.member("ordinary", referrer_id=referrer)
    answer = shop.sell(shop.product(235050), member_id=friend)
    assert answer["referral_points"] == 705
    promise = shop.rows(Referral)[0]
    assert (promise.points, promise.state, promise.referrer_id) == (705, "pending", referrer)
    assert [(held.balance, held.pending) for held in shop.rows(Account, member_id=referrer)] == [(0, 705)]
    shop.sell(shop.product(235050), member_id=friend)
    assert len(shop.rows(Referral)) == 1


def test_e18_3120_purchase_points_become_one_voucher_and_leave_120(shop: Shop) -> None:
    member = shop.member("gold")
    answer = shop.sell(shop.product(346667), member_id=member)  # 9 折: 3120.00
    assert (answer["cash"], answer["points"], answer["balance"]) == (312000, 3120, 120)
    voucher = shop.rows(Voucher)[0]
    assert (voucher.value, voucher.code, voucher.member_id) == (30000, answer["vouchers"][0], member)
    with reading() as session:
        assert credit_half_year(session, member, TODAY) == 312000


def test_e19_6400_points_become_two_vouchers_and_leave_400(shop: Shop) -> None:
    member = shop.member("ordinary")
    answer = shop.sell(shop.product(640000), member_id=member)
    assert (answer["balance"], len(answer["vouchers"])) == (400, 2)


def test_e20_a_voucher_pays_after_the_discount_without_points_or_credit(shop: Shop) -> None:
    member = shop.member("diamond")
    answer = shop.sell(shop.product(100000), member_id=member, vouchers=(_voucher(shop, member),))
    assert (answer["total"], answer["tendered"], answer["cash"]) == (85000, 30000, 55000)
    assert (answer["points"], answer["credit"]) == (550, 55000)
    assert shop.rows(Voucher)[0].status == "used"
    assert shop.rows(VoucherEntry, to_state="redeemed")[0].amount == 30000


def test_e21_a_voucher_is_shared_out_over_the_lines(shop: Shop) -> None:
    member = shop.member("gold")
    products = shop.product(100000), shop.product(50000)
    answer = shop.sell(*products, member_id=member, vouchers=(_voucher(shop, member),))
    assert (answer["cash"], answer["points"]) == (105000, 1050)
    with reading() as session:
        receipt = session.get_one(Receipt, answer["receipt_id"])
        assert [(line.pay, line.tendered, line.net) for line in receipt.lines] == [
            (90000, 20000, 70000),
            (45000, 10000, 35000),
        ]
        assert [(tender.kind, tender.amount) for tender in receipt.tenders] == [("voucher", 30000), ("cash", 105000)]


@pytest.mark.parametrize(("second_day", "climbs"), [(9, True), (10, False)])
def test_e23_half_a_year_ends_after_9_july(shop: Shop, second_day: int, climbs: bool) -> None:
    member = shop.member("ordinary")
    shop.sell(shop.product(200000), member_id=member, at=datetime(2026, 1, 10, 4, tzinfo=UTC))
    product = shop.product(105264)  # 9.5 折: 1000.01
    answer = shop.sell(product, member_id=member, at=datetime(2026, 7, second_day, 4, tzinfo=UTC))
    assert ("tier" in answer) is climbs
    assert len(shop.rows(TierChange)) == climbs


def test_e24_one_large_receipt_is_gold_now_and_diamond_at_the_next_evaluation(shop: Shop) -> None:
    member = shop.member("ordinary")
    answer = shop.sell(shop.product(820000), member_id=member)
    assert (answer["tier"]["before"], answer["tier"]["after"]) == ("ordinary", "gold")
    assert [(c.tier_before, c.tier_after) for c in shop.rows(TierChange)] == [("ordinary", "gold")]
    with work() as session:
        live = live_program(session, "GB", NOON)
        changed = evaluate(session, member, TODAY, NOON, live.program)
    assert [(c.tier_before, c.tier_after) for c in changed] == [("gold", "diamond")]


def test_e25_double_points_make_no_gold(shop: Shop) -> None:
    """1500 yuan on a double-points day are 3000 points and 1500 yuan of tier credit (C01)."""
    member, product = shop.member("ordinary"), shop.product(150000)
    shop.double_day(TODAY)
    answer = shop.sell(product, member_id=member)
    assert (answer["points"], answer["credit"], "tier" in answer) == (3000, 150000, False)
    with reading() as session:
        assert state_many(session, [member], TODAY)[member].purchase_12m == 1500  # the bonus makes no voucher


def test_e26_the_last_purchase_is_known_to_the_day(shop: Shop) -> None:
    """The edge list reads the day of the last receipt: 15 January, business time, late in the evening."""
    member = shop.member("gold")
    shop.sell(shop.product(100), member_id=member, at=datetime(2026, 1, 15, 15, 59, tzinfo=UTC))
    assert shop.rows(Receipt)[0].day == date(2026, 1, 15)
