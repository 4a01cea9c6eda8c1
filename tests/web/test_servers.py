"""The same with PostgreSQL and Redis, where they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DatabaseError, OperationalError

from core.db import migrate, session
from core.db.base import metadata
from core.web import errors
from core.web.config import WebConfig
from core.web.deploy import sync_permissions
from core.web.here import builder
from tests.web import trial
from tests.web.conftest import PASSWORD, SECRET, Client, fill, make_app

SERVER = os.environ.get("GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres")
REDIS = os.environ.get("GUIBIN_TEST_REDIS", "redis://127.0.0.1:6379/0")


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[Flask]:
    name = f"guibin_web_{os.getpid()}"
    admin = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except OperationalError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL: {problem}")
    engine = session.connect(make_url(SERVER).set(database=name).render_as_string(hide_password=False))
    migrate.create_all(engine, ())
    metadata.create_all(engine, tables=trial.TABLES)
    app = make_app(WebConfig(secret_key=SECRET, var=tmp_path, login_rate="6 per minute"))
    sync_permissions(app)
    before = dict(trial.SCOPES)
    fill()
    yield app
    trial.SCOPES.clear()
    trial.SCOPES.update(before)
    session.disconnect()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.mark.postgresql
def test_the_walls_stand_on_postgresql(on_postgresql: Flask) -> None:
    one = Client(on_postgresql.test_client())
    one.login("one")
    assert "ALPHA-0" in one.get("/customerview/list/").text
    assert "BRAVO" not in one.get("/customerview/list/?_flt_2_name=0&_oc_CustomerView=name&_od_CustomerView=asc").text
    assert one.get("/customerview/show/20").status_code == 404
    fields = {"name": "x", "shop": "1", "spent": "5", "phone": "13800000020"}
    taken = one.post("/customerview/edit/10", fields)
    assert taken.status_code == 200
    assert "沒有儲存" in taken.text
    assert one.post("/customerview/edit/10", {**fields, "phone": ""}).status_code == 302
    assert one.get("/customerview/list/?_flt_0_spent=9" + "9" * 30).status_code == 422
    assert one.get("/customerview/list/").status_code == 200


@pytest.mark.postgresql
def test_attempts_are_counted_on_postgresql(on_postgresql: Flask) -> None:
    client = on_postgresql.test_client()
    asked = {"username": "one", "password": "wrong", "provider": "db"}
    seen = [client.post("/api/v1/security/login", json=asked).status_code for _ in range(8)]
    assert seen == [401] * 6 + [429] * 2


@pytest.mark.postgresql
def test_a_database_that_dies_within_a_request_is_no_failure_of_ours(on_postgresql: Flask) -> None:
    """All connections go at once when a process of the server is killed: the request's own too, which is idle then."""

    @on_postgresql.get("/api/v1/dies")
    def dies() -> str:
        own = builder().session.scalar(text("SELECT pg_backend_pid()"))
        with session.engine().connect() as other, session.engine().connect() as killer:
            for pid in (own, other.scalar(text("SELECT pg_backend_pid()"))):
                killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            return str(other.scalar(text("SELECT 1")))

    client = on_postgresql.test_client()
    answer = client.get("/api/v1/dies")
    assert (answer.status_code, answer.json["code"]) == (503, "database")  # type: ignore[index]
    assert client.get("/login/").status_code == 200


def test_a_lost_connection_is_out_of_reach_whatever_the_driver_calls_it(app: Flask) -> None:
    lost = DatabaseError("COMMIT", None, Exception("closed"), connection_invalidated=True)
    with app.test_request_context("/api/v1/lost"):
        answer = errors.of(lost)
    assert (answer.status_code, answer.json["code"]) == (503, "database")  # type: ignore[index]


@pytest.mark.redis
def test_sessions_and_counters_may_live_in_redis(app: Flask, tmp_path: Path) -> None:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.ConnectionError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis: {problem}")
    workers = [
        make_app(WebConfig(secret_key=SECRET, var=tmp_path, redis_url=REDIS, login_rate="3 per minute"))
        for _ in range(2)
    ]
    address = {"REMOTE_ADDR": f"10.{os.getpid() % 250}.{os.getpid() // 250 % 250}.9"}
    first = Client(workers[0].test_client())
    first.inner.environ_base.update(address)
    first.login("one", PASSWORD)
    cookie = first.inner.get_cookie("session")
    assert cookie is not None
    second = Client(workers[1].test_client())
    second.inner.environ_base.update(address)
    second.inner.set_cookie("session", cookie.value)
    assert second.get("/users/userinfo/").status_code == 200
    asked = {"username": "nobody", "password": "wrong", "provider": "db"}
    seen = [c.inner.post("/api/v1/security/login", json=asked).status_code for c in (first, second) * 2]
    assert seen == [401, 401, 401, 429]
    first.get("/logout/")
    second.inner.set_cookie("session", cookie.value)
    assert second.get("/users/userinfo/").status_code == 302
    assert app is not None
