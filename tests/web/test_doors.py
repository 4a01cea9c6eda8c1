"""What is open, what every answer carries, who has which permission, and how failures look."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import assoc_permissionview_role
from sqlalchemy import select, update

from core import settings
from core.db.models import Generation
from core.db.session import engine
from core.web import roles
from core.web.admin.ranks import KEEPERS
from core.web.deploy import sync_permissions, wanted
from core.web.menu import Entry, in_order
from core.web.security.models import Role
from tests.web.conftest import Client
from tests.web.trial import CustomerView, HeadquartersView

As = Callable[[str], Client]

#: Everything a stranger gets an answer from, beside files.
PUBLIC = {"/login/", "/lang/<string:locale>", "/back", "/logout/", "/api/v1/security/login", "/api/v1/security/refresh"}
ASKS_TO_LOG_IN = (302, 401)


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every rule with an address that fits it."""
    values = {
        "pk": "10",
        "name": "reward",
        "column": "shop",
        "locale": "zh_Hant_TW",
        "filename": "guibin.css",
        "model_id": "1",
    }
    found = []
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: values.get(m[1], "10"), rule.rule)
        found.append((rule.rule, address))
    return found


def test_a_stranger_gets_in_nowhere_but_through_the_listed_doors(app: Flask) -> None:
    opened = set()
    for rule, address in addresses(app):
        if rule.startswith("/static/"):
            continue
        for method in ("GET", "POST"):
            answer = app.test_client().open(address, method=method)
            to_login = "/login/" in answer.headers.get("Location", "")
            if answer.status_code not in (400, 401, 404, 405, 415) and not to_login:
                opened.add(rule)
    assert opened <= PUBLIC, opened - PUBLIC
    assert opened >= {"/login/", "/lang/<string:locale>"}


def test_every_answer_carries_the_headers(app: Flask, as_: As) -> None:
    admin = as_("one")
    for rule, address in addresses(app):
        if rule == "/logout/":
            continue
        with admin.inner.get(address) as answer:
            headers, found = answer.headers, answer.status_code == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, rule
        assert "'unsafe-eval'" not in policy
        assert "script-src 'self' 'nonce-" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        kept = "public" if rule.startswith("/static/") and found else "no-store"
        assert headers["Cache-Control"].startswith(kept), rule
    for address in ("/nothing", "/static/guibin/nothing.css"):
        assert admin.get(address).headers["Cache-Control"] == "no-store"


def test_the_nonce_changes_with_every_answer(client: Client) -> None:
    policies = [client.get("/login/").headers["Content-Security-Policy"] for _ in range(3)]
    assert len({nonce for policy in policies for nonce in re.findall(r"nonce-([\w-]+)", policy)}) == 3


def test_pages_load_nothing_from_elsewhere(as_: As) -> None:
    for page in ("/", "/customerview/list/", "/customerview/edit/10"):
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', as_("one").get(page).text)


@pytest.mark.parametrize(
    "path", ["/customerview/delete/10", "/customerview/add", "/customerview/action/reward/10", "/login/"]
)
def test_a_form_without_the_token_is_refused(as_: As, path: str) -> None:
    one = as_("one")
    assert one.inner.post(path, data={"name": "x"}).status_code == 400


def test_a_browsers_cookie_alone_changes_nothing_through_the_api(as_: As) -> None:
    one = as_("one")
    assert one.inner.put("/api/v1/customer/10", json={"name": "x"}).status_code == 400
    with_token = one.inner.put("/api/v1/customer/10", json={"name": "x"}, headers={"X-CSRFToken": one.token})
    assert with_token.status_code == 200


# -- permissions


def test_syncing_permissions_again_changes_nothing(app: Flask) -> None:
    def granted() -> set[tuple[int, int]]:
        table = assoc_permissionview_role
        with engine().connect() as connection:
            return {tuple(row) for row in connection.execute(select(table.c.permission_view_id, table.c.role_id))}

    before = granted()
    sync_permissions(app)
    assert granted() == before
    with engine().connect() as connection:
        names = set(connection.execute(select(Role.__table__.c.name)).scalars())
    assert set(roles.ALL) <= names


