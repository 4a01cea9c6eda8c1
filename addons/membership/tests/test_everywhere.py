"""One long story on each database: what is said in SQL must mean the same on both."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from addons.catalog.queries import priced_lines
from addons.catalog.services import import_products
from addons.membership import services
from addons.membership.models import Card, Member, TierQuota
from addons.membership.queries import at_till, find_duplicates, survivor, till_members
from addons.membership.tests.people import NOW, open_shop
from addons.stores.queries import place, scope_of
from core.db.scope import system_scope
from core.db.session import reading, work

DAY = date(2026, 5, 4)


def test_from_a_file_to_a_merged_member(every_database: Engine) -> None:
    rows = [
        {"store": "S1", "phone": f"1380013800{n}", "name": "陳玉", "birthday": date(1990, 10, 1), "joined_on": DAY}
        for n in range(3)
    ]
    with system_scope("test"), work() as session:
        store = open_shop(session)["S1"]
        services.set_quota(session, brand_id=store.brand_id, tier="ordinary", allowed=3)
        first = services.import_members(session, rows, by="file", now=NOW, issue_cards=True)
        again = services.import_members(session, rows, by="file", now=NOW, issue_cards=True)
        assert (first.added, again.unchanged, first.rejected) == (3, 3, [])
        goes, stays, third = (key or 0 for key in first.member_ids)
        services.merge_members(session, from_id=goes, into_id=stays, reason="one person", by="hq", now=NOW)
        session.get_one(Member, third).tier = "gold"
        services.convert_card(session, member_id=third, store_id=store.id, now=NOW, by="till")
    with system_scope("test"), reading() as session:
        assert session.scalars(select(TierQuota.used)).one() == 1
        assert survivor(session, goes) == stays
        assert set(till_members(session, [stays, third])) == {stays, third}
        assert [(d.first.id, d.second.id) for d in find_duplicates(session)] == [(stays, third)]
        gold = session.scalars(select(Card.number).filter_by(tier="gold")).one()
        found = at_till(session, store.brand_id, card=gold)
        assert found is not None
        assert (found.id, found.card_status, found.tier) == (third, "active", "gold")
        assert place(session, store.id).is_open(DAY)
        assert scope_of(session, 999).reads == frozenset()


def test_prices_hold_on_their_days(every_database: Engine) -> None:
    special = {"special_price": 80, "special_from": date(2026, 5, 1), "special_until": date(2026, 5, 31)}
    base = {"style": "C", "brand": "GB", "category": "tops", "list_price": 100}
    with system_scope("test"), work() as session:
        open_shop(session)
        rows = [base | special | {"code": "A"}, base | {"code": "B", "season": "26SS"}]
        assert import_products(session, rows).added == 2
        assert import_products(session, rows).unchanged == 2
    with system_scope("test"), reading() as session:
        by_code = priced_lines(session, ["A", "B", "none"], DAY)
        assert {code: row.special_price for code, row in by_code.items()} == {"A": 80, "B": None}
        assert (by_code["A"].season, by_code["B"].season) == ("", "26SS")
        later = priced_lines(session, [row.id for row in by_code.values()], date(2026, 6, 1))
        assert [row.special_price for row in later.values()] == [None, None]
        assert priced_lines(session, [], DAY) == {}
