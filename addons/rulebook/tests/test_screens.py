"""Rule books and programme decisions on screen, for those who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from addons.rulebook import services
from addons.rulebook.documents import SETTINGS
from addons.rulebook.models import Publication, Version
from addons.rulebook.views.decisions import decisions
from addons.stores.models import Brand
from core import clock, settings
from core.db.models import SettingChange
from core.db.scope import system_scope
from core.db.session import reading, work
from core.policy.version import shipped_text
from core.testing.screens import BrowserAs

TEXT = shipped_text() or ""


@pytest.fixture(autouse=True)
def brand(product: Flask) -> Iterator[int]:
    """A brand."""
    assert product.name == "guibin"
    with system_scope("test"), work() as session:
        row = Brand(code="lan", name="蘭", currency="CNY")
        session.add(row)
        session.flush()
        key = row.id
    yield key
    settings.forget_values()


def draft(brand: int) -> int:
    """Let headquarters' marketing write a draft."""
    with system_scope("test"), work() as session:
        return services.import_book(
            session, brand_id=brand, text=TEXT, note="春季", by="hqmarketing", now=clock.now()
        ).id


def count(model: type) -> int:
    """Count the rows of a table."""
    with system_scope("test"), reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_version_goes_from_draft_to_live_by_two_persons(brand: int, browser_as: BrowserAs) -> None:
    """Marketing drafts, the approver approves and publishes; neither does the other's part."""
    marketing, approver = browser_as("HQMarketing"), browser_as("HQApprover")
    marketing.get("/rulebook/draft/form")
    made = marketing.post("/rulebook/draft/form", {"brand": brand, "note": "春季", "text": TEXT})
    assert made.status_code == 302, made.text
    page = marketing.get(made.location).text
    assert "9.5 折" in page
    version_id = int(made.location.rsplit("/", 1)[1])
    assert marketing.post(f"/rulebook/draft/submit/{version_id}").status_code == 302
    assert marketing.post(f"/rulebook/approval/approve/{version_id}").status_code in {302, 403}
    assert count(Publication) == 0
    approver.get(f"/rulebook/version/{version_id}")
    approver.post(f"/rulebook/approval/approve/{version_id}")
    approver.post(f"/rulebook/approval/publish/{version_id}", {"since": ""})
    assert count(Publication) == 1
    assert "v1" in approver.get("/rulebook/").text


def test_a_text_with_problems_keeps_what_was_typed(brand: int, browser_as: BrowserAs) -> None:
    """All problems are named and nothing is written."""
    browser = browser_as("HQMarketing")
    browser.get("/rulebook/draft/form")
    answer = browser.post(
        "/rulebook/draft/form", {"brand": brand, "note": "x", "text": "book: typed by hand\nrules: 3"}
    )
    assert answer.status_code in {200, 422}
    assert "typed by hand" in answer.text
    assert count(Version) == 0


@pytest.mark.parametrize("role", ["HQMarketing", "HQApprover", "FranchiseAdmin", "Auditor"])
def test_readers_see_the_live_sentences(role: str, browser_as: BrowserAs) -> None:
    """Everything that decides can be read."""
    page = browser_as(role).get("/rulebook/live/lan").text
    assert "birthday-price" in page
    assert "7.8 折" in page


def test_a_cashier_does_not_change_rules(brand: int, browser_as: BrowserAs) -> None:
    """Neither drafts nor approvals nor decisions."""
    browser = browser_as("Cashier")
    browser.get("/resetmypassword/form")
    version_id = draft(brand)
    for address in (f"/rulebook/approval/approve/{version_id}", "/decisions/change/tiers.window_months"):
        answer = browser.post(address, {"value": "3", "reason": "mine"})
        assert answer.status_code in {302, 403}
    assert count(SettingChange) == 0
    with system_scope("test"), reading() as session:
        assert session.get_one(Version, version_id).state == "draft"


def test_the_decisions_page_says_what_holds_and_in_whose_words(browser_as: BrowserAs) -> None:
    """Each decision with its quotation, its alternatives, and the setting or rules that answer it."""
    page = browser_as("HQMarketing").get("/decisions/").text
    for decision in decisions():
        assert f'id="{decision["id"]}"' in page
        assert str(decision["quotation"]) in page.replace("&#39;", "'")
        assert str(decision["alternatives"]["zh_hant"]) in page.replace("&amp;", "&")
    for setting in settings.declared().values():
        assert f'id="{setting.name}"' in page, setting.name


def test_the_page_says_how_the_live_book_calculates_and_what_members_really_pay(browser_as: BrowserAs) -> None:
    """C09, C15, C19 and C20 are answered by the book itself."""
    browser = browser_as("HQMarketing")
    browser.get("/lang/en")
    for page in (browser.get("/decisions/").text, browser.get("/rulebook/live/lan").text):
        for said in ("Once a line, half up to the fen", "The largest", "What is paid in money"):
            assert said in page
        cells = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert "diamond 85 % with vouchers 76.5 % 68 % with vouchers 61.2 % 78 %" in cells
    browser.get("/lang/zh_Hant_TW")
    assert "換券後 7.65 折" in browser.get("/decisions/").text