def test_pages_say_who_reads_and_who_writes(app: Flask) -> None:
    grants = wanted(app.extensions["appbuilder"])
    assert grants["can_list", "CustomerView"] == set(roles.EVERYBODY)
    assert grants["can_edit", "CustomerView"] == set(roles.STORES)
    assert grants["reward", "CustomerView"] == set(roles.STORES)
    assert grants["peek", "CustomerView"] == set(roles.EVERYBODY)
    assert grants["can_list", "HeadquartersView"] == {*roles.HQ, roles.AUDITOR}
    assert grants["menu_access", "Accounts"] == {*KEEPERS, roles.AUDITOR}
    assert all(
        roles.AUDITOR not in names for (permission, _), names in grants.items()
        if permission in {"can_add", "can_edit", "can_delete", "can_post", "can_put", "reward"}
    )  # fmt: skip


def test_the_menu_shows_what_one_may_open(as_: As) -> None:
    one, admin = as_("one").get("/").text, as_("admin").get("/").text
    assert "/customerview/list/" in one
    assert "/headquarters/list/" not in one
    assert "/permissions/" not in one
    assert "/permissions/" in admin
    assert "/customerview/list/" not in admin


def test_menu_names_are_unique() -> None:
    with pytest.raises(ValueError, match="Twice"):
        in_order([Entry(CustomerView, "Twice", "Members"), Entry(HeadquartersView, "Twice", "Members")])
    with pytest.raises(ValueError, match="Members"):
        in_order([Entry(CustomerView, "Members", "Members")])  # who finds anything there would find this page


def test_a_page_may_be_left_out_of_the_menu_of_some_who_may_open_it() -> None:
    entry = Entry(CustomerView, "Customers", "Members", listed=(roles.STORE_MANAGER,))
    assert entry.finders() == (roles.STORE_MANAGER,)
    assert set(entry.readers()) == set(roles.EVERYBODY)


# -- failures


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/api/v1/sum/refuse", 409, "too_much"), ("/api/v1/sum/load", 422, "invalid"), ("/api/v1/nothing", 404, "404")],
)
def test_a_no_has_its_status_code_and_sentence_for_programs(as_: As, path: str, status: int, code: str) -> None:
    answer = as_("one").get(path)
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["code"] == code
    assert answer.json["message"]


def test_a_refusal_carries_its_facts(as_: As) -> None:
    assert as_("one").get("/api/v1/sum/refuse").json == {
        "code": "too_much", "message": "7 is too much.", "facts": {"amount": 7},
    }  # fmt: skip


def test_a_failure_tells_a_code_and_no_secret(as_: As) -> None:
    answer = as_("one").get("/api/v1/sum/fail")
    assert answer.status_code == 500
    assert "SELECT" not in answer.text
    assert re.fullmatch(r"[0-9a-f]{8}", answer.json["code"])  # type: ignore[index]


def test_a_page_that_refuses_is_a_page(as_: As) -> None:
    answer = as_("one").get("/plainpage/")
    assert answer.status_code == 409
    assert "9 is too much." in answer.text
    assert "<nav" in answer.text
    missing = as_("one").get("/nothing")
    assert missing.status_code == 404
    assert "這裡沒有資料" in missing.text


# -- addons that change under a running worker


def test_a_stale_worker_steps_aside(app: Flask, as_: As) -> None:
    one = as_("one")
    with engine().begin() as connection:
        connection.execute(Generation.__table__.insert().values(id=1, number=7))
    assert one.get("/").status_code == 503 or app.extensions["guibin_generation"] == 7
    app.extensions["guibin_generation"] = None
    assert one.get("/").status_code == 200
    with engine().begin() as connection:
        connection.execute(update(Generation.__table__).values(number=8))
    stale = one.get("/")
    assert stale.status_code == 503
    assert int(stale.headers["Retry-After"]) > 0
    assert one.get("/api/v1/sum/refuse").json["code"] == "stale"  # type: ignore[index]
    assert settings.declared() is not None
