"""Nobody sees or changes another store's rows, through any door; what is one's own is there (positive controls)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest
from sqlalchemy import select

from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import OutOfScope
from tests.web.conftest import PASSWORD, Client
from tests.web.trial import Customer, Note, Notice, Shop

As = Callable[[str], Client]

PAGES = [
    "/customerview/list/", "/customerview/list/?psize_CustomerView=200", "/customerview/add", "/noteview/list/",
    "/noteview/add", "/shopview/list/", "/noteview/lookup/customer?q=", "/customerview/lookup/shop?q=",
    "/customerview/list/?_flt_0_name=BRAVO", "/customerview/list/?_flt_2_phone=138", "/",
    "/customerview/list/?_flt_0_shop=2", "/noteview/list/?_flt_0_customer=20", "/noteview/add?_flt_0_customer=20",
]  # fmt: skip


def stored(key: int) -> Customer:
    with system_scope("test"), reading() as session:
        return session.scalars(select(Customer).where(Customer.id == key)).one()


@pytest.mark.parametrize("page", PAGES)
def test_lists_forms_choices_and_search_hold_no_row_of_another_store(as_: As, page: str) -> None:
    answer = as_("one").get(page)
    assert answer.status_code == 200
    assert "BRAVO" not in answer.text.replace("_flt_0_name=BRAVO", "").replace('value="BRAVO"', "").replace(
        "BRAVO <i", ""
    )


def test_own_rows_are_there(as_: As) -> None:
    one = as_("one")
    for page in ("/customerview/list/", "/noteview/list/", "/shopview/list/", "/customerview/show/10"):
        assert "ALPHA" in one.get(page).text, page
    assert "ALPHA-shop" in one.get("/customerview/add").text
    found = one.get("/noteview/lookup/customer?q=alpha-1").json
    assert found == {"results": [{"id": 11, "text": "ALPHA-1"}]}


def test_headquarters_and_the_auditor_see_both(as_: As) -> None:
    for name in ("hq", "auditor"):
        text = as_(name).get("/customerview/list/").text
        assert "ALPHA-0" in text
        assert "BRAVO-0" in text


def test_the_system_administrator_sees_no_customer(as_: As) -> None:
    assert as_("admin").get("/customerview/list/").status_code == 403


@pytest.mark.parametrize("address", ["show/20", "edit/20"])
def test_another_stores_row_is_not_found(as_: As, address: str) -> None:
    assert as_("one").get(f"/customerview/{address}").status_code == 404


def test_another_stores_row_is_neither_edited_nor_deleted(as_: As) -> None:
    one = as_("one")
    fields = {"name": "taken", "shop": "1", "spent": "1"}
    assert one.post("/customerview/edit/20", fields).status_code == 404
    assert one.post("/customerview/delete/20").status_code == 404
    assert stored(20).name == "BRAVO-0"
    assert one.post("/customerview/edit/10", fields).status_code == 302
    assert stored(10).name == "taken"


def test_actions_reach_own_rows_only(as_: As) -> None:
    one = as_("one")
    assert one.post("/customerview/action/reward/20").status_code == 404
    assert one.post("/customerview/action_post", {"action": "reward", "rowid": ["20", "21"]}).status_code == 404
    assert stored(20).spent == 248820
    assert one.post("/customerview/action/reward/10").status_code == 302
    assert one.post("/customerview/action_post", {"action": "reward", "rowid": ["10", "11"]}).status_code == 302
    assert (stored(10).spent, stored(11).spent) == (250820, 249820)


def test_a_row_cannot_be_put_into_another_store_or_hung_onto_its_rows(as_: As) -> None:
    one = as_("one")
    refused = one.post("/customerview/add", {"name": "x", "shop": "2", "spent": "1"})
    assert refused.status_code == 200
    assert one.post("/customerview/edit/10", {"name": "x", "shop": "2", "spent": "1"}).status_code == 200
    assert one.post("/noteview/add", {"text": "x", "customer": "20"}).status_code == 200
    assert one.post("/noteview/add?_flt_0_customer=20", {"text": "x"}).status_code == 200
    with system_scope("test"), reading() as session:
        assert session.scalars(select(Note.text)).all() == ["ALPHA-note", "BRAVO-note"]
    assert stored(10).store_id == 1
    assert one.post("/noteview/add", {"text": "x", "customer": "10"}).status_code == 302


def test_who_reads_a_store_without_writing_it_puts_no_row_there(as_: As) -> None:
    half = as_("half")
    assert "BRAVO-shop" in half.get("/customerview/add").text
    assert half.post("/customerview/add", {"name": "x", "shop": "2", "spent": "1"}).status_code == 200
    assert half.post("/customerview/edit/10", {"name": "x", "shop": "2", "spent": "1"}).status_code == 200
    with system_scope("test"), reading() as session:
        assert session.scalars(select(Customer.name).where(Customer.store_id == 2)).all() == [
            "BRAVO-0",
            "BRAVO-1",
            "BRAVO-2",
        ]
    assert half.post("/customerview/add", {"name": "x", "shop": "1", "spent": "1"}).status_code == 302


def test_shared_rows_are_read_by_all_and_written_by_those_who_write_everywhere(as_: As) -> None:
    one = as_("one")
    assert "上海" in one.get("/townview/list/").text
    kept = one.post("/townview/add", {"name": "北京"})
    assert kept.status_code == 200
    assert 'value="北京"' in kept.text
    assert as_("hq").post("/townview/add", {"name": "北京"}).status_code == 403


def test_the_auditor_reads_and_changes_nothing(as_: As) -> None:
    auditor = as_("auditor")
    assert auditor.get("/customerview/show/10").status_code == 200
    for address in ("/customerview/add", "/customerview/edit/10"):
        assert auditor.get(address).status_code == 403
    assert auditor.post("/customerview/delete/10").status_code == 403
    assert auditor.post("/customerview/action/reward/10").status_code == 403
    assert "peeked at ALPHA-0" in auditor.post("/customerview/action/peek/10").text


ONE = Scope(reads=frozenset({1}), writes=frozenset({1}))


@pytest.fixture
def notices(client: Client) -> None:
    with system_scope("tests"), work() as session:
        for key, store in ((1, None), (2, 1), (3, 2)):
            session.add(Notice(id=key, store_id=store, text=f"notice of {store}"))


@pytest.mark.usefixtures("notices")
def test_what_is_of_a_store_or_of_all_is_read_by_that_store_and_by_all() -> None:
    def seen(scope: Scope) -> set[int]:
        with acting(scope), reading() as session:
            return set(session.scalars(select(Notice.id)))

    assert seen(ONE) == {1, 2}
    assert seen(Scope()) == {1}
    assert seen(Scope(reads=None)) == {1, 2, 3}


@pytest.mark.usefixtures("notices")
@pytest.mark.parametrize(
    ("key", "store", "may"), [(1, None, False), (1, 1, False), (2, 1, True), (2, None, False), (2, 2, False)]
)
def test_a_store_writes_its_own_and_neither_takes_from_all_nor_gives_to_all(
    key: int, store: int | None, may: bool
) -> None:
    with acting(ONE), reading() as session:
        notice = session.scalars(select(Notice).where(Notice.id == key)).one()
        notice.text, notice.store_id = "changed", store
        with nullcontext() if may else pytest.raises(OutOfScope):
            session.flush()


@pytest.mark.usefixtures("notices")
def test_new_ones_and_deleted_ones_are_guarded_alike() -> None:
    for store, may in ((1, True), (2, False), (None, False)):
        with acting(ONE), reading() as session:
            session.add(Notice(store_id=store, text="new"))
            with nullcontext() if may else pytest.raises(OutOfScope):
                session.flush()
    with acting(ONE), reading() as session:
        session.add(Notice(shop=session.scalars(select(Shop).where(Shop.id == 1)).one(), text="new"))
        session.flush()
    with acting(ONE), reading() as session:
        session.delete(session.scalars(select(Notice).where(Notice.id == 1)).one())
        with pytest.raises(OutOfScope):
            session.flush()


def token(client: Client, name: str) -> dict[str, str]:
    asked = {"username": name, "password": PASSWORD, "provider": "db"}
    answer = client.inner.post("/api/v1/security/login", json=asked)
    return {"Authorization": f"Bearer {answer.json['access_token']}"}  # type: ignore[index]


def test_the_api_is_scoped_by_token(client: Client) -> None:
    mine = token(client, "one")
    listed = client.inner.get("/api/v1/customer/", headers=mine)
    assert [row["name"] for row in listed.json["result"]] == ["ALPHA-0", "ALPHA-1", "ALPHA-2"]  # type: ignore[index]
    assert client.inner.get("/api/v1/customer/20", headers=mine).status_code == 404
    assert client.inner.put("/api/v1/customer/20", headers=mine, json={"name": "x"}).status_code == 404
    assert client.inner.delete("/api/v1/customer/20", headers=mine).status_code == 404
    info = client.inner.get("/api/v1/customer/_info", headers=mine)
    assert "ALPHA-shop" in info.text
    assert "BRAVO" not in info.text
    assert stored(20).name == "BRAVO-0"


def test_the_api_takes_no_foreign_relation(client: Client) -> None:
    mine = token(client, "one")
    foreign = client.inner.post("/api/v1/customer/", headers=mine, json={"name": "x", "shop": 2, "spent": 1})
    assert 400 <= foreign.status_code < 500, foreign.text
    moved = client.inner.put("/api/v1/customer/10", headers=mine, json={"shop": 2})
    assert 400 <= moved.status_code < 500, moved.text
    assert stored(10).store_id == 1
    own = client.inner.put("/api/v1/customer/10", headers=mine, json={"name": "renamed"})
    assert own.status_code == 200
    assert stored(10).name == "renamed"
    made = client.inner.post(
        "/api/v1/customer/", headers=mine, json={"name": "new", "shop": 1, "spent": 1, "active": False}
    )
    assert made.status_code == 201, made.text
