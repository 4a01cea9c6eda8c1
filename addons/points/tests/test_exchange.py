"""Points become vouchers (C17): E18, E19."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from addons.membership.models import Member
from addons.points import queries, services
from addons.points.models import Entry, Lot
from addons.points.services import Candidate, Earning, Reversal
from addons.points.tests.book import assert_sound
from addons.vouchers import queries as vouchers
from addons.vouchers import services as voucher_services
from addons.vouchers.models import Voucher
from addons.vouchers.services import holders as voucher_holders
from addons.vouchers.tests.shop import NOON, Shop, at
from core import settings as decisions
from core.errors import Invalid, Refusal
from core.periods import local
from core.policy.version import BookVersion, digest_of, shipped_text
from rules.decide import Program
from rules.event import Event
from rules.trace import EffectFired
from rules.yaml_text import read_yaml, write_yaml

TODAY = date(2026, 5, 4)


def buy(shop: Shop, member: int, points: int, day: date = TODAY, *, bonus: int = 0, source: str = "purchase") -> None:
    base = points if source == "purchase" else 0
    services.earn_many(
        shop.session, [Earning(member, shop.store_id, 1, points + bonus, base, day, at(day), "r", source)]
    )


def candidate(shop: Shop, member: int, day: date = TODAY) -> Candidate:
    state = queries.state_many(shop.session, [member], day)[member]
    return Candidate(member, shop.brand_id, shop.store_id, state.purchase_12m, day, at(day))


def by_the_rules(program: Program, event: str = "points_review") -> Any:
    def decide(wanted: Candidate) -> Iterable[EffectFired]:
        facts = {"member.present": True, "points.purchase_12m": wanted.purchase_12m}
        return program.decide(Event(event, local(wanted.now), facts=facts)).effects

    return decide


@contextmanager
def rules_of(*rules: dict[str, Any]) -> Iterator[None]:
    """Let these rules be part of the programme that ships."""
    whole: Any = read_yaml(shipped_text() or "")
    text = write_yaml({**whole, "rules": [*whole["rules"], *rules]})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.policy.version._source", Book(BookVersion("asked", digest_of(text), text)))
        yield


@dataclass
class Book:
    """A source of one version."""

    version: BookVersion

    def live(self, *_: Any) -> BookVersion:
        return self.version

    def by_digest(self, _: Any, digest: str) -> BookVersion | None:
        return self.version if digest == self.version.digest else None

    def overruled(self, *_: Any) -> bool:
        return False


def exchange(shop: Shop, program: Program, member: int, day: date = TODAY) -> list[services.Exchanged]:
    return services.exchange_many(shop.session, [candidate(shop, member, day)], by_the_rules(program))


def test_e18_3120_purchase_points_make_one_voucher_and_leave_120(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 2000, date(2025, 9, 1))
    buy(shop, member, 1120)
    done = exchange(shop, program, member)
    assert [(e.points, len(e.codes), e.rule) for e in done] == [(3000, 1, "points-to-voucher")]
    assert queries.state_many(shop.session, [member], TODAY)[member] == queries.PointsState(120, 120)
    [voucher] = vouchers.usable(shop.session, member, shop.brand_id, TODAY)
    assert (voucher.kind, voucher.value, voucher.valid_until) == ("cash", 30_000, date(2026, 10, 31))
    taken = shop.session.scalars(select(Entry).filter_by(kind="exchange").order_by(Entry.number)).all()
    oldest, newest = shop.session.scalars(select(Lot.id).order_by(Lot.earned_on))
    assert [(entry.lot_id, entry.change) for entry in taken] == [(oldest, -2000), (newest, -1000)]
    assert exchange(shop, program, member) == []


def test_e19_6400_points_make_two_vouchers_and_leave_400(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, member, 6400)
    [done] = exchange(shop, program, member)
    assert (done.points, len(set(done.codes))) == (6000, 2)
    assert queries.state_many(shop.session, [member], TODAY)[member].balance == 400


def test_2999_points_make_none(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, member, 2999)
    assert exchange(shop, program, member) == []


def test_only_purchase_points_of_twelve_months_count(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 1500, bonus=1500)
    buy(shop, member, 1499, date(2025, 5, 5))
    buy(shop, member, 5000, date(2025, 5, 4))  # one day too old
    buy(shop, member, 5000, source="visit")
    assert candidate(shop, member).purchase_12m == 2999
    assert exchange(shop, program, member) == []
    buy(shop, member, 1)
    [done] = exchange(shop, program, member)
    assert done.points == 3000
    left = shop.session.execute(select(Lot.source, Lot.points, Lot.remaining).order_by(Lot.id)).all()
    assert left == [
        ("purchase", 1500, 0),
        ("bonus", 1500, 1500),
        ("purchase", 1499, 0),
        ("purchase", 5000, 5000),
        ("visit", 5000, 5000),
        ("purchase", 1, 0),
    ]


def test_what_was_decided_on_old_figures_gives_no_more_than_there_is(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, member, 3500)
    stale = replace(candidate(shop, member), purchase_12m=9000)
    [done] = services.exchange_many(shop.session, [stale], by_the_rules(program))
    assert (done.points, len(done.codes)) == (3000, 1)
    assert services.exchange_many(shop.session, [stale], by_the_rules(program)) == []


def test_a_rule_that_names_no_days_leaves_them_to_the_setting(shop: Shop) -> None:
    """C18."""
    member = shop.member()
    buy(shop, member, 3120)
    decisions.change(shop.session, name="vouchers.valid_days", to=30, by="hq", reason="C18", now=NOON)
    params = {"points": 3000, "voucher_kind": "cash", "voucher_value": 30_000, "times": 1, "total_points": 3000}
    effect = EffectFired("r", "points.exchange", params)
    [done] = services.exchange_many(shop.session, [candidate(shop, member)], lambda _: [effect])
    assert vouchers.by_code(shop.session, done.codes)[done.codes[0]].valid_until == TODAY + timedelta(days=30)


def test_points_are_exchanged_on_request_where_headquarters_says_so(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, member, 3120)
    decisions.change(shop.session, name="points.exchange_mode", to="on_request", by="hq", reason="C17", now=NOON)
    assert exchange(shop, program, member) == []
    wanted = candidate(shop, member)
    [done] = services.exchange_on_request(shop.session, wanted, by_the_rules(program))
    assert done.points == 3000
    with pytest.raises(services.NothingToExchange):
        services.exchange_on_request(shop.session, candidate(shop, member), by_the_rules(program))
    assert len(shop.session.scalars(select(Voucher)).all()) == 1


def test_points_that_waited_become_vouchers_when_they_can_be_spent(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    decisions.change(
        shop.session, name="points.purchase_pending_days", to=14, by="hq", reason="return period", now=NOON
    )
    buy(shop, member, 3120)
    day = TODAY + timedelta(days=15)
    assert services.release_pending(shop.session, day=day, now=at(day)) == 1
    assert queries.state_many(shop.session, [member], day)[member].balance == 120
    [voucher] = vouchers.usable(shop.session, member, shop.brand_id, day)
    assert voucher.value == 30_000
    assert_sound(shop.session)


def test_points_that_waited_stay_points_where_members_have_to_ask(shop: Shop) -> None:
    member = shop.member()
    for name, to in (("purchase_pending_days", 14), ("exchange_mode", "on_request")):
        decisions.change(shop.session, name=f"points.{name}", to=to, by="hq", reason="C17", now=NOON)
    buy(shop, member, 3120)
    day = TODAY + timedelta(days=15)
    services.release_pending(shop.session, day=day, now=at(day))
    assert queries.state_many(shop.session, [member], day)[member].balance == 3120
    [done] = services.request_exchange(shop.session, member_id=member, store_id=shop.store_id, now=at(day))
    assert (done.points, len(done.codes)) == (3000, 1)
    for other in (member, 99):
        with pytest.raises(Refusal):
            services.request_exchange(shop.session, member_id=other, store_id=shop.store_id, now=at(day))


# -- as many as she asks for, of what she chooses ----------------------------------------------------------------------

PARKING = {
    "rule": "parking",
    "event": "points_request",
    "when": {"fact": "points.purchase_12m", "at_least": 100},
    "then": [{"effect": "points.exchange", "points": 100, "voucher_kind": "parking", "voucher_value": 1000}],
}
COAT = PARKING | {
    "rule": "coat",
    "then": [{"effect": "points.exchange", "points": 2000, "voucher_kind": "gift", "voucher_value": 0}],
}


def ask(shop: Shop, member: int, **more: Any) -> list[services.Exchanged]:
    return services.request_exchange(shop.session, member_id=member, store_id=shop.store_id, now=NOON, **more)


def test_she_gets_as_many_as_she_asks_for_and_one_where_she_does_not_say(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 2750)
    with rules_of(PARKING):
        assert [len(done.codes) for done in ask(shop, member)] == [1]
        assert state(shop, member).balance == 2650
        [done] = ask(shop, member, quantity=3)
        assert (done.points, len(done.codes), done.rule) == (300, 3, "parking")
        for quantity, refusal in ((24, services.InsufficientPoints), (0, Invalid), (-1, Invalid)):
            with pytest.raises(refusal):
                ask(shop, member, quantity=quantity)
        assert state(shop, member).balance == 2350
        [done] = ask(shop, member, quantity=23)
        assert state(shop, member).balance == 50
        with pytest.raises(services.NothingToExchange):
            ask(shop, member)
    assert_sound(shop.session)


def test_of_several_kinds_she_chooses_one(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 2100)
    with rules_of(PARKING, COAT):
        offers = services.exchange_offers(shop.session, member_id=member, store_id=shop.store_id, now=NOON)
        assert [(o.rule, o.kind, o.value, o.points, o.most) for o in offers] == [
            ("parking", "parking", 1000, 100, 21),
            ("coat", "gift", 0, 2000, 1),
        ]
        with pytest.raises(services.SeveralOffers):
            ask(shop, member)
        for choice in ("coat", "coat:gift:0:1"):
            with pytest.raises(services.ExchangeNotOffered):
                ask(shop, member, choice=choice)
        [done] = ask(shop, member, choice=offers[1].choice)
        assert (done.points, done.rule) == (2000, "coat")
        [only] = services.exchange_offers(shop.session, member_id=member, store_id=shop.store_id, now=NOON)
        assert (only.rule, only.most) == ("parking", 1)
        with pytest.raises(services.ExchangeNotOffered):
            ask(shop, member, choice=offers[1].choice)
    assert [voucher.kind for voucher in shop.session.scalars(select(Voucher))] == ["gift"]
    assert_sound(shop.session)


def test_points_that_a_till_holds_are_not_offered(shop: Shop) -> None:
    member = shop.member()
    buy(shop, member, 1000)
    services.hold(shop.session, member_id=member, points=750, store_id=shop.store_id, by="t", now=NOON)
    with rules_of(PARKING):
        [offer] = services.exchange_offers(shop.session, member_id=member, store_id=shop.store_id, now=NOON)
        assert offer.most == 2
        with pytest.raises(services.InsufficientPoints):
            ask(shop, member, quantity=3)


LIMIT: dict[str, Any] = {
    "effect": "points.exchange", "points": 1000, "voucher_kind": "cash", "voucher_value": 10_000,
    "min_spend": 50_000, "categories": ["coat"], "products": ["S1", "P7"],
}  # fmt: skip
LIMITED = PARKING | {"rule": "for-coats", "then": [LIMIT]}


def test_a_voucher_for_points_may_be_good_for_some_goods_from_some_spend(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 2000)
    with rules_of(LIMITED):
        [offer] = services.exchange_offers(shop.session, member_id=member, store_id=shop.store_id, now=NOON)
        assert offer.limits == voucher_services.Limits(50_000, None, ("coat",), ("P7", "S1"))
        ask(shop, member, choice=offer.choice)
    with rules_of(LIMITED | {"then": [LIMIT | {"min_spend": 0}]}), pytest.raises(services.ExchangeNotOffered):
        ask(shop, member, choice=offer.choice)  # it is another voucher now
    [code] = shop.session.scalars(select(Voucher.code))
    found = vouchers.by_code(shop.session, [code])[code]
    assert (found.min_spend, found.categories, found.products) == (50_000, ["coat"], ["P7", "S1"])
    assert_sound(shop.session)


# -- goods come back whose points became a voucher ---------------------------------------------------------------------


def state(shop: Shop, member: int) -> queries.PointsState:
    return queries.state_many(shop.session, [member], TODAY)[member]


def undo(shop: Shop, member: int, points: int, *, receipt: int = 1) -> list[str]:
    where: dict[str, Any] = {"store_id": shop.stores[1], "day": TODAY, "now": NOON}
    return services.undo_exchanges(shop.session, member_id=member, receipt_id=receipt, points=points, **where)


def kept(shop: Shop) -> list[str]:
    return list(shop.session.scalars(select(Voucher.status).order_by(Voucher.id)))


def test_an_exchange_is_undone_only_where_its_points_are_missing(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 2000, date(2025, 9, 1))
    buy(shop, member, 4400)
    [done] = exchange(shop, program, member)
    assert (len(done.codes), undo(shop, member, 400), kept(shop)) == (2, [], ["active", "active"])
    assert undo(shop, member, 401) == done.codes[:1]
    assert (kept(shop), state(shop, member).balance) == (["void", "active"], 3400)
    assert undo(shop, member, 6400) == done.codes[1:]
    assert (kept(shop), state(shop, member)) == (["void", "void"], queries.PointsState(6400, 6400))
    assert undo(shop, member, 6401) == []
    assert_sound(shop.session)
    assert {lot.points - lot.remaining for lot in shop.session.scalars(select(Lot))} == {0}


def test_an_exchange_of_a_file_that_was_merged_is_undone_for_the_file_that_stays(
    everywhere: Shop, program: Program
) -> None:
    shop = everywhere
    old, new = shop.member("1"), shop.member("2")
    buy(shop, old, 3400)
    [done] = exchange(shop, program, old)
    voucher_holders.PERSON.merge(shop.session, old, new, NOON)
    services.PERSON.merge(shop.session, old, new, NOON)
    merged = shop.session.get_one(Member, old)
    merged.status, merged.merged_into_id, merged.phone = "merged", new, None
    shop.session.flush()
    assert (state(shop, old).balance, state(shop, new).balance) == (0, 400)
    assert undo(shop, old, 3400) == done.codes
    assert kept(shop) == ["void"]
    assert (state(shop, old).balance, state(shop, new)) == (0, queries.PointsState(3400, 3400))
    assert undo(shop, old, 3400) == []
    assert_sound(shop.session)
    back = Reversal(old, shop.store_id, 1, 3400, 3400, TODAY)
    assert services.reverse(shop.session, reversals=[back], now=NOON)[old].points == 3400
    assert (state(shop, old).balance, state(shop, new).balance) == (0, 0)
    assert_sound(shop.session)


def test_a_voucher_that_was_used_or_given_on_and_used_is_not_undone(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member, friend = shop.member("1"), shop.member("2")
    buy(shop, member, 3000)
    [done] = exchange(shop, program, member)
    [voucher] = vouchers.by_code(shop.session, done.codes).values()
    what: dict[str, Any] = {"store_id": shop.store_id, "day": TODAY, "now": NOON}
    code = voucher_services.give(shop.session, voucher_id=voucher.id, member_id=friend, by="shop", **what)
    use: dict[str, Any] = {"uses": [(code, 1)], "receipt_id": 9, "brand_id": shop.brand_id, "member_id": friend}
    voucher_services.redeem(shop.session, **use, **what)
    assert undo(shop, member, 3000) == []
    assert state(shop, member).balance == 0
    assert_sound(shop.session)


def test_points_that_come_back_pay_what_is_owed_first(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, member, 3000)
    exchange(shop, program, member)
    services.earn_many(shop.session, [Earning(member, shop.store_id, 2, 500, 500, TODAY, NOON, "r")])
    services.spend(shop.session, member_id=member, points=500, store_id=shop.store_id, reason="gift", now=NOON)
    services.reverse(shop.session, reversals=[Reversal(member, shop.store_id, 2, 500, 500, TODAY)], now=NOON)
    assert state(shop, member).balance == -500
    assert len(undo(shop, member, 3000)) == 1
    assert state(shop, member).balance == 2500
    assert_sound(shop.session)
