"""Vouchers at the till: held for one till, free again when they are not wanted, handed out, tried in vain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from addons.till.tests.counter import Counter
from addons.till.tests.test_till import At, ask, pay
from addons.vouchers import services
from addons.vouchers.models import Attempt, Entry, Terms, Voucher
from addons.vouchers.services import Issue, issue_many
from core import clock
from core.db.scope import system_scope
from core.db.session import work
from core.testing.plugin import NOW


@pytest.fixture
def member(shop: Counter) -> int:
    return shop.enrolled("13800138000")


def issued(shop: Counter, member: int | None, **more: Any) -> str:
    with system_scope("test"), work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", 5_000, date(2026, 5, 1), clock.now(), "batch")
        return issue_many(session, [replace(issue, **more)])[0]


def state(shop: Counter, code: str) -> tuple[str, bool]:
    [voucher] = shop.rows(Voucher, code=code)
    return voucher.status, voucher.lock_till is not None


def serving(browser: Any, member: bool = True) -> None:
    if member:
        ask(browser, "find", q="13800138000")
    ask(browser, "add", q="TEE-S")


def test_a_chosen_voucher_is_held_for_this_till_and_nobody_else(shop: Counter, member: int, at_till: At) -> None:
    code = issued(shop, member)
    anna, bruno = at_till("Cashier"), at_till("StoreManager")
    for browser in (anna, bruno):
        serving(browser)
    assert "已為本收銀台鎖定" in ask(anna, "vouchers", voucher=code)
    assert state(shop, code) == ("active", True)
    pane = ask(bruno, "vouchers", voucher=code)
    assert "S1 cashier 使用中" in pane
    assert "100.00" in pane  # without the voucher
    assert [row.outcome for row in shop.rows(Attempt)] == ["locked"]
    pay(anna)
    assert state(shop, code) == ("used", False)
    assert [entry.by for entry in shop.rows(Entry, to_state="redeemed")] == ["cashier"]


def test_a_voucher_that_is_not_wanted_any_more_is_free(shop: Counter, member: int, at_till: At) -> None:
    code = issued(shop, member)
    cashier = at_till("Cashier")
    serving(cashier)
    for leave in (
        lambda: ask(cashier, "vouchers"),
        lambda: ask(cashier, "member"),
        lambda: cashier.post("/till/clear", {}),
    ):
        serving(cashier)
        ask(cashier, "vouchers", voucher=code)
        assert state(shop, code) == ("active", True)
        leave()
        assert state(shop, code) == ("active", False)


def test_a_hold_that_is_over_harms_nobody(shop: Counter, member: int, at_till: At) -> None:
    code = issued(shop, member)
    anna, bruno = at_till("Cashier"), at_till("StoreManager")
    for browser in (anna, bruno):
        serving(browser)
    ask(anna, "vouchers", voucher=code)
    with clock.fixed(NOW + timedelta(minutes=16)):
        assert "已為本收銀台鎖定" in ask(bruno, "vouchers", voucher=code)
        assert "S1 storemanager 使用中" in anna.get("/till/").text
        pay(bruno)
    assert state(shop, code) == ("used", False)


def test_what_limits_a_voucher_is_said(shop: Counter, member: int, at_till: At) -> None:
    with system_scope("test"), work() as session:
        row = Terms(min_spend=50_000, categories=["top"], stores=[shop.other])
        session.add(row)
        session.flush()
    code = issued(shop, member, terms_id=row.id, title="五週年")
    cashier = at_till("Cashier")
    serving(cashier)
    pane = cashier.get("/till/").text
    for said in ("五週年", "滿 500.00 可用", "限 上衣", "限 淮海路店", "本店不適用"):
        assert said in pane
    assert "不能在這間門市使用" in ask(cashier, "vouchers", voucher=code)
    assert [row.outcome for row in shop.rows(Attempt)] == ["elsewhere"]


def test_a_bearer_voucher_is_typed_and_a_wrong_code_is_kept(shop: Counter, at_till: At) -> None:
    code = issued(shop, None, binding="bearer")
    cashier = at_till("Cashier")
    serving(cashier, member=False)
    pane = ask(cashier, "vouchers", code=f"{code[:4].lower()}-{code[4:]}")
    assert f"…{code[-4:]}" in pane
    assert code not in pane.replace(f'value="{code}"', "")
    pane = ask(cashier, "vouchers", voucher=code, code="NoSuchCode")
    assert "notice-bad" in pane
    assert 'value="NoSuchCode"' in pane
    assert 'value="NoSuchCode"' not in ask(cashier, "vouchers", voucher=code)
    [tried] = shop.rows(Attempt)
    assert (tried.outcome, tried.ending, tried.till, tried.by) == ("mistyped", "CODE", "S1 cashier", "cashier")
    pay(cashier)
    assert state(shop, code) == ("used", False)


def test_what_was_handed_out_in_vain_stays_typed(shop: Counter, member: int, at_till: At) -> None:
    with system_scope("test"), work() as session:
        elsewhere = Terms(stores=[shop.other])
        session.add(elsewhere)
        session.flush()
    own = issued(shop, member, kind="gift", title="絲巾", terms_id=elsewhere.id)
    other = issued(shop, None, kind="gift", binding="bearer")
    cashier = at_till("Cashier")
    serving(cashier)
    pane = ask(cashier, "hand-over", code=f"{other[:4]}-{other[4:-1]}", ref="SCARF-1", step_key="a")
    assert f'value="{other[:4]}-{other[4:-1]}"' in pane
    assert pane.count('value="SCARF-1"') == 1
    pane = ask(cashier, "hand-over", code=own, ref="SCARF-2", step_key="b")
    assert pane.count('value="SCARF-2"') == 1
    assert "open><summary>禮品券 絲巾" in pane


def test_a_gift_is_handed_out_with_its_article(shop: Counter, member: int, at_till: At) -> None:
    code = issued(shop, member, kind="gift", title="絲巾")
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="13800138000")
    assert "絲巾" in pane
    assert "請填寫兌領的商品" in ask(cashier, "hand-over", code=code, ref=" ")
    assert f"…{code[-4:]}" in ask(cashier, "hand-over", code=code, ref="絲巾 X-1", step_key="k1")
    [entry] = shop.rows(Entry, to_state="redeemed")
    assert (entry.ref, entry.by, entry.receipt_id) == ("絲巾 X-1", "cashier", None)
    assert state(shop, code) == ("used", False)
    assert "已使用過" in ask(cashier, "hand-over", code=code, ref="絲巾 X-2", step_key="k2")
    assert [row.outcome for row in shop.rows(Attempt)] == ["used"]


def test_the_member_page_shows_what_is_left_and_the_life_of_each_voucher(
    shop: Counter, member: int, at_till: At
) -> None:
    code, elsewhere = issued(shop, member), issued(shop, member, store_id=shop.other)
    cashier = at_till("Cashier")
    serving(cashier)
    ask(cashier, "vouchers", voucher=code)
    page = cashier.get(f"/till/member/{member}").text
    [own], [foreign] = shop.rows(Voucher, code=code), shop.rows(Voucher, code=elsewhere)
    assert f'href="/vouchers/{own.id}"' in page
    assert f'href="/vouchers/{foreign.id}"' not in page  # another store issued it
    assert "S1 cashier 鎖定中" in page
    assert page.count("券的經過") == 2
    assert "收銀台鎖定" in page
    assert "其他門市" in page
    pay(cashier)
    with system_scope("test"), work() as session:
        own_row = session.get_one(Voucher, foreign.id)
        services.cancel(session, voucher_ids=[own_row.id], reason="x", day=date(2026, 5, 4), now=clock.now(), by="hq")
    assert "已用完" in cashier.get(f"/till/member/{member}").text
