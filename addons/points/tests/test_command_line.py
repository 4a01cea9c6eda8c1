"""The books of the points ledger at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from addons.points.cli import points
from addons.points.tests.book import earn
from addons.vouchers.tests.shop import open_shop
from core import clock
from core.db.scope import system_scope
from core.db.session import work
from core.errors import Refusal
from core.ledger.periods import NotTheNextMonth


@pytest.fixture
def books(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GUIBIN_DATABASE", database.url.render_as_string(hide_password=False))
    with clock.fixed(datetime(2026, 6, 10, 4, tzinfo=UTC)):
        with system_scope("test"), work() as session:
            shop = open_shop(session)
            earn(shop, shop.member(), 1000, day=date(2026, 4, 20))
            earn(shop, shop.member("2"), 500, day=date(2026, 5, 20), receipt_id=8)
        yield


def call(*arguments: str) -> Result:
    return CliRunner().invoke(points, arguments)


def refused(*arguments: str) -> Refusal:
    problem = call(*arguments).exception
    assert isinstance(problem, Refusal)
    return problem


def test_the_trial_balance_is_printed(books: None) -> None:
    now, april = call("trial"), call("trial", "2026-04")
    assert (now.exit_code, april.exit_code) == (0, 0)
    assert [line.split() for line in now.output.splitlines()] == [
        ["issued", "-1,500"],
        ["available", "1,500"],
        ["total", "0"],
    ]
    assert april.output.splitlines()[0].split() == ["issued", "-1,000"]
    assert call("trial", "May").exit_code == 2


def test_two_persons_close_a_month(books: None) -> None:
    assert call("closings").output == "nothing is closed\n"
    assert call("ask-close", "2026-04", "--by", "ann").output == "request 1: 1 entries, total 0\n"
    assert refused("approve-close", "1", "--by", "ann").code == "close_needs_second_person"
    assert call("refuse-close", "1", "--by", "bob").output == "2026-04: refused\n"
    call("ask-close", "2026-04", "--by", "ann")
    assert call("approve-close", "2", "--by", "bob").output == "2026-04: approved\n"
    assert call("closings").output.splitlines() == [
        "1: 2026-04 refused, asked for by ann, decided by bob",
        "2: 2026-04 approved, asked for by ann, decided by bob",
        "closed until the end of 2026-04",
    ]
    assert isinstance(refused("ask-close", "2026-06", "--by", "ann"), NotTheNextMonth)
