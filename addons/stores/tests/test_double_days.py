"""Double-points days: of a store or of the whole brand, known without a query, written by headquarters alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from addons.stores.domain import Recurring
from addons.stores.models import Brand, Change, DoubleDay, Store
from addons.stores.queries import place
from addons.stores.services import (
    ComesAgainTooSoon,
    DoubleDays,
    LastBeforeFirst,
    StoreOfOtherBrand,
    add_double_day,
    change_double_day,
)
from addons.stores.tests.test_places import statements
from addons.stores.tests.world import found
from core import clock
from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import Invalid, NotFound, OutOfScope
from core.testing.plugin import NOW
from core.testing.screens import BrowserAs

DAY = date(2026, 5, 18)
MONTHLY = Recurring(DAY, DAY, "monthly")


@pytest.fixture
def stores(every_database: Engine) -> dict[str, Store]:
    with system_scope("test"), work() as session:
        made = found(session)
        made["elsewhere"] = Store(
            code="X1", name="X1", brand=Brand(code="X", name="X"), region=made["S1"].region,
            franchisee=made["S1"].franchisee, format="boutique", opened_on=date(2020, 1, 1),
        )  # fmt: skip
        session.add(made["elsewhere"])
    return made


def added(stores: dict[str, Store], days: Recurring = MONTHLY, store: str = "", name: str = "會員日") -> int:
    with system_scope("test"), work() as session:
        brand = session.get_one(Brand, stores["S1"].brand_id)
        at = session.get_one(Store, stores[store].id) if store else None
        return add_double_day(session, DoubleDays(brand, "member_day", name, days, at)).id


def doubled(stores: dict[str, Store], day: date) -> list[str]:
    with reading() as session:
        return [code for code, store in stores.items() if place(session, store.id).doubles_points(day)]


def rows() -> int:
    with system_scope("test"), reading() as session:
        return len(session.scalars(select(DoubleDay)).all())


def test_a_day_of_the_brand_holds_in_all_its_stores_and_no_others(stores: dict[str, Store]) -> None:
    assert doubled(stores, DAY) == []
    added(stores)
    assert doubled(stores, DAY) == ["S1", "S2", "S3"]
    assert doubled(stores, date(2027, 1, 18)) == ["S1", "S2", "S3"]
    assert doubled(stores, DAY + timedelta(days=1)) == []


def test_a_day_of_a_store_holds_there_alone(stores: dict[str, Store]) -> None:
    added(stores, store="S2")
    assert doubled(stores, DAY) == ["S2"]


def test_the_till_is_told_without_a_query_and_sees_changes_at_once(
    stores: dict[str, Store], every_database: Engine
) -> None:
    key = added(stores)
    assert doubled(stores, DAY)
    with statements(every_database) as seen, reading() as session:
        assert place(session, stores["S1"].id).doubles_points(DAY)
    assert seen == []
    with system_scope("test"), work() as session:
        session.get_one(DoubleDay, key).archived_at = NOW
    assert doubled(stores, DAY) == []
    with system_scope("test"), work() as session:
        session.get_one(DoubleDay, key).archived_at = None
    assert doubled(stores, DAY) == ["S1", "S2", "S3"]


def test_a_change_moves_the_day_and_is_kept_in_the_history(stores: dict[str, Store]) -> None:
    key = added(stores)
    with system_scope("test"), work() as session:
        brand, store = session.get_one(Brand, stores["S1"].brand_id), session.get_one(Store, stores["S1"].id)
        days = Recurring(date(2026, 6, 1), date(2026, 6, 3), "yearly", date(2027, 12, 31))
        change_double_day(session, key, DoubleDays(brand, "anniversary", "店慶", days, store))
    assert doubled(stores, DAY) == []
    assert doubled(stores, date(2027, 6, 3)) == ["S1"]
    assert doubled(stores, date(2028, 6, 3)) == []
    with reading() as session:
        last = session.scalars(select(Change).order_by(Change.id.desc())).first()
    assert last is not None
    assert (last.kind, last.fields["name"]) == ("stores_double_day", ["會員日", "店慶"])


def test_what_cannot_be_is_refused_and_nothing_is_written(stores: dict[str, Store]) -> None:
    brand, elsewhere = stores["S1"].brand_id, stores["elsewhere"]
    with system_scope("test"), work() as session:
        good = DoubleDays(session.get_one(Brand, brand), "member_day", "會員日", MONTHLY)
        for wanted, refusal in (
            (replace(good, name="  "), Invalid),
            (replace(good, days=Recurring(DAY, date(2026, 5, 17))), LastBeforeFirst),
            (replace(good, days=replace(MONTHLY, until=date(2026, 5, 17))), LastBeforeFirst),
            (replace(good, days=Recurring(DAY, DAY + timedelta(days=7), "weekly")), ComesAgainTooSoon),
            (replace(good, days=Recurring(DAY, DAY + timedelta(days=28), "monthly")), ComesAgainTooSoon),
            (replace(good, days=Recurring(DAY, DAY + timedelta(days=366))), ComesAgainTooSoon),
            (replace(good, store=session.get_one(Store, elsewhere.id)), StoreOfOtherBrand),
        ):
            with pytest.raises(refusal):
                add_double_day(session, wanted)
    assert rows() == 0
    key = added(stores)
    with system_scope("test"), work() as session, pytest.raises(NotFound):
        change_double_day(session, key, replace(good, brand=session.get_one(Brand, elsewhere.brand_id)))


def test_stores_see_the_brands_days_and_their_own_and_change_neither(stores: dict[str, Store]) -> None:
    added(stores, name="of all")
    added(stores, store="S1", name="own")
    added(stores, store="S2", name="other")
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)), reading() as session:
        assert set(session.scalars(select(DoubleDay.name))) == {"of all", "own"}
        with pytest.raises(OutOfScope):
            add_double_day(session, DoubleDays(session.get_one(Brand, stores["S1"].brand_id), "other", "x", MONTHLY))
        session.scalars(select(DoubleDay).where(DoubleDay.name == "own")).one().name = "mine"
        with pytest.raises(OutOfScope):
            session.flush()


# -- screens -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shops(product: Flask) -> Iterator[dict[str, Store]]:
    with clock.fixed(NOW):
        with system_scope("test"), work() as session:
            made = found(session)
        yield made


FORM = {
    "name": "會員日", "kind": "member_day", "store": "", "first_on": "2026-05-18", "last_on": "", "until": "",
    "repeats": "monthly",
}  # fmt: skip


def test_headquarters_add_change_and_put_away_a_day(shops: dict[str, Store], browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/lang/en")
    hq.get("/doubledayview/add")
    assert hq.post("/doubledayview/add", {**FORM, "brand": "1"}).status_code == 302
    page = hq.get("/doubledayview/list/").text
    for said in ("會員日", "Member day", "All stores", "Every month on the same date", "2026-05-18"):
        assert said in page
    assert hq.get("/doubledayview/edit/1").status_code == 200
    hq.post("/doubledayview/edit/1", {**FORM, "name": "店慶", "repeats": "yearly", "last_on": "2026-05-20"})
    assert "2026-05-20" in hq.get("/doubledayview/show/1").text
    assert hq.post("/doubledayview/action/archive/1").status_code == 302
    assert "店慶" not in hq.get("/doubledayview/list/").text
    assert "店慶" in hq.get("/doubledayview/list/?archived=only").text


def test_a_form_that_cannot_be_says_why_and_keeps_what_was_typed(
    shops: dict[str, Store], browser_as: BrowserAs
) -> None:
    hq = browser_as("HQApprover")
    hq.get("/lang/zh_Hant_TW")
    hq.get("/doubledayview/add")
    page = hq.post("/doubledayview/add", {**FORM, "brand": "1", "repeats": "weekly", "last_on": "2026-05-28"}).text
    assert "最多 7 天" in page
    assert 'value="會員日"' in page
    assert rows() == 0


@pytest.mark.parametrize("role", ["StoreManager", "Auditor", "Cashier"])
def test_others_read_the_calendar_and_cannot_write_it(
    shops: dict[str, Store], browser_as: BrowserAs, role: str
) -> None:
    added(shops)
    added(shops, store="S2", name="別店店慶")
    browser = browser_as(role)
    page = browser.get("/doubledayview/list/").text
    assert "會員日" in page
    assert ("別店店慶" in page) is (role == "Auditor")
    assert browser.post("/doubledayview/add", {**FORM, "brand": "1"}).status_code in {302, 403}
    assert browser.post("/doubledayview/action/archive/1").status_code in {302, 403, 404, 405}
    assert rows() == 2
    with system_scope("test"), reading() as session:
        assert session.get_one(DoubleDay, 1).archived_at is None
