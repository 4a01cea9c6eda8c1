"""Tills, baskets and visits through the services, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from addons.pos import services
from addons.pos.models import Till
from addons.pos.queries import till_by_key
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from core.db.posting import KeyReused
from core.db.scope import acting, system_scope
from core.db.session import glance, reading, work
from core.errors import Invalid, NotFound

SECRET = "a secret of the installation, for these tests"


@pytest.fixture
def opened(every_database: Engine) -> Shop:
    """The shop on SQLite and on PostgreSQL."""
    with system_scope("test"):
        return Shop.opened()


def test_a_till_sells_visits_and_is_revoked(opened: Shop) -> None:
    with system_scope("test"):
        code, member = opened.product(39_900), opened.member("gold")
        with work() as session:
            made = services.add_till(session, store_id=opened.store, name=" till ", by="hq", now=NOON)
    assert made.till.name == "till"
    with reading() as session:
        till = services.recognise(session, made.credential, NOON)
    asked = {"lines": [{"product": code, "quantity": 1}], "member": member}
    with acting(services.scope_of_till(till)):
        with reading() as session:
            assert services.price(session, till=till, asked=asked, now=NOON, secret=SECRET)["cash"] == 35_910
        first, again = (services.sell(till=till, asked=asked, key="k", now=NOON, secret=SECRET) for _ in range(2))
        assert (first.answer, first.repeated, again.repeated) == (again.answer, False, True)
        assert not {"receipt_id", "member_id"} & set(first.answer)
        with pytest.raises(KeyReused) as reused:
            services.sell(till=till, asked=asked | {"told": 1}, key="k", now=NOON, secret=SECRET)
        assert reused.value.facts == {"key": "k"}
        visit = services.record_visit(till=till, asked={"member": member, "confirmed_by": "x"}, key="v", now=NOON)
        assert visit.answer == {"points": 10, "balance": 369}
        with reading() as session:
            receipt = services.read_receipt(session, till=till, number=first.answer["number"])
            assert receipt["cash"] == 35_910
            with pytest.raises(NotFound):
                services.read_receipt(session, till=till, number="S2-0000001")
    with system_scope("test"):
        assert len(opened.rows(Receipt)) == 1
        with work() as session:
            services.revoke_till(session, till_id=till.id, by="hq", now=NOON + timedelta(hours=1))
            services.revoke_till(session, till_id=till.id, by="other", now=NOON + timedelta(hours=2))
        [row] = opened.rows(Till)
    assert (row.active, row.revoked_by, row.revoked_at) == (False, "hq", NOON + timedelta(hours=1))
    with reading() as session, pytest.raises(services.BadCredential):
        services.recognise(session, made.credential, NOON)


def test_whose_credential_it_is_may_be_asked_ahead(opened: Shop) -> None:
    with system_scope("test"), work() as session:
        made = [services.add_till(session, store_id=opened.store, name=name, by="hq", now=NOON) for name in ("a", "b")]
    with glance() as session:
        takes = [services.ask_till(session, each.credential) for each in made]
        found = [take() for take in takes if take is not None]
    assert [till and till.name for till in found] == ["a", "b"]
    assert services.admit(found[0], made[0].credential, NOON) == found[0]
    for till, shown in ((found[0], made[1].credential), (None, made[0].credential), (found[0], "pos.x.y")):
        with pytest.raises(services.BadCredential):
            services.admit(till, shown, NOON)
    with glance() as session:
        assert services.ask_till(session, "no credential") is None


def test_two_tills_may_choose_the_same_key(opened: Shop) -> None:
    with system_scope("test"):
        asked = {"lines": [{"product": opened.product(10_000), "quantity": 1}]}
        with work() as session:
            made = [
                services.add_till(session, store_id=opened.store, name=name, by="hq", now=NOON) for name in ("1", "2")
            ]
        with reading() as session:
            tills = [services.recognise(session, each.credential, NOON) for each in made]
        sold = [services.sell(till=till, asked=asked, key="k", now=NOON, secret=SECRET) for till in tills]
        assert [each.repeated for each in sold] == [False, False]
        assert len({each.answer["number"] for each in sold}) == len(opened.rows(Receipt)) == 2


def test_the_last_call_is_written_down_once_a_minute(opened: Shop) -> None:
    with system_scope("test"), work() as session:
        made = services.add_till(session, store_id=opened.store, name="till", by="hq", now=NOON)

    def noted_at(seconds: int) -> int:
        with reading() as session:
            services.recognise(session, made.credential, NOON + timedelta(seconds=seconds))
        with reading() as session:
            known = till_by_key(session, made.till.key_id)
        assert known is not None
        assert known.last_used_at is not None
        return int((known.last_used_at - NOON).total_seconds())

    assert [noted_at(seconds) for seconds in (0, 59, 60, 61, 600)] == [0, 0, 60, 60, 600]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb"])
def test_a_till_needs_a_name(opened: Shop, name: str) -> None:
    with system_scope("test"), work() as session, pytest.raises(Invalid):
        services.add_till(session, store_id=opened.store, name=name, by="hq", now=NOON)


def test_the_database_refuses_two_tills_of_one_name_and_one_that_is_revoked_and_active(opened: Shop) -> None:
    given = {
        "store_id": opened.store,
        "name": "till",
        "secret_hash": "x",
        "created_at": NOON,
        "created_by": "hq",
        "revoked_by": "",
    }
    with system_scope("test"):
        with work() as session:
            session.add(Till(key_id="A", active=True, **given))
        with pytest.raises(IntegrityError), work() as session:
            session.add(Till(key_id="B", active=True, **given))
        with pytest.raises(IntegrityError), work() as session:
            session.add(Till(key_id="C", active=False, **given))
        with work() as session:
            session.add(Till(key_id="D", active=False, revoked_at=NOON, **given))