def test_every_decision_is_answered_somewhere() -> None:
    """By a setting, or by a rule, number or setting of the live book; a few by how the product is built."""
    answered = {setting.decision for setting in settings.declared().values()}
    answered |= {reference for _, reference, *_ in SETTINGS}
    built_in = {"C02", "C33", "C37"}
    open_ones = [d["id"] for d in decisions() if d["id"] not in answered | built_in and d["id"] not in TEXT]
    assert not open_ones


def test_a_setting_changes_with_a_reason_and_is_kept(browser_as: BrowserAs) -> None:
    """Who, when, from what to what and why."""
    browser = browser_as("HQMarketing")
    browser.get("/decisions/change/tiers.window_months")
    answer = browser.post("/decisions/change/tiers.window_months", {"value": "12", "reason": "一整年"})
    assert answer.status_code == 302
    assert "一整年" in browser.get("/decisions/history/tiers.window_months").text
    with system_scope("test"), reading() as session:
        settings.refresh(session)
        assert settings.value(session, "tiers.window_months") == 12


@pytest.mark.parametrize(("value", "reason"), [("abc", "x"), ("-5", "x"), ("6", " "), ("", "x")])
def test_a_wrong_setting_is_refused_and_what_was_typed_stays(value: str, reason: str, browser_as: BrowserAs) -> None:
    """Words, negative numbers and a missing reason change nothing."""
    browser = browser_as("HQMarketing")
    browser.get("/decisions/change/tiers.window_months")
    answer = browser.post("/decisions/change/tiers.window_months", {"value": value, "reason": reason})
    assert answer.status_code == 422
    assert f'value="{value}"' in answer.text
    assert count(SettingChange) == 0


FLOOR = "/decisions/change/catalog.early_markdown_floor"


@pytest.mark.parametrize(
    ("language", "shown", "typed", "kept"),
    [
        ("zh_Hant_TW", "9", "8.5", 8500),
        ("zh_Hant_TW", "9", " 8.5 折", 8500),
        ("zh_Hant_TW", "9", "85%", 8500),
        ("zh_Hans_CN", "9", "10", 10_000),
        ("en", "90", "85", 8500),
        ("en", "90", "85.5 %", 8550),
        ("en", "90", "7.85 折", 7850),
    ],
)
def test_a_ratio_is_shown_and_typed_in_the_unit_people_say(
    language: str, shown: str, typed: str, kept: int, browser_as: BrowserAs
) -> None:
    browser = browser_as("HQMarketing")
    browser.get(f"/lang/{language}")
    page = browser.get(FLOOR).text
    assert f'value="{shown}"' in page
    assert f"({'%' if language == 'en' else '折'})</label>" in page
    assert browser.post(FLOOR, {"value": typed, "reason": "x"}).status_code == 302
    with system_scope("test"), reading() as session:
        settings.refresh(session)
        assert settings.value(session, "catalog.early_markdown_floor") == kept


