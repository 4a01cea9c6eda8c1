"""Saved filters and chosen columns: each person's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.db.models import ListColumns, SavedFilter
from core.db.session import reading
from core.web.lists import kept
from tests.web.conftest import Client

As = Callable[[str], Client]
LIST = "/customerview/list/"
QUERY = "_flt_0_name=ALPHA"


def keep(browser: Client, name: str, query: str = QUERY) -> str:
    browser.get(LIST)
    answer = browser.post("/customerview/filters", {"name": name, "query": query})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def filters() -> list[tuple[str, str]]:
    with reading() as session:
        return [(row.name, row.query) for row in session.scalars(select(SavedFilter).order_by(SavedFilter.id))]


def test_a_filter_becomes_a_tab_that_shows_it_again(as_: As) -> None:
    one = as_("one")
    assert "Name of the filter" not in one.get(LIST).text
    assert "儲存篩選" in one.get(f"{LIST}?{QUERY}").text
    assert keep(one, "  My   ALPHA ") == f"{LIST}?{QUERY}"
    page = one.get(f"{LIST}?{QUERY}").text
    assert 'class="tab active"' in page
    assert "My ALPHA" in page
    assert "儲存篩選" not in page
    assert 'class="tab active"' not in one.get(LIST).text


def test_a_filter_of_the_same_name_is_replaced(as_: As) -> None:
    one = as_("one")
    keep(one, "mine")
    keep(one, "mine", "_flt_0_name=BRAVO")
    assert filters() == [("mine", "_flt_0_name=BRAVO")]


def test_only_what_filters_and_orders_is_kept(as_: As) -> None:
    keep(as_("one"), "mine", f"page_CustomerView=3&{QUERY}&next=https://elsewhere&_oc_CustomerView=name&x=1")
    assert filters() == [("mine", f"{QUERY}&_oc_CustomerView=name")]


@pytest.mark.parametrize(("name", "query"), [("", QUERY), ("   ", QUERY), ("mine", ""), ("mine", "page_=1")])
def test_nothing_is_kept_without_a_name_or_a_filter(as_: As, name: str, query: str) -> None:
    one = as_("one")
    keep(one, name, query)
    assert not filters()
    assert "notice-bad" in one.get(LIST).text


def test_twenty_filters_are_enough(as_: As) -> None:
    one = as_("one")
    for number in range(kept.MOST_FILTERS + 1):
        keep(one, f"f{number}")
    assert len(filters()) == kept.MOST_FILTERS
    assert "已有 20 個篩選" in one.get(LIST).text


def test_nobody_sees_or_drops_the_filters_of_others(as_: As) -> None:
    one, two = as_("one"), as_("two")
    keep(one, "secret-name")
    with reading() as session:
        key = session.scalar(select(SavedFilter.id))
    assert "secret-name" not in two.get(f"{LIST}?{QUERY}").text
    assert two.post(f"/customerview/filters/{key}/drop").status_code == 302
    assert filters()
    assert one.post(f"/noteview/filters/{key}/drop").status_code == 302
    assert filters()
    one.get(LIST)
    assert one.post(f"/customerview/filters/{key}/drop").status_code == 302
    assert not filters()


def test_chosen_columns_are_shown_and_come_back_with_none(as_: As) -> None:
    one, two = as_("one"), as_("two")
    one.get(LIST)
    one.post("/customerview/columns", {"column": ["phone", "name"], "query": QUERY})
    page = one.get(LIST).text
    assert 'data-label="Phone"' in page
    assert 'data-label="Tier"' not in page
    assert "13800000010" in page
    assert 'data-label="Tier"' in two.get(LIST).text
    one.post("/customerview/columns", {})
    assert 'data-label="Tier"' in one.get(LIST).text
    with reading() as session:
        assert session.scalar(select(ListColumns.columns)) is None


def test_only_offered_columns_can_be_chosen(as_: As) -> None:
    one = as_("one")
    one.get(LIST)
    one.post("/customerview/columns", {"column": ["secret", "notes", "store_id", "name"]})
    page = one.get(LIST).text
    assert "ALPHA-hidden" not in page
    with reading() as session:
        assert session.scalar(select(ListColumns.columns)) == ["name"]


def test_keeping_needs_the_permission_to_see_the_list(as_: As) -> None:
    admin = as_("admin")
    admin.get("/")
    for path in ("filters", "filters/1/drop", "columns"):
        assert admin.post(f"/customerview/{path}", {"name": "x", "query": QUERY}).status_code == 403
    assert not filters()
