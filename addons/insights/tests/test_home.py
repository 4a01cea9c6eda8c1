"""The home page: each role's numbers, of their own stores, in few queries."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, text

from addons.insights.queries import kept, programme, shop
from addons.insights.queries.money import Money
from addons.insights.tests.conftest import TODAY, came_back, member, put, receipt
from addons.stores.queries import forget_places
from core import settings
from core.db.scope import Scope, acting, system_scope
from core.db.session import engine, reading
from core.testing.plugin import NOW
from core.testing.screens import OWN_STORES, Browser, BrowserAs


def home(browser: Browser, language: str = "en") -> str:
    browser.get(f"/lang/{language}")
    answer = browser.get("/")
    assert answer.status_code == 200
    return answer.text


def charts(page: str) -> dict[str, Any]:
    found = re.findall(r'id="([\w-]+)" data-chart="([^"]+)"', page)
    return {key: json.loads(unescape(data)) for key, data in found}


def tile(page: str, title: str) -> str:
    found = re.search(rf'tile-title">{title}</span><span class="tile-value"><span class="num">([^<]+)<', page)
    assert found is not None, title
    return found[1]


@pytest.mark.parametrize("role", ["Cashier", "Guide", "StoreManager", "FranchiseAdmin"])
def test_a_store_sees_its_own_sales(shops: Flask, browser_as: BrowserAs, role: str) -> None:
    page = home(browser_as(role))
    assert tile(page, "Sales today") == "3,488.20"
    assert tile(page, "Sales this month") == "3,988.20"
    assert tile(page, "VIP share this month") == "62.38 %"
    assert tile(page, "Birthdays this month") == "1"
    drawn = charts(page)
    assert [sum(one["values"]) for one in drawn["sales-by-day"]["series"]] == [248_820, 150_000]
    assert drawn["sales-by-tier"]["series"][0]["values"] == [0, 248_820, 0, 150_000]
    assert "王小明" in page
    assert "王大華" not in page


def test_sales_are_net_of_what_came_back(shops: Flask, browser_as: BrowserAs) -> None:
    with engine().begin() as connection:
        came_back(connection, 1, 1, 1, TODAY, 48_820, gold_rate=4_882, special=10_000)
        came_back(connection, 2, 4, 1, TODAY, 7_700, diamond_rate=9_900)  # bought in the other store
        came_back(connection, 3, 3, 2, TODAY, 50_000)  # and taken back in the other store
    page = home(browser_as("StoreManager"))
    assert tile(page, "Sales today") == "2,923.00"
    assert tile(page, "Sales this month") == "3,423.00"
    assert tile(page, "VIP share this month") == "56.17 %"
    drawn = charts(page)
    assert [one["values"][-1] for one in drawn["sales-by-day"]["series"]] == [192_300, 100_000]
    assert drawn["sales-by-tier"]["series"][0]["values"] == [0, 192_300, 0, 150_000]
    page = home(browser_as("HQMarketing"))
    assert (tile(page, "Sales today"), tile(page, "Discounts this month")) == ("3,200.00", "200.00")
    drawn = charts(page)
    assert [one["values"][-1] for one in drawn["discounts-by-month"]["series"]] == [20_000, 30_000]
    assert charts(home(browser_as("Auditor")))["given-away"]["labels"] == ["gold-rate"]
    for store, cost in ((1, (30_000, 20_000)), (2, (0, 0))):
        with acting(Scope(reads=frozenset({store}), writes=frozenset())), reading() as session:
            assert programme.discount_by_month(session, TODAY, Money("CNY")) == {(2026, 5): cost}


def abroad(connection: Connection) -> None:
    """Put the second store into another market, with a receipt and a return of its money and a rate a day."""
    put(connection, "stores_market", id=2, code="hk", name="香港", currency="HKD", timezone="Asia/Hong_Kong")
    put(connection, "stores_region", id=2, code="hk", name="香港", market_id=2)
    connection.execute(text("UPDATE stores_store SET region_id = 2 WHERE id = 2"))
    receipt(connection, 9, TODAY, 100_001, 21, currency="HKD")
    put(connection, "sales_discount", receipt_id=9, rule="diamond-rate", store_id=2, lines=1, amount=10_001)
    for key, since, millionths in ((1, date(2026, 1, 1), 800_000), (2, TODAY, 900_000), (3, date(2026, 5, 5), 1)):
        put(
            connection, "stores_rate", id=key, currency="HKD", counted_in="CNY", since=since, millionths=millionths,
        )  # fmt: skip
    forget_places()


def unit(page: str, title: str) -> str:
    found = re.search(rf'tile-title">{title}</span><span class="tile-value">.*?tile-unit">(\w+)<', page)
    assert found is not None, title
    return found[1]


def test_sales_of_several_markets_are_counted_in_the_brands_money(shops: Flask, browser_as: BrowserAs) -> None:
    with engine().begin() as connection:
        abroad(connection)
    page = home(browser_as("HQMarketing"))
    assert tile(page, "Sales today") == "5,165.21"  # 4,265.20 and 0.9 of 1,000.01
    assert tile(page, "Discounts this month") == "437.83"
    assert {unit(page, title) for title in ("Sales today", "Discounts this month")} == {"CNY"}
    assert [one["values"][-1] for one in charts(page)["discounts-by-month"]["series"]] == [43_783, 40_000]
    assert "CNY · other currencies at the rate of the day" in page
    page = home(browser_as("Auditor"))
    assert charts(page)["given-away"]["series"][0]["values"] == [24_882, 18_901]
    assert "1,000.01 HKD" in page


def test_a_store_abroad_sees_its_own_money(shops: Flask, browser_as: BrowserAs) -> None:
    with engine().begin() as connection:
        abroad(connection)
    OWN_STORES.symmetric_difference_update({1, 2})
    try:
        page = home(browser_as("StoreManager"))
    finally:
        OWN_STORES.symmetric_difference_update({1, 2})
    assert (tile(page, "Sales today"), unit(page, "Sales today")) == ("1,000.01", "HKD")
    assert "2 receipts · without CNY: no rate" in page  # what the store sold before it moved


def test_what_has_no_rate_is_left_out_and_said(shops: Flask, browser_as: BrowserAs) -> None:
    with engine().begin() as connection:
        abroad(connection)
        connection.execute(text("DELETE FROM stores_rate"))
    page = home(browser_as("HQMarketing"))
    assert (tile(page, "Sales today"), tile(page, "Discounts this month")) == ("4,265.20", "347.82")
    assert "4 receipts · without HKD: no rate" in page


@pytest.mark.parametrize(("fen", "worth"), [(101, 91), (-101, -91), (5, 5), (-5, -5), (0, 0)])
def test_half_a_fen_is_rounded_away_from_nothing(fen: int, worth: int) -> None:
    assert Money("CNY", {"HKD": [(TODAY, 900_000)]}).count(fen, "HKD", TODAY) == worth


def link(page: str, title: str) -> str:
    found = re.search(rf'<a class="card tile" href="([^"]*)">\s*<span class="tile-title">{title}<', page)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("role", "title", "rows_and_others"),
    [
        ("StoreManager", "Sales today", (["R1-00001", "R1-00002"], ["R1-00003"])),
        ("StoreManager", "Sales this month", (["R1-00001", "R1-00002", "R1-00003"], ["R1-00005"])),
        ("StoreManager", "VIP share this month", (["R1-00001"], ["R1-00002", "R1-00003"])),
        ("HQMarketing", "Sales today", (["R1-00001", "R1-00002", "R2-00004"], ["R1-00003"])),
        ("HQMarketing", "Active members", (["M0000011", "M0000021"], ["M0000013"])),
        ("HQMarketing", "Discounts this month", (["2026-05-01", "2026-05-04", "gold-rate"], ["2025"])),
        ("HQMarketing", "Points owed", (["2,310"], ["7,531"])),
        ("Auditor", "Receipts decided today", (["R1-00001", "R2-00004"], ["R1-00003"])),
    ],
)
def test_every_total_drills_to_its_list(
    shops: Flask, browser_as: BrowserAs, role: str, title: str, rows_and_others: tuple[list[str], list[str]]
) -> None:
    with engine().begin() as connection:
        receipt(connection, 5, date(2026, 4, 30), 100, 11)
        member(connection, 13, "陳小明", "ordinary", date(1990, 5, 6))
        connection.execute(text("UPDATE membership_member SET status = 'prospect', tier = '' WHERE id = 13"))
        common = {"pending": 0, "reserved": 0, "entries": 1}
        put(connection, "points_account", member_id=11, balance=2310, earned=2310, spent=0, **common)
        put(connection, "points_account", member_id=12, balance=0, earned=7531, spent=7531, **common)
    browser = browser_as(role)
    address = link(home(browser), title)
    assert address
    answer = browser.get(address)
    assert answer.status_code == 200
    shown = answer.text.split("<main")[-1]
    rows, others = rows_and_others
    assert [row for row in rows if row not in shown] == []
    assert [row for row in others if row in shown] == []


def test_a_total_leads_nowhere_for_who_may_not_open_its_list(shops: Flask, browser_as: BrowserAs) -> None:
    with shops.app_context():
        manager = shops.appbuilder.sm  # type: ignore[attr-defined]
        role = manager.find_role("Cashier")
        permission = manager.find_permission_view_menu("can_list", "ReceiptView")
        manager.del_permission_role(role, permission)
    page = home(browser_as("Cashier"))
    assert link(page, "Sales today") == ""
    assert tile(page, "Sales today") == "3,488.20"


def test_near_upgrades_are_work_and_a_list(shops: Flask, browser_as: BrowserAs) -> None:
    page = home(browser_as("StoreManager"))
    waiting = page[page.index('id="waiting"') :]
    assert 'Members close to an upgrade <b class="num">1</b>' in waiting
    assert " to go, until" in waiting
    assert "&lt;" not in waiting
    assert '/till/member/11"' in waiting


def test_every_chart_has_its_table(shops: Flask, browser_as: BrowserAs) -> None:
    for role in ("StoreManager", "HQMarketing", "Auditor"):
        page = home(browser_as(role))
        assert len(charts(page)) >= 1
        assert page.count("data-chart=") == page.count("<caption")


def test_headquarters_see_the_programme(shops: Flask, browser_as: BrowserAs) -> None:
    page = home(browser_as("HQMarketing"))
    assert tile(page, "Sales today") == "4,265.20"
    assert tile(page, "Active members") == "3"
    assert tile(page, "Discounts this month") == "347.82"
    assert tile(page, "Points owed") == "2,310"
    drawn = charts(page)
    assert drawn["members-by-tier"]["series"][0]["values"] == [1, 1, 1]
    assert [one["values"][-1] for one in drawn["discounts-by-month"]["series"]] == [34_782, 40_000]
    assert drawn["points-owed"]["series"][0]["values"][-2:] == [2310, 0]


def test_the_auditor_sees_what_was_decided_and_overridden(shops: Flask, browser_as: BrowserAs) -> None:
    with engine().begin() as connection:
        put(
            connection, "core_setting_change", name="tiers.window_months", old=6, new=12, reason="test",
            changed_at=NOW, changed_by="hq1",
        )  # fmt: skip
        put(
            connection, "tiers_grant", member_id=11, store_id=1, tier="diamond", tier_before="gold", reason="press",
            ends_on=date(2026, 12, 31), state="asked", asked_by="hq1", asked_at=NOW,
        )  # fmt: skip
    page = home(browser_as("Auditor"))
    assert tile(page, "Receipts decided today") == "3"
    assert tile(page, "Settings changed") == "1"
    assert tile(page, "Overrides") == "1"
    assert "R2-00004" in page
    assert settings.declared()["tiers.window_months"].label.en in page
    assert "→ 12" in page
    changes = charts(page)["changes-by-month"]["series"]
    assert [one["values"][-1] for one in changes] == [0, 1, 1, 0]
    assert charts(page)["given-away"]["labels"] == ["gold-rate", "diamond-rate"]
    assert 'Grants to approve <b class="num">1</b>' in home(browser_as("HQApprover"))
    assert "/grantview/list/?_flt_3_state=asked" in home(browser_as("HQMarketing"))  # she may decide other people's


def test_work_waits_for_those_who_may_do_it(shops: Flask, browser_as: BrowserAs) -> None:
    with engine().begin() as connection:
        put(connection, "rulebook_text", digest="0" * 64, text="")
        put(
            connection, "rulebook_version", id=1, brand_id=1, number=1, digest="0" * 64, state="in_review", note="",
            author="ann", changed_at=NOW,
        )  # fmt: skip
    assert 'Rule books to approve <b class="num">1</b>' in home(browser_as("HQApprover"))
    assert "Rule books to approve" not in home(browser_as("HQMarketing"))


def test_the_administrator_sees_no_sales(shops: Flask, browser_as: BrowserAs) -> None:
    page = home(browser_as("SystemAdmin"))
    assert "3,488.20" not in page
    assert "sales-by-day" not in page
    assert set(charts(page)) == {"accounts-by-role"}  # there was no background work yet
    assert charts(page)["accounts-by-role"]["series"][0]["values"] == [1] * 8


def test_texts_come_in_all_languages(shops: Flask, browser_as: BrowserAs) -> None:
    manager = browser_as("StoreManager")
    assert "最近 30 天貴賓買了多少？" in home(manager, "zh_Hant_TW")
    assert "最近 30 天贵宾买了多少？" in home(manager, "zh_Hans_CN")
    home(manager, "zh_Hant_TW")


@pytest.mark.parametrize("role", ["StoreManager", "HQMarketing", "Auditor"])
def test_a_home_page_takes_as_many_queries_with_more_rows(shops: Flask, browser_as: BrowserAs, role: str) -> None:
    browser = browser_as(role)
    seen: list[str] = []
    event.listen(engine(), "before_cursor_execute", lambda _c, _cur, statement, *_rest: seen.append(statement))

    def count() -> int:
        kept.forget()
        seen.clear()
        assert browser.get("/").status_code == 200
        return len([one for one in seen if "stores_change" not in one])  # stores are asked again after seconds

    count()
    few = count()
    with engine().begin() as connection:
        for key in range(100, 140):
            receipt(connection, key, TODAY - timedelta(days=key % 30), 1000)
    assert count() == few
    assert few <= 30


def test_kept_figures_are_told_apart_by_stores_and_grow_old(shops: Flask) -> None:
    def sold(stores: set[int] | None, minutes: int = 0) -> int:
        reads = None if stores is None else frozenset(stores)
        with acting(Scope(reads=reads, writes=reads)), reading() as session:
            now = NOW + timedelta(minutes=minutes)
            return kept.kept(session, "sold", now, lambda one: shop.sold(one, TODAY, TODAY, Money("CNY")).total)[0]

    assert (sold({1}), sold({2}), sold(None), sold(set())) == (348_820, 77_700, 426_520, 0)
    with engine().begin() as connection:
        receipt(connection, 9, TODAY, 100)
    assert (sold({2}, 14), sold({2}, 15)) == (77_700, 77_800)


def test_birthdays_of_leap_days_and_over_new_year(shops: Flask) -> None:
    def names(day: date) -> list[tuple[date, str]]:
        with system_scope("test"), reading() as session:
            return [(on, row.name) for on, row in shop.birthdays_soon(session, day, 7, 6)]

    assert names(date(2026, 2, 25)) == [(date(2026, 2, 28), "李=美")]
    assert names(date(2028, 2, 25)) == [(date(2028, 2, 29), "李=美")]
    assert names(date(2026, 3, 1)) == []
    assert names(date(2026, 5, 4)) == [(date(2026, 5, 4), "王大華"), (date(2026, 5, 6), "王小明")]
    with engine().begin() as connection:
        connection.exec_driver_sql("UPDATE membership_member SET birthday = '1990-01-02' WHERE id = 11")
    assert names(date(2026, 12, 29)) == [(date(2027, 1, 2), "王小明")]


def test_lunar_birthdays_are_on_the_lists_of_the_day_they_are_kept(shops: Flask) -> None:
    """Born on 3 October 1990, the 15th of the eighth month: 25 September in 2026, 15 September in 2027."""
    with engine().begin() as connection:
        lunar = "UPDATE membership_member SET birthday = '1990-10-03', lunar_birthday = 815 WHERE id = 11"
        connection.exec_driver_sql(lunar)

    def names(day: date) -> list[tuple[date, str]]:
        with system_scope("test"), reading() as session:
            return [(on, row.name) for on, row in shop.birthdays_soon(session, day, 7, 6)]

    def counted(day: date) -> int:
        with system_scope("test"), reading() as session:
            return shop.birthdays_in_month(session, day)

    assert names(date(2026, 9, 20)) == [(date(2026, 9, 25), "王小明")]
    assert names(date(2026, 10, 1)) == []
    assert names(date(2027, 9, 15)) == [(date(2027, 9, 15), "王小明")]
    months = [counted(date(2026, month, 7)) for month in (8, 9, 10)]
    assert [counted(date(2027, month, 7)) for month in (8, 9, 10)] == months == [0, 1, 0]
