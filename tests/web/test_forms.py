"""Forms: what was typed is kept, a "no" is readable, and every value can be stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.web.conftest import Client
from tests.web.test_isolation import stored

As = Callable[[str], Client]
FORM: dict[str, Any] = {"name": "Wang", "shop": "1", "spent": "500"}


def test_no_can_be_stored_in_a_yes_no_column_that_must_be_filled(as_: As) -> None:
    one = as_("one")
    assert one.post("/customerview/edit/10", FORM).status_code == 302
    assert stored(10).active is False
    assert one.post("/customerview/edit/10", {**FORM, "active": "y"}).status_code == 302
    assert stored(10).active is True


def test_days_and_moments_are_stored_exactly(as_: As) -> None:
    fields = {**FORM, "birthday": "2000-02-29", "seen_at": "2026-05-04T15:30"}
    assert as_("one").post("/customerview/edit/10", fields).status_code == 302
    row = stored(10)
    assert row.birthday == date(2000, 2, 29)
    assert row.seen_at == datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
    text = as_("one").get("/customerview/edit/10").text
    assert 'value="2026-05-04T15:30' in text
    assert 'value="2000-02-29"' in text


@pytest.mark.parametrize("address", ["/customerview/add", "/customerview/edit/10"])
def test_a_refusal_keeps_what_was_typed_and_says_why(as_: As, address: str) -> None:
    fields = {**FORM, "name": "a name that must not be lost", "spent": "1000000001"}
    answer = as_("one").post(address, fields)
    assert answer.status_code == 200
    assert "a name that must not be lost" in answer.text
    assert "1000000001 is too much." in answer.text
    assert stored(10).name == "ALPHA-0"


def test_a_refusal_about_a_field_stands_beside_it(as_: As) -> None:
    answer = as_("one").post("/customerview/add", {**FORM, "name": "nobody"})
    assert "已經有了。" in answer.text
    assert 'class="field has-error"' in answer.text


def test_a_value_that_is_taken_is_found_before_saving(as_: As) -> None:
    answer = as_("one").post("/customerview/add", {**FORM, "phone": "13800000011"})
    assert answer.status_code == 200
    assert "已經有了。" in answer.text
    same = as_("one").post("/customerview/edit/11", {**FORM, "phone": "13800000011"})
    assert same.status_code == 302


@pytest.mark.parametrize("address", ["/customerview/add", "/customerview/edit/10"])
def test_what_the_database_refuses_shows_no_statement_and_no_value(as_: As, address: str) -> None:
    # Taken in the other store: the form cannot see it, the database can.
    answer = as_("one").post(address, {**FORM, "phone": "13800000020"})
    assert answer.status_code == 200
    assert "沒有儲存" in answer.text
    for leak in ("INSERT", "UPDATE", "sqlite", "trial_customer", "IntegrityError"):
        assert leak not in answer.text
    assert 'value="Wang"' in answer.text


def test_a_refused_deletion_says_why(as_: As) -> None:
    one = as_("one")
    assert one.post("/customerview/delete/10").status_code == 302
    text = one.get("/customerview/list/").text
    assert "沒有儲存" in text
    assert "ALPHA-0" in text
    assert one.post("/customerview/delete/11").status_code == 302
    assert "ALPHA-1" not in one.get("/customerview/list/").text


def test_nothing_is_deleted_or_done_by_following_a_link(as_: As) -> None:
    one = as_("one")
    one.get("/customerview/delete/11")
    assert stored(11).name == "ALPHA-1"
    assert one.get("/customerview/action/reward/11").status_code == 405
    assert stored(11).spent == 248820


def test_unknown_actions_are_not_found(as_: As) -> None:
    assert as_("one").post("/customerview/action/nothing/10").status_code == 404
    assert as_("one").post("/customerview/action_post", {}).status_code == 404


def test_texts_of_form_checks_are_in_the_persons_language(as_: As) -> None:
    one = as_("one")
    assert "這一欄必填。" in one.post("/customerview/add", {"shop": "1"}).text
    assert "最多 40 個字。" in one.post("/customerview/add", {**FORM, "name": "x" * 41}).text
    assert "不是有效的整數。" in one.post("/customerview/add", {**FORM, "spent": "x"}).text


def test_the_way_back_stays_on_the_product(as_: As) -> None:
    one = as_("one")
    outside = [
        "https://evil.example/x",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
    ]
    for number, address in enumerate(outside):
        answer = one.post("/customerview/edit/10", {**FORM, "name": f"n{number}", "next": address})
        assert answer.headers["Location"] == "/customerview/list/", address
    own = one.post("/customerview/edit/10", {**FORM, "next": "/customerview/show/10?a=b"})
    assert own.headers["Location"] == "/customerview/show/10?a=b"


def test_related_rows_are_shown_with_the_record(as_: As) -> None:
    assert "ALPHA-note" in as_("one").get("/customerview/show/10").text


def test_markup_in_data_is_shown_as_text(as_: As) -> None:
    one = as_("one")
    hostile = "<script>alert(1)</script>"
    assert one.post("/customerview/edit/10", {**FORM, "name": hostile}).status_code == 302
    for page in ("/customerview/list/", "/customerview/show/10", "/customerview/edit/10", "/noteview/edit/1"):
        text = one.get(page).text
        assert hostile not in text
        assert "&lt;script&gt;" in text, page