@pytest.mark.parametrize("typed", ["8500", "85", "10.5 折", "8.55555", "-1", "1e1", "折", "٨"])
def test_what_is_no_ratio_is_told_beside_the_field_with_what_may_be_typed(typed: str, browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    browser.get(FLOOR)
    answer = browser.post(FLOOR, {"value": typed, "reason": "x"})
    assert answer.status_code == 422
    field = answer.text.split('<label for="value"', 1)[1].split('<label for="reason"', 1)[0]
    assert "請填 0 折 至 10 折 之間的數值" in field
    assert f'value="{typed}"' in field
    assert count(SettingChange) == 0


def test_an_amount_is_shown_and_typed_in_yuan(browser_as: BrowserAs) -> None:
    browser, address = browser_as("HQMarketing"), "/decisions/change/tiers.near_upgrade_within"
    assert 'value="500.00"' in browser.get(address).text
    assert "請填 1.00 元 至 100,000.00 元 之間的數值" in browser.post(address, {"value": "0.5", "reason": "x"}).text
    assert browser.post(address, {"value": "1,250.5", "reason": "x"}).status_code == 302
    with system_scope("test"), reading() as session:
        settings.refresh(session)
        assert settings.value(session, "tiers.near_upgrade_within") == 125_050


def test_a_missing_reason_is_told_beside_the_field(browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    browser.get(FLOOR)
    page = browser.post(FLOOR, {"value": "8.5", "reason": " "}).text
    assert "field-error" in page.split('<label for="reason"', 1)[1]
    assert "field-error" not in page.split('<label for="reason"', 1)[0]


def test_the_second_to_change_a_setting_sees_both_and_decides(browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")

    def seen(page: str) -> str:
        found = re.search(r'name="seen" value="(\d+)"', page)
        assert found is not None
        return found[1]

    mine = seen(browser.get(FLOOR).text)
    assert browser.post(FLOOR, {"value": "8.5", "reason": "theirs", "seen": mine}).status_code == 302
    answer = browser.post(FLOOR, {"value": "8", "reason": "mine", "seen": mine})
    assert answer.status_code == 409
    assert count(SettingChange) == 1
    told = answer.text.split('class="card conflict"', 1)[1].split("</section>", 1)[0]
    assert "8.5 折" in told
    assert "8 折" in told
    assert 'value="mine"' in answer.text
    again = {"value": "8", "reason": "mine", "seen": seen(answer.text)}
    assert browser.post(FLOOR, again).status_code == 302
    assert count(SettingChange) == 2


def test_the_data_file_is_complete() -> None:
    """Every decision says what is asked and what could be chosen, in three languages."""
    assert Path(__file__).parent.parent.joinpath("parameters", "decisions.yaml").is_file()
    for decision in decisions():
        assert set(decision["title"]) == set(decision["alternatives"]) == {"zh_hant", "zh_hans", "en"}, decision["id"]


def test_what_one_person_may_is_not_shown_to_the_next(brand: int, browser_as: BrowserAs) -> None:
    """Each page asks anew who is looking at it."""
    address = f"/rulebook/version/{draft(brand)}"
    assert "/rulebook/draft/submit/" in browser_as("HQMarketing").get(address).text
    assert "/rulebook/draft/" not in browser_as("Auditor").get(address).text
    assert "/rulebook/draft/submit/" in browser_as("HQMarketing").get(address).text


def typed_in(page: str) -> dict[str, str]:
    """Return what a form over a rule book sends when nobody touches it."""
    form = page.split("data-keep>", 1)[1].split("</form>", 1)[0]
    fields = dict(re.findall(r'<input class="form-control"[^>]*? name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', form):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    ticked = re.findall(r'type="checkbox" name="([^"]+)" value="yes" checked', form)
    since = re.findall(r'name="since" value="([^"]+)"', form)[0]
    return fields | dict.fromkeys(ticked, "yes") | {"since": since}


def test_numbers_and_switches_are_changed_without_writing_a_rule_book(browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    fields = typed_in(browser.get("/rulebook/change/lan").text)
    assert fields["number-gold-rate"] == "9"
    assert fields["number-birthday-multiplier"] == "2"
    assert fields["number-birthday-list-cap"] == "5,000.00"
    changes = {"note": "金卡八八折", "number-gold-rate": "8.8 折", "setting-multiplier_combination": "multiply"}
    sent = fields | changes
    del sent["on-birthday-gift"]
    made = browser.post("/rulebook/change/lan", sent)
    assert made.status_code == 302, made.text
    version_id = int(made.location.rsplit("/", 1)[1])
    said = browser.get(f"/rulebook/difference/{version_id}").text
    assert "8.8 折" in said
    assert "birthday-gift" in said
    assert "diamond" not in said
    assert "相乘" in browser.get(made.location).text


def test_ones_own_draft_is_changed_in_its_place_and_somebody_elses_becomes_a_new_one(
    brand: int, browser_as: BrowserAs
) -> None:
    browser, address = browser_as("HQMarketing"), "/rulebook/change/lan?version="
    with system_scope("test"), work() as session:
        made = [
            services.import_book(session, brand_id=brand, text=TEXT, note="春季", by=by, now=clock.now()).id
            for by in ("hqmarketing", "somebody")
        ]
    for version_id, stays in zip(made, (True, False), strict=True):
        fields = typed_in(browser.get(f"{address}{version_id}").text)
        answer = browser.post(f"{address}{version_id}", fields | {"note": "夏季", "number-gold-rate": "8.9"})
        assert answer.status_code == 302, answer.text
        assert (int(answer.location.rsplit("/", 1)[1]) == version_id) is stays
    assert count(Version) == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number-gold-rate", "nine"),
        ("number-gold-spend", "-1"),
        ("number-birthday-multiplier", "2.00001"),
        ("since", ""),
    ],
)
def test_what_is_no_number_is_told_and_stays_typed(field: str, value: str, browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    fields = typed_in(browser.get("/rulebook/change/lan").text)
    answer = browser.post("/rulebook/change/lan", fields | {"note": "春季", field: value})
    assert answer.status_code == 422
    assert f'name="{field}" value="{value}"' in answer.text
    assert 'value="春季"' in answer.text
    assert "has-error" in answer.text
    assert count(Version) == 0


def test_a_form_that_changes_nothing_makes_no_draft(browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    fields = typed_in(browser.get("/rulebook/change/lan").text)
    answer = browser.post("/rulebook/change/lan", fields | {"note": "春季"})
    assert answer.status_code == 422
    assert "還沒有改任何內容" in answer.text
    assert count(Version) == 0


def test_a_draft_begins_with_what_is_live_and_its_text_can_be_taken_along(brand: int, browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    assert "rule: birthday-price" in browser.get("/rulebook/draft/form").text
    file = browser.get("/rulebook/text/lan")
    assert file.text == TEXT
    assert "rules-lan-" in file.headers["Content-Disposition"]
    version_id = draft(brand)
    text = TEXT.replace("9500", "9400", 1)
    browser.get(f"/rulebook/draft/form?own={version_id}")
    made = browser.post(f"/rulebook/draft/form?own={version_id}", {"brand": brand, "note": "更好", "text": text})
    assert made.location.endswith(f"/{version_id}")
    assert browser.get(f"/rulebook/text/lan?version={version_id}").text == text
