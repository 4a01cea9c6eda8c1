"""Dated rates between two markets' moneys: read exactly, known without a query, corrected and never doubled (C34)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from addons.stores.domain import NoRate, rate_of, rate_text, read_rate
from addons.stores.models import Brand, Market, Rate, Region, Store
from addons.stores.queries import place, rate_on
from addons.stores.services import RateExists, SameCurrency, add_rate, correct_rate
from addons.stores.tests.test_places import statements
from addons.stores.tests.world import found
from core import clock, settings
from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import Invalid, NotFound, OutOfScope
from core.testing.plugin import NOW
from core.testing.screens import BrowserAs
from rules.event import PAR

JANUARY, MAY = date(2026, 1, 1), date(2026, 5, 4)


@pytest.fixture
def abroad(every_database: Engine) -> Iterator[int]:
    """A store of the brand in Hong Kong; its id."""
    with system_scope("test"), work() as session:
        first = found(session)["S1"]
        market = Market(code="HK", name="香港", currency="HKD", timezone="Asia/Hong_Kong")
        session.add(market)
        session.flush()
        store = Store(
            code="H1", name="H1", brand_id=first.brand_id, region=Region(code="HK", name="HK", market_id=market.id),
            franchisee_id=first.franchisee_id, format="boutique", opened_on=date(2020, 1, 1),
        )  # fmt: skip
        session.add(store)
        session.flush()
        key = store.id
    yield key
    settings.forget_values()


def rated(millionths: int, since: date = JANUARY) -> int:
    with system_scope("test"), work() as session:
        return add_rate(session, currency="HKD", into="CNY", since=since, millionths=millionths).id


def rate(store: int, day: date = MAY) -> int:
    with system_scope("test"), reading() as session:
        return rate_on(session, place(session, store), day)


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("0.9123", 912_300), ("1", PAR), ("4.5", 4_500_000), (" 0.000001 ", 1), ("123456.654321", 123_456_654_321)],
)
def test_a_rate_is_read_and_written_exactly(text: str, millionths: int) -> None:
    assert read_rate(text) == millionths
    assert rate_text(millionths) == text.strip()


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "1,5", "0.1234567", "1e3", "abc", "1.", "9999999", "１"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_rate(text)


def test_the_latest_rate_that_is_not_after_the_day_holds() -> None:
    rates = [(JANUARY, 1), (MAY, 2)]
    days = [date(2025, 12, 31), JANUARY, date(2026, 5, 3), MAY, date(2030, 1, 1)]
    assert [rate_of(rates, day) for day in days] == [None, 1, 1, 2, 2]


def test_a_store_in_the_brands_money_needs_none(abroad: int) -> None:
    with system_scope("test"), reading() as session:
        home = session.scalars(select(Store.id).where(Store.code == "S1")).one()
        assert rate_on(session, place(session, home), MAY) == PAR


def test_a_rate_holds_from_its_day_on_and_is_known_without_a_query(abroad: int, every_database: Engine) -> None:
    with pytest.raises(NoRate) as refused:
        rate(abroad)
    assert refused.value.worded() == "There is no rate from HKD to CNY for 2026-05-04. Headquarters must enter one."
    rated(912_300)
    rated(905_000, MAY)
    assert (rate(abroad, date(2026, 5, 3)), rate(abroad)) == (912_300, 905_000)
    with system_scope("test"), reading() as session:
        at = place(session, abroad)
        with statements(every_database) as seen:
            assert rate_on(session, at, MAY) == 905_000
    assert seen == []


@pytest.mark.parametrize(("way", "counts"), [("convert", 912_300), ("same", PAR), ("nothing", 0)])
def test_headquarters_decide_how_other_money_counts(abroad: int, way: str, counts: int) -> None:
    rated(912_300)
    with system_scope("test"), work() as session:
        settings.change(session, name="stores.cross_market", to=way, by="hq", reason="test", now=NOW)
    assert rate(abroad) == counts


def test_a_wrong_rate_is_corrected_and_none_is_there_twice(abroad: int) -> None:
    key = rated(9_123_000)
    with system_scope("test"), work() as session:
        correct_rate(session, key, millionths=912_300)
        with pytest.raises(RateExists):
            add_rate(session, currency="HKD", into="CNY", since=JANUARY, millionths=1)
        with pytest.raises(SameCurrency):
            add_rate(session, currency="CNY", into="CNY", since=JANUARY, millionths=PAR)
        for wrong in (0, -1, 10**13):
            with pytest.raises(Invalid):
                add_rate(session, currency="HKD", into="CNY", since=MAY, millionths=wrong)
            with pytest.raises(Invalid):
                correct_rate(session, key, millionths=wrong)
        with pytest.raises(NotFound):
            correct_rate(session, 99, millionths=1)
    assert rate(abroad) == 912_300
    with acting(Scope(reads=None, writes=frozenset({abroad}))), reading() as session, pytest.raises(OutOfScope):
        add_rate(session, currency="HKD", into="CNY", since=MAY, millionths=1)


# -- screens ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(product: Flask) -> Iterator[None]:
    with clock.fixed(NOW):
        with system_scope("test"), work() as session:
            session.add(Brand(code="GB", name="GB"))
        yield


def test_headquarters_enter_and_correct_a_rate(site: None, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/lang/en")
    form = {"currency": "HKD", "counted_in": "CNY", "since": "2026-05-04", "millionths": "0.9123"}
    hq.get("/rateview/add")
    assert hq.post("/rateview/add", form).status_code == 302
    assert "0.9123" in hq.get("/rateview/list/").text
    again = hq.post("/rateview/add", form).text
    assert "There is a rate from HKD to CNY of 2026-05-04 already" in again
    assert 'value="0.9123"' in again
    assert "Not a rate: write 0.9123" in hq.post("/rateview/add", {**form, "millionths": "9,1"}).text
    assert 'value="0.9123"' in hq.get("/rateview/edit/1").text
    assert hq.post("/rateview/edit/1", {"millionths": "0.905"}).status_code == 302
    assert "0.905" in hq.get("/rateview/show/1").text
    assert "0.9123 → 0.905" in hq.get("/changeview/list/").text
    hq.get("/lang/zh_Hant_TW")


@pytest.mark.parametrize("role", ["StoreManager", "Auditor"])
def test_others_read_rates_and_write_none(site: None, browser_as: BrowserAs, role: str) -> None:
    rated(912_300)
    browser = browser_as(role)
    assert "0.9123" in browser.get("/rateview/list/").text
    assert browser.get("/rateview/add").status_code in {302, 403}
    browser.post("/rateview/edit/1", {"millionths": "2"})
    with system_scope("test"), reading() as session:
        assert session.scalars(select(Rate.millionths)).all() == [912_300]
