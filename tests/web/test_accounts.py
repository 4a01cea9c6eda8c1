"""Accounts: guessing is slowed and ended, sessions end when they should, cookies tell nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_appbuilder.exceptions import PasswordComplexityValidationError
from sqlalchemy import select, update

from core import clock
from core.db.session import engine, work
from core.web.config import WebConfig
from core.web.security.manager import LOCKED_AFTER, LOCKED_FOR
from core.web.security.models import FactorRole, User
from core.web.security.passwords import check_password, hashed
from tests.web.conftest import PASSWORD, SECRET, Client, make_app

As = Callable[[str], Client]
OPEN, CLOSED = 200, 302


def profile(client: Client) -> int:
    return client.get("/users/userinfo/").status_code


def test_the_right_password_opens_and_a_wrong_one_does_not(client: Client) -> None:
    client.login("one", "wrong")
    assert profile(client) == CLOSED
    client.login("one")
    assert profile(client) == OPEN


def test_a_stranger_is_told_nothing_about_who_has_an_account(client: Client) -> None:
    client.get("/login/")
    answers = []
    for name in ("one", "nobody"):
        answer = client.post("/login/", {"username": name, "password": "wrong"}, follow_redirects=True)
        answers.append("帳號或密碼不對" in answer.text)
    assert answers == [True, True]


def test_an_account_is_locked_after_five_wrong_passwords_and_opens_again(client: Client) -> None:
    for _ in range(LOCKED_AFTER):
        client.login("one", "wrong")
    client.login("one")
    assert profile(client) == CLOSED
    with clock.fixed(clock.now() + LOCKED_FOR + timedelta(seconds=1)):
        client.login("one")
        assert profile(client) == OPEN


def test_wrong_passwords_must_come_in_a_row(client: Client) -> None:
    for _ in range(2):
        for _ in range(LOCKED_AFTER - 1):
            client.login("one", "wrong")
        client.login("one")
        assert profile(client) == OPEN
        client.get("/logout/")


def test_a_copied_cookie_opens_nothing_after_logging_out(app: Flask, client: Client) -> None:
    client.login("one")
    cookie = client.inner.get_cookie("session")
    assert cookie is not None
    thief = Client(app.test_client())
    thief.inner.set_cookie("session", cookie.value)
    assert profile(thief) == OPEN
    client.get("/logout/")
    thief.inner.set_cookie("session", cookie.value)
    assert profile(thief) == CLOSED


def test_the_session_gets_another_name_at_login(client: Client) -> None:
    client.get("/login/")
    before = client.inner.get_cookie("session")
    client.login("one")
    after = client.inner.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_changing_the_password_asks_for_the_old_one_and_ends_other_sessions(app: Flask, client: Client) -> None:
    client.login("one")
    other = Client(app.test_client())
    other.login("one")
    new = {"password": "a new and longer phrase", "conf_password": "a new and longer phrase"}
    client.get("/resetmypassword/form")
    wrong = client.post("/resetmypassword/form", {**new, "current": "guess"})
    assert "這不是您目前的密碼" in wrong.text
    assert profile(other) == OPEN
    assert client.post("/resetmypassword/form", {**new, "current": PASSWORD}).status_code == 302
    assert profile(other) == CLOSED
    assert profile(client) == OPEN
    again = Client(app.test_client())
    again.login("one", "a new and longer phrase")
    assert profile(again) == OPEN


def test_a_password_set_by_the_administrator_ends_all_sessions_and_tokens(app: Flask, client: Client, as_: As) -> None:
    client.login("two")
    asked = {"username": "two", "password": PASSWORD, "provider": "db", "refresh": True}
    tokens = client.inner.post("/api/v1/security/login", json=asked).json
    assert tokens is not None
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    bare = app.test_client()
    assert bare.get("/api/v1/customer/", headers=header).status_code == 200
    admin = as_("admin")
    admin.get("/accounts/2")
    assert admin.post("/accounts/2/password").status_code == 200
    assert profile(client) == CLOSED
    assert bare.get("/api/v1/customer/", headers=header).status_code == 401
    refresh = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert bare.post("/api/v1/security/refresh", headers=refresh).status_code == 401


def test_a_token_opens_nothing_once_its_person_must_have_a_second_factor(app: Flask, client: Client) -> None:
    asked = {"username": "two", "password": PASSWORD, "provider": "db"}
    tokens = client.inner.post("/api/v1/security/login", json=asked).json
    assert tokens is not None
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    bare = app.test_client()
    assert bare.get("/api/v1/customer/", headers=header).status_code == 200
    with work() as session:
        two = session.scalars(select(User).filter_by(username="two")).one()
        session.add(FactorRole(role=two.roles[0].name, since=clock.now(), by="test"))
    assert bare.get("/api/v1/customer/", headers=header).status_code == 401


def test_a_closed_account_is_out_at_once(client: Client) -> None:
    client.login("two")
    with engine().begin() as connection:
        connection.execute(update(User.__table__).where(User.__table__.c.username == "two").values(active=False))
    assert profile(client) == CLOSED
    client.login("two")
    assert profile(client) == CLOSED


def test_a_session_ends_when_idle_and_after_a_days_work(client: Client) -> None:
    client.login("one")
    start = clock.now()
    with clock.fixed(start + timedelta(minutes=61)):
        assert profile(client) == CLOSED
    client.login("one")
    start = clock.now()
    for minutes in range(50, 12 * 60, 50):
        with clock.fixed(start + timedelta(minutes=minutes)):
            assert profile(client) == OPEN
    with clock.fixed(start + timedelta(hours=12, minutes=5)):
        assert profile(client) == CLOSED


def test_the_cookie_is_a_name_and_nothing_else(client: Client) -> None:
    client.get("/login/")
    answer = client.post("/login/", {"username": "one", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert len(cookie) < 200
    assert "Secure" not in cookie  # plain http on this machine


@pytest.fixture
def strict(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The application as it is set up for the public, with few attempts."""
    config = WebConfig(
        secret_key=SECRET, var=tmp_path, public_hosts=("vip.example.com",), login_rate="4 per minute", proxies=1
    )
    yield make_app(config)
    make_app(WebConfig(secret_key=SECRET, var=tmp_path, login_rate="1000 per minute"))


