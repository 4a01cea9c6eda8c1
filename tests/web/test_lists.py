"""Lists: capped, allowed orders only, no oracle over columns that are not searched, and no address makes them fail."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import event, insert

from core.db.session import engine
from core.web.forms import LookupField
from core.web.views import GuibinView
from tests.web.conftest import Client
from tests.web.trial import Customer, CustomerView, Town

As = Callable[[str], Client]

STRANGE = [
    "page_CustomerView=x", "page_CustomerView=-1", "page_CustomerView=99999999999999999999", "psize_CustomerView=0",
    "psize_CustomerView=abc", "_oc_CustomerView=secret&_od_CustomerView=asc",
    "_oc_CustomerView=nothing&_od_CustomerView=asc",
    "_oc_CustomerView=name&_od_CustomerView=sideways", "_flt_9_name=x", "_flt_0_nothing=x", "_flt_x_name=1",
    "_flt_0_active=maybe", "_flt_0_active=n", "_flt_0_birthday=yesterday", "_flt_1_birthday=2020-13-45",
    "_flt_0_shop=abc", "_flt_0_shop=99999999999999999999999", "_flt_1_shop=1", "_flt_0_name=%25%27%22",
    "_flt_4_name=a&_flt_4_name=b",
    "page_=1", "_oc_=name", "_flt_0_=1", "_flt_8_name=a",
]  # fmt: skip


def many(count: int) -> None:
    rows = [
        {"id": 1000 + n, "store_id": 1, "name": f"M{n:06}", "tier": "gold", "spent": n, "active": True}
        for n in range(count)
    ]
    with engine().begin() as connection:
        connection.execute(insert(Customer.__table__), rows)


@pytest.mark.parametrize("query", STRANGE)
def test_a_strange_address_is_no_failure(as_: As, query: str) -> None:
    assert as_("one").get(f"/customerview/list/?{query}").status_code == 200


def test_a_number_no_column_can_hold_is_told_so(as_: As) -> None:
    assert as_("one").get("/customerview/list/?_flt_0_spent=9" + "9" * 40).status_code == 422
    for key in ("9" * 40, "abc", "-1", "1e3", "%00"):
        assert as_("one").get(f"/customerview/show/{key}").status_code == 404


def test_the_page_size_is_capped(as_: As) -> None:
    many(300)
    text = as_("hq").get("/customerview/list/?psize_CustomerView=100000").text
    assert text.count("<tr data-href") == CustomerView.max_page_size == 200
    assert as_("hq").get("/customerview/list/").text.count("<tr data-href") == 25


def test_only_named_columns_can_be_searched(as_: As) -> None:
    one = as_("one")
    right = one.get("/customerview/list/?_flt_0_secret=ALPHA").text
    wrong = one.get("/customerview/list/?_flt_0_secret=nothing").text
    assert right.count("<tr data-href") == wrong.count("<tr data-href") == 3


def test_a_view_must_name_what_it_shows_and_searches() -> None:
    class Careless(GuibinView):
        datamodel = CustomerView.datamodel
        list_columns = ["name"]

    with pytest.raises(TypeError, match="search_columns"):
        Careless()


def test_a_view_must_say_its_titles(app: Flask) -> None:
    class Untitled(GuibinView):
        datamodel = CustomerView.datamodel
        list_columns = ["name"]
        search_columns = ["name"]
        list_title = "Untitled"

    with app.app_context(), pytest.raises(TypeError, match="show_title, add_title, edit_title"):
        Untitled()


def test_columns_that_were_not_named_are_in_no_form(app: Flask) -> None:
    class Bare(GuibinView):
        datamodel = CustomerView.datamodel
        list_columns = ["name"]
        search_columns: list[str] = []
        list_title = show_title = add_title = edit_title = "Bare"

    with app.app_context():
        bare = Bare()
    assert (bare.search_columns, bare.add_columns, bare.edit_columns, bare.show_columns) == ([], [], [], [])


def test_views_share_no_label_with_their_class(app: Flask) -> None:
    view = next(v for v in app.extensions["appbuilder"].baseviews if isinstance(v, CustomerView))
    assert view.label_columns is not CustomerView.label_columns
    assert set(CustomerView.label_columns) <= set(view.label_columns)


def test_relations_are_looked_up_not_loaded(app: Flask, as_: As) -> None:
    view = next(v for v in app.extensions["appbuilder"].baseviews if isinstance(v, CustomerView))
    with app.test_request_context():
        form = view.search_form.refresh()
    assert isinstance(form.shop, LookupField)
    many(60)
    found = as_("hq").get("/noteview/lookup/customer?q=M0000").json
    assert found is not None
    assert len(found["results"]) == 20
    assert as_("hq").get("/noteview/lookup/store_id?q=").status_code == 404
    assert as_("admin").get("/noteview/lookup/customer?q=").status_code == 403


def queries(client: Client, address: str) -> list[str]:
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(engine(), "before_cursor_execute", note)
    return seen


def test_a_list_takes_few_queries_whatever_its_length_and_the_menu(as_: As) -> None:
    one = as_("one")
    one.get("/customerview/list/")
    few = queries(one, "/customerview/list/")
    many(500)
    more = queries(one, "/customerview/list/?psize_CustomerView=200")
    assert len(more) == len(few)
    assert len(few) <= 12
    assert sum("ab_permission_view" in statement for statement in few) == 1
    assert sum("WHERE ab_user.id = ?" in statement for statement in few) == 1  # whose request it is


def test_people_searching_at_once_see_their_own_filters(app: Flask, as_: As) -> None:
    many(400)
    sessions = [as_("hq") for _ in range(2)]
    cookies = [client.inner.get_cookie("session") for client in sessions]

    def search(number: int) -> bool:
        client = app.test_client()
        cookie = cookies[number % 2]
        assert cookie is not None
        client.set_cookie("session", cookie.value)
        text = client.get(f"/customerview/list/?_flt_3_name=M{number:06}").text
        return f"M{number:06} <i" in text and text.count("<tr data-href") == 1

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(search, range(120)))


def test_filters_are_shown_as_chips_that_can_be_taken_off(as_: As) -> None:
    text = as_("one").get("/customerview/list/?_flt_0_name=ALPHA&_flt_0_shop=1&psize_CustomerView=50").text
    assert "ALPHA-shop <i" in text
    assert 'href="?_flt_0_shop=1&amp;psize_CustomerView=50"' in text


def test_a_town_that_nobody_named_shows_as_a_dash(as_: As) -> None:
    with engine().begin() as connection:
        connection.execute(Customer.__table__.update().values(town_id=None))
        connection.execute(Town.__table__.delete())
    assert "None" not in as_("one").get("/customerview/show/10").text


def test_files_are_served_by_no_view(app: Flask) -> None:
    assert not [rule.rule for rule in app.url_map.iter_rules() if "download" in rule.rule]
