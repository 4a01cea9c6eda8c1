"""Limits of what visits give: per member, per store and in all, by count and by budget, each once for a visit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from addons.membership.models import Member
from addons.points import services
from addons.points.models import Entry, Lot, RuleUse, Visit
from addons.points.tests.book import assert_sound
from addons.points.tests.test_transferring import give, make_family
from addons.points.tests.test_visits_and_referrals import visit
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core import settings as decisions
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import work
from core.policy.live import compiled
from core.policy.version import BookVersion, digest_of, shipped_text
from rules.decide import Program
from rules.yaml_text import read_yaml, write_yaml

_M = Member.__table__
A_DAY = {"per": "member", "period": "day", "count": 1}
INVITED = {
    "rule": "invited",
    "event": "visit",
    "when": {"fact": "visit.invited", "is": True},
    "then": [{"effect": "points.earn", "points": 5}],
}


def limited(*limits: dict[str, Any], also: tuple[dict[str, Any], ...] = ()) -> Program:
    """The programme that ships, with other limits on what visits give, and more rules."""
    whole: Any = read_yaml(shipped_text() or "")
    for rule in whole["rules"]:
        if rule["rule"] == "visit-points":
            rule["limits"] = list(limits)
    text = write_yaml({**whole, "rules": [*whole["rules"], *also]})
    return compiled(BookVersion("limited", digest_of(text), text)).program


def used(shop: Shop) -> list[tuple[str, int, int, int | None]]:
    rows = shop.session.scalars(select(RuleUse).order_by(RuleUse.per, RuleUse.subject_id))
    return [(row.per, row.count, row.cost, row.granted) for row in rows]


def test_a_count_holds_for_a_store_and_in_all(addons: object, everywhere: Shop) -> None:
    shop = everywhere
    a_store = {"per": "store", "period": "day", "count": 2}
    program = limited(A_DAY, a_store, {"per": "all", "period": "month", "count": 3})
    members = [shop.member(str(n)) for n in range(1, 6)]
    at = [shop.stores[0]] * 3 + [shop.stores[1]] * 2
    gave = [visit(shop, program, m, store_id=store).points for m, store in zip(members, at, strict=True)]
    assert gave == [10, 10, 0, 10, 0]
    assert [visit(shop, program, m).not_given for m in members] == [0] * 5  # no budget was in the way
    assert [row[:2] for row in used(shop)] == [("all", 3), ("store", 2), ("store", 1)]
    assert visit(shop, program, members[0], date(2026, 6, 1)).points == 10
    assert_sound(shop.session)


def test_a_budget_holds_and_what_it_has_no_room_for_is_told_and_kept(addons: object, everywhere: Shop) -> None:
    shop = everywhere
    program = limited(A_DAY, {"per": "all", "period": "month", "budget": 250})
    visits = [visit(shop, program, shop.member(str(n))) for n in range(1, 5)]
    assert [(each.points, each.not_given) for each in visits] == [(10, 0), (10, 0), (0, 10), (0, 10)]
    assert used(shop) == [("all", 2, 200, 250)]
    kept = shop.session.execute(select(Visit.points, Visit.not_given, Visit.rule).order_by(Visit.id)).all()
    assert kept == [(10, 0, "visit-points")] * 2 + [(0, 10, "")] * 2
    assert_sound(shop.session)


def test_a_budget_of_one_rule_stops_no_other(addons: object, shop: Shop) -> None:
    program = limited({"per": "store", "period": "ever", "budget": 0}, also=(INVITED,))
    visited = visit(shop, program, shop.member())
    assert (visited.points, visited.not_given, visited.balance) == (5, 10, 5)


def test_points_cost_what_they_are_worth_on_the_day(addons: object, shop: Shop) -> None:
    program = limited({"per": "all", "period": "year", "budget": 1000})
    visit(shop, program, shop.member("1"))
    decisions.change(shop.session, name="settlement.point_value", to=25, by="hq", reason="t", now=NOON)
    visit(shop, program, shop.member("2"))
    visit(shop, program, shop.member("3"), date(2026, 5, 5))
    assert used(shop) == [("all", 3, 450, 1000)]


def test_each_rule_gives_once_for_a_visit_and_its_entry_leads_to_rule_and_version(
    addons: object, everywhere: Shop
) -> None:
    shop = everywhere
    program = limited(A_DAY, also=(INVITED,))
    visited = visit(shop, program, shop.member(), digest="d" * 64)
    joined = select(Entry.rule, Entry.points, Lot.digest, Lot.event, Lot.event_id).join(Lot, Lot.id == Entry.lot_id)
    assert sorted(shop.session.execute(joined).all()) == [
        ("invited", 5, "d" * 64, "visit", visited.visit_id),
        ("visit-points", 10, "d" * 64, "visit", visited.visit_id),
    ]
    lot = shop.session.scalars(select(Lot).where(Lot.rule == "invited")).one()
    again = {name: getattr(lot, name) for name in Lot.__table__.c.keys() if name != "id"}  # noqa: SIM118 - no dict
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(Lot.__table__.insert().values(again))
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(Lot.__table__.insert().values(again | {"event": None}))


def test_points_of_the_family_are_no_visits_and_points_given_away_stay_visits(addons: object, everywhere: Shop) -> None:
    shop = everywhere
    program = limited({"per": "member", "period": "day", "count": 1}, {"per": "member", "period": "month", "count": 2})
    with system_scope("test"):
        decisions.change(shop.session, name="points.family_transfers", to=True, by="hq", reason="t", now=NOON)
    giver, taker = make_family(shop)
    assert visit(shop, program, giver).points == 10
    give(shop, giver, taker, 10)
    assert visit(shop, program, giver).points == 0
    assert visit(shop, program, taker).points == 10
    days = [date(2026, 5, day) for day in (5, 6)]
    assert [visit(shop, program, taker, day).points for day in days] == [10, 0]
    assert_sound(shop.session)


def test_who_was_two_files_has_had_the_visits_of_both(addons: object, everywhere: Shop) -> None:
    shop = everywhere
    program = limited(A_DAY)
    first, second, third = (shop.member(str(n)) for n in (1, 2, 3))
    visit(shop, program, first)
    services.spend(shop.session, member_id=first, points=10, store_id=shop.store_id, reason="gift", ref="", now=NOON)
    for source, target in ((first, second), (second, third)):
        services.PERSON.merge(shop.session, source, target, NOON)
        shop.session.execute(
            update(_M).where(_M.c.id == source).values(status="merged", merged_into_id=target, phone=None)
        )
    assert visit(shop, program, third).points == 0


def test_a_budget_holds_whoever_confirms_at_once(addons: object, every_database: Engine) -> None:
    program = limited(
        A_DAY, {"per": "all", "period": "day", "budget": 399}, {"per": "store", "period": "day", "count": 9}
    )
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        members = [shop.member(str(n)) for n in range(1, 9)]
        store = shop.store_id

    def confirm(member: int) -> tuple[int, int]:
        def command(session: Any) -> dict[str, int]:
            asked: dict[str, Any] = {"invited": True, "confirmed_by": "amy", "now": NOON, "program": program}
            return services.record_visit(session, member_id=member, store_id=store, **asked)._asdict()

        with system_scope("test"):
            told = post(Operation("test.visit", f"visit-{member}", {"n": member}), command).answer
            return told["points"], told["not_given"]

    with ThreadPoolExecutor(8) as counters:
        gave = list(counters.map(confirm, members))
    assert sorted(gave) == [(0, 10)] * 5 + [(10, 0)] * 3
    with system_scope("test"), work() as session:
        rows = session.execute(select(RuleUse.per, RuleUse.count, RuleUse.cost).order_by(RuleUse.per)).all()
        assert rows == [("all", 3, 300), ("store", 3, 300)]
        assert_sound(session)


def test_the_last_guard_is_the_database(addons: object, everywhere: Shop) -> None:
    shop = everywhere
    visit(shop, limited({"per": "all", "period": "day", "budget": 150}), shop.member())
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(update(RuleUse).values(cost=151))
    assert used(shop) == [("all", 1, 100, 150)]