def test_in_public_cookies_travel_encrypted_and_hosts_are_known(strict: Flask) -> None:
    client = strict.test_client()
    host = {"Host": "vip.example.com", "X-Forwarded-Proto": "https"}
    answer = client.get("/login/", headers=host)
    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert client.get("/login/", headers={"Host": "evil.example.com"}).status_code == 400


def test_attempts_are_counted_at_both_doors_and_for_all_workers(strict: Flask, tmp_path: Path) -> None:
    other_worker = make_app(WebConfig(secret_key=SECRET, var=tmp_path, login_rate="4 per minute"))
    asked = {"username": "nobody", "password": "wrong", "provider": "db"}
    doors = [(strict, "/api/v1/security/login"), (other_worker, "/api/v1/security/login")]
    seen = [app.test_client().post(path, json=asked).status_code for app, path in doors * 3]
    assert seen == [401, 401, 401, 401, 429, 429]
    form = Client(other_worker.test_client())
    form.get("/login/")
    seen = [form.post("/login/", {"username": "nobody", "password": "wrong"}).status_code for _ in range(6)]
    assert seen == [302, 302, 302, 302, 429, 429]
    later = clock.now() + timedelta(seconds=61)
    with clock.fixed(later):
        assert strict.test_client().post("/api/v1/security/login", json=asked).status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\x01//evil",
    ],
)
def test_logging_in_never_leads_elsewhere(client: Client, target: str) -> None:
    client.get("/login/")
    answer = client.inner.post(
        "/login/",
        query_string={"next": target},
        data={"username": "one", "password": PASSWORD, "csrf_token": client.token},
    )
    assert answer.status_code == 302
    assert re.match(r"/($|[^/\\])", answer.headers["Location"])


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "password1234", "qwertyuiop12", "1234567890ab"])
def test_weak_passwords_are_refused(app: Flask, weak: str) -> None:
    with app.test_request_context(), pytest.raises(PasswordComplexityValidationError):
        check_password(weak)


def test_a_long_phrase_is_a_good_password(app: Flask) -> None:
    with app.test_request_context():
        check_password("correct horse battery")
        check_password("三個字詞很好記住的一句話啊對")


def test_the_administrator_makes_accounts(as_: As, client: Client) -> None:
    admin = as_("admin")
    made = admin.post("/accounts/new", {"username": "new", "name": "N W", "role": "HQMarketing"})
    shown = re.search(r'class="secret"><code>([^<]+)<', made.text)
    assert shown is not None
    with engine().connect() as connection:
        kept = connection.execute(select(User.__table__.c.password).where(User.__table__.c.username == "new")).scalar()
    assert kept is not None
    assert kept.startswith("scrypt:")
    client.login("new", shown[1])
    assert profile(client) == OPEN
    assert as_("hq").get("/accounts/").status_code == 403


def test_hashes_of_one_password_differ() -> None:
    assert hashed("x" * 12) != hashed("x" * 12)


def test_a_person_keeps_her_name_whole_as_it_was_given(client: Client) -> None:
    client.login("one")
    client.get("/userinfoeditview/form")
    assert client.post("/userinfoeditview/form", {"name": "  王小明 "}).status_code == 302
    assert "王小明" in client.get("/users/userinfo/").text
    assert 'value="王小明"' in client.get("/userinfoeditview/form").text
    assert client.post("/userinfoeditview/form", {"name": ""}).status_code == 200


def test_whoever_is_not_logged_in_is_asked_to_and_not_told_that_something_is_denied(client: Client) -> None:
    asked = client.get("/customerview/list/", follow_redirects=True).text
    assert "請登入" in asked
    assert "沒有權限" not in asked


def test_a_form_that_outlived_its_session_says_so(client: Client) -> None:
    client.login("one")
    client.get("/userinfoeditview/form")
    client.inner.delete_cookie("session")
    answer = client.post("/userinfoeditview/form", {"name": "王小明"})
    assert answer.status_code == 400
    assert "登入已結束，沒有任何變更" in answer.text
