"""Regions and franchisees are put away, not lost; people leave and come back; each page says who changed what."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from addons.stores import services
from addons.stores.models import Region, Staff, Store
from addons.stores.queries import forget_places
from addons.stores.tests.world import found
from core.db.models import RecordChange
from core.db.scope import system_scope
from core.db.session import reading, work
from core.testing.screens import Browser, BrowserAs
from core.web.security.models import User


@pytest.fixture
def keys(product: Flask) -> dict[str, int]:
    """Two regions, three stores and who works in the first."""
    assert product.name == "guibin"
    forget_places()
    with system_scope("test"), work() as session:
        stores = found(session)
        people = [Staff(store_id=stores["S1"].id, code=f"P{n}", name=f"林小{n}", role="guide") for n in (1, 2)]
        session.add_all(people)
        session.flush()
        east = stores["S1"].region_id
        return {"S1": stores["S1"].id, "EAST": east, "P1": people[0].id, "P2": people[1].id}


def history(browser: Browser, address: str) -> str:
    text = browser.get(address).text.partition('id="history"')[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_region_that_was_put_away_is_offered_no_more_but_stays_with_its_stores(
    keys: dict[str, int], browser_as: BrowserAs
) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/regionview/list/")
    assert hq.post("/regionview/action_post", {"action": "archive", "rowid": [keys["EAST"]]}).status_code == 302
    choice = f'value="{keys["EAST"]}"'
    region = hq.get("/storeview/add").text.partition('id="region"')[2].partition("</select>")[0]
    assert choice not in region
    region = hq.get(f"/storeview/edit/{keys['S1']}").text.partition('id="region"')[2].partition("</select>")[0]
    assert re.search(rf"<option[^>]*selected[^>]*{choice}", region)
    with system_scope("test"), reading() as session:
        assert session.get_one(Region, keys["EAST"]).archived_at is not None
    assert "封存於" in history(hq, f"/regionview/show/{keys['EAST']}")


def test_the_page_of_a_store_says_who_changed_what(keys: dict[str, int], browser_as: BrowserAs) -> None:
    hq = browser_as("HQApprover")
    with system_scope("test"), work() as session:
        store = session.get_one(Store, keys["S1"])
        south = session.scalars(select(Region).filter_by(code="SOUTH")).one()
        store.name, store.region_id = "新名", south.id
    told = history(hq, f"/storeview/show/{keys['S1']}")
    assert "名稱: 門市 S1 → 新名" in told
    assert "EAST → SOUTH" in told
    assert "新增" in told


def test_people_leave_and_come_back_and_their_names_are_in_no_history(
    keys: dict[str, int], browser_as: BrowserAs
) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/staffview/list/")
    assert hq.post("/staffview/action_post", {"action": "leaves", "rowid": [keys["P1"], keys["P2"]]}).status_code == 302
    with system_scope("test"), work() as session:
        assert not any(session.get_one(Staff, keys[code]).active for code in ("P1", "P2"))
        session.get_one(Staff, keys["P1"]).name = "林大一"
    hq.post(f"/staffview/action/returns/{keys['P1']}", {})
    told = history(hq, f"/staffview/show/{keys['P1']}")
    assert ("在職: 是 → 否" in told, "在職: 否 → 是" in told, "*** → ***" in told) == (True, True, True)
    with system_scope("test"), reading() as session:
        assert session.get_one(Staff, keys["P1"]).active
        kept = session.scalars(select(RecordChange).filter_by(table_name="stores_staff")).all()
    assert kept
    assert not any("林" in str(change.fields) for change in kept)
    cashier = browser_as("Cashier")
    cashier.get("/staffview/list/")
    refused = cashier.post("/staffview/action_post", {"action": "leaves", "rowid": [keys["P1"]]})
    assert refused.status_code == 403


def test_what_somebody_looked_after_is_told_by_its_name(keys: dict[str, int], browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/lang/en")
    with system_scope("test"), work() as session:
        user = session.scalars(select(User)).first()
        assert user is not None
        for kind, target in (("region", keys["EAST"]), ("store", keys["S1"]), ("hq", None)):
            services.grant_scope(session, user_id=user.id, kind=kind, target_id=target)
    granted = hq.get("/changeview/list/?_flt_0_kind=stores_user_scope").text
    assert "Store, franchisee or region: EAST" in granted
    assert "Store, franchisee or region: 門市 S1" in granted
    with system_scope("test"), work() as session:
        services.revoke_scope(session, user_id=user.id, kind="store", target_id=keys["S1"])
    assert "Store, franchisee or region: 門市 S1 → –" in hq.get("/changeview/list/").text


def test_a_record_offers_the_one_step_of_its_archive_that_does_something(
    keys: dict[str, int], browser_as: BrowserAs
) -> None:
    hq, address = browser_as("HQMarketing"), f"/regionview/show/{keys['EAST']}"
    steps = [f"/regionview/action/{step}/{keys['EAST']}" for step in ("archive", "restore")]
    assert [step in hq.get(address).text for step in steps] == [True, False]
    assert hq.post(steps[0]).status_code == 302
    assert [step in hq.get(address).text for step in steps] == [False, True]


def test_an_empty_archive_says_so_and_leads_back(keys: dict[str, int], browser_as: BrowserAs) -> None:
    assert keys
    page = browser_as("HQMarketing").get("/regionview/list/?archived=only").text
    assert "沒有封存的紀錄。" in page
    assert "/regionview/add" not in page.partition('class="card empty"')[2].partition("</section>")[0]
