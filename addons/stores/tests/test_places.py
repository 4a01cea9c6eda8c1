"""Where a store stands is read once and never stale in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import Engine, event, select

from addons.stores.models import Brand, Change, Store
from addons.stores.queries import place, place_by_code, places, stores_in_scope
from addons.stores.tests.world import found
from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import NotFound, OutOfScope


@pytest.fixture
def stores(database: Engine) -> dict[str, int]:
    with system_scope("test"), work() as session:
        return {code: store.id for code, store in found(session).items()}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_place_says_what_tills_and_rules_need(stores: dict[str, int]) -> None:
    with reading() as session:
        at = place(session, stores["S1"])
        assert (at.code, at.brand_code, at.region, at.franchisee, at.format) == ("S1", "GB", "EAST", "F1", "boutique")
        assert (at.currency, at.timezone, at.no_discount, at.open) == ("CNY", "Asia/Shanghai", False, True)
        assert place_by_code(session, "S2").id == stores["S2"]
        assert set(places(session)) == set(stores.values())


def test_a_closed_store_trades_until_its_last_day(stores: dict[str, int]) -> None:
    with reading() as session:
        at = place(session, stores["S3"])
    assert not at.open
    assert [
        at.is_open(day) for day in (date(2019, 12, 31), date(2020, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    ] == [
        False,
        True,
        True,
        False,
    ]


def test_the_second_question_asks_the_database_nothing(stores: dict[str, int], database: Engine) -> None:
    with reading() as session:
        place(session, stores["S1"])
        with statements(database) as seen:
            place(session, stores["S1"])
            place(session, stores["S3"])
    assert seen == []


def test_a_change_in_this_process_is_seen_at_once(stores: dict[str, int]) -> None:
    with reading() as session:
        assert not place(session, stores["S1"]).no_discount
    with system_scope("test"), work() as session:
        session.get_one(Store, stores["S1"]).no_discount = True
    with reading() as session:
        assert place(session, stores["S1"]).no_discount


def test_a_change_that_is_rolled_back_is_not_seen(stores: dict[str, int]) -> None:
    with system_scope("test"), reading() as session:
        session.get_one(Store, stores["S1"]).no_discount = True
        session.flush()
        session.rollback()
    with reading() as session:
        assert not place(session, stores["S1"]).no_discount


def test_a_store_added_meanwhile_is_found(stores: dict[str, int]) -> None:
    with reading() as session:
        place(session, stores["S1"])
    with system_scope("test"), work() as session:
        first = session.get_one(Store, stores["S1"])
        new = Store(
            code="S4",
            name="S4",
            brand_id=first.brand_id,
            region_id=first.region_id,
            franchisee_id=first.franchisee_id,
            format="flagship",
            opened_on=date(2026, 1, 1),
        )
        session.add(new)
    with reading() as session:
        assert place(session, new.id).code == "S4"


def test_an_unknown_store_is_refused(stores: dict[str, int]) -> None:
    with reading() as session:
        with pytest.raises(NotFound):
            place(session, 999)
        with pytest.raises(NotFound):
            place_by_code(session, "nowhere")


def test_every_change_of_the_master_data_is_kept(stores: dict[str, int]) -> None:
    with acting(Scope(reads=None, writes=None, user_id=7)), work() as session:
        session.get_one(Store, stores["S1"]).name = "旗艦店"
    with reading() as session:
        last = session.scalars(select(Change).order_by(Change.id.desc())).first()
    assert last is not None
    assert (last.kind, last.record, last.user_id) == ("stores_store", str(stores["S1"]), 7)
    assert last.fields == {"name": ["門市 S1", "旗艦店"]}


def test_stores_are_seen_by_those_who_look_after_them_and_written_by_headquarters(stores: dict[str, int]) -> None:
    own = frozenset({stores["S1"]})
    with acting(Scope(reads=own, writes=own)), reading() as session:
        assert [store.code for store in stores_in_scope(session)] == ["S1"]
        assert session.get(Store, stores["S2"]) is None
        session.scalars(select(Store)).one().name = "mine"
        with pytest.raises(OutOfScope):
            session.flush()
    with acting(Scope(reads=own, writes=own)), reading() as session:
        session.scalars(select(Brand)).one().name = "mine"
        with pytest.raises(OutOfScope):
            session.flush()
