"""A product without accounts is set up once, by whoever comes first, with no password that is known."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from addons.stores.models import Brand, Market, Store
from core.addons.registry import Registry
from core.db import session
from core.db.scope import system_scope
from core.db.session import work
from core.testing.screens import Browser
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.security.models import User
from tests.web_admin.people import happened, row, shown_password

TYPED = {"brand": "蘭", "market": "TW", "store": "信義門市", "name": "林管理", "username": "root"}


@pytest.fixture(scope="module")
def empty(addons: Registry, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The product over a database without roles and accounts."""
    folder = tmp_path_factory.mktemp("empty")
    shutil.copy(sqlite_template, folder / "empty.db")
    session.connect(f"sqlite:///{folder / 'empty.db'}")
    app = create_app(WebConfig(secret_key=secrets.token_urlsafe(48), var=folder), registry=addons)
    session.disconnect()
    return app


@pytest.fixture
def new_product(empty: Flask, sqlite_template: Path, tmp_path: Path) -> Iterator[Browser]:
    """A stranger's browser before a product that was just installed."""
    shutil.copy(sqlite_template, tmp_path / "new.db")
    session.connect(f"sqlite:///{tmp_path / 'new.db'}")
    empty.extensions["guibin_has_account"] = False
    yield Browser(empty.test_client())
    session.disconnect()


def count(model: type) -> int:
    with system_scope("test"), work() as opened:
        return opened.scalar(select(func.count()).select_from(model)) or 0


def test_every_address_leads_to_the_set_up_and_languages_and_files_stay_open(new_product: Browser) -> None:
    for address in ("/", "/login/", "/accounts/", "/nothing", "/users/userinfo/"):
        answer = new_product.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/setup/", address
    with new_product.client.get("/static/guibin/guibin.css") as file:
        assert file.status_code == 200
    new_product.get("/lang/en")
    assert "Set up Guibin" in new_product.get("/setup/").text


def test_it_makes_the_administrator_the_brand_and_the_first_store(new_product: Browser, empty: Flask) -> None:
    new_product.get("/setup/")
    done = new_product.post("/setup/", TYPED)
    password = shown_password(done)
    assert len(password) >= 12
    admin = row("root")
    assert [role.name for role in admin.roles] == ["SystemAdmin"]
    assert happened(admin.id) == [("opened", "root")]
    with system_scope("test"), work() as opened:
        assert opened.scalars(select(Store)).one().name == "信義門市"
        assert opened.scalars(select(Brand)).one().currency == "TWD"
        assert opened.scalars(select(Market)).one().timezone == "Asia/Taipei"
    new_product.get("/login/")
    assert new_product.post("/login/", {"username": "root", "password": password}).status_code == 302
    assert "/accounts/" in new_product.get("/").text
    assert new_product.get("/memberview/list/").status_code == 403
    assert new_product.get("/setup/").status_code == 404
    new_product.get("/resetmypassword/form")
    assert new_product.post("/setup/", TYPED).status_code == 404
    assert count(User) == 1
    assert Browser(empty.test_client()).get("/setup/").status_code == 404


def test_a_typed_password_is_used_and_never_shown(new_product: Browser) -> None:
    new_product.get("/setup/")
    phrase = "四個 很好記的 詞放在一起"
    done = new_product.post("/setup/", {**TYPED, "password": phrase, "again": phrase})
    assert done.status_code == 200
    assert phrase not in done.text
    new_product.get("/login/")
    new_product.post("/login/", {"username": "root", "password": phrase})
    assert new_product.get("/users/userinfo/").status_code == 200


REFUSED = [
    ({"password": "short", "again": "short"}, "至少十二個字元"),
    ({"password": "password1234", "again": "password1234"}, "太容易猜"),
    ({"password": "a long enough phrase", "again": "another one entirely"}, "兩次輸入的密碼不同"),
    ({"brand": ""}, "請填寫品牌"),
    ({"store": " "}, "請填寫品牌"),
    ({"username": "A B"}, "小寫英文字母"),
    ({"name": ""}, "須有使用人的姓名"),
    ({"market": "XX"}, "XX"),
]


def test_what_does_not_fit_is_refused_whole_and_what_was_typed_stays(new_product: Browser) -> None:
    new_product.get("/setup/")
    for fields, said in REFUSED:
        answer = new_product.post("/setup/", {**TYPED, **fields})
        assert answer.status_code == 422, fields
        assert said in answer.text, fields
        assert "林管理" in answer.text or fields.get("name") == ""
        assert not re.search(r'type="password"[^>]*value="[^"]', answer.text)
    assert count(User) == count(Store) == count(Brand) == 0


def test_there_is_no_default_password(new_product: Browser) -> None:
    passwords = set()
    new_product.get("/setup/")
    passwords.add(shown_password(new_product.post("/setup/", TYPED)))
    for guess in ("admin", "guibin", "password", "root", *TYPED.values()):
        assert guess not in passwords
    assert count(User) == 1


def test_without_its_token_nothing_is_set_up(new_product: Browser) -> None:
    assert new_product.client.post("/setup/", data=TYPED).status_code == 400
    assert count(User) == 0
