"""Separate roles on PostgreSQL, and the wall between stores: what each may do, and what nobody may."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, func, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from addons.audit import services as audit
from addons.membership.models import Member
from addons.membership.services import merge_members
from addons.points.models import Lot
from addons.sales import services as sales
from addons.sales.domain.returning import BackLine
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from addons.sales.tests.test_returns import back, take
from addons.vouchers import services as vouchers
from addons.vouchers.models import Entry, Voucher
from core import settings
from core.addons import install
from core.addons.registry import Registry
from core.db import migrate, roles, session
from core.db.posting import Operation, post, rehearse
from core.db.scope import Scope, acting, brand_wide, system_scope
from core.db.session import money_engine, reading, work
from core.db.statement import Statement
from core.errors import Invalid
from core.ledger.verify import Verified
from core.testing.plugin import NOW

pytestmark = pytest.mark.postgresql
PREFIX = f"guibin_test_{os.getpid()}"
Connect = Callable[[str], Engine]


@pytest.fixture(scope="module")
def walled(postgresql_url: str, addons: Registry) -> Iterator[URL]:
    """A database of its own with four roles, one of them for each kind of work; all gone afterwards."""
    server = make_url(postgresql_url)
    name = f"{server.database}_walled"
    admin = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = server.set(database=name)
    engine = session.connect(url.render_as_string(hide_password=False))
    install.install(engine, [manifest.name for manifest in addons.manifests], NOW)
    roles.separate(engine, PREFIX)
    session.disconnect()
    yield url
    session.disconnect()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        for role in ("owner", "app", "sealer", "reader"):
            connection.execute(text(f"DROP ROLE {PREFIX}_{role}"))
    admin.dispose()


@pytest.fixture
def as_(walled: URL, postgresql_url: str) -> Iterator[Connect]:
    """Connect the process as one of the roles."""

    def connected(role: str) -> Engine:
        settings.forget_values()
        return session.connect(walled.set(username=f"{PREFIX}_{role}").render_as_string(hide_password=False))

    yield connected
    session.disconnect()


@pytest.fixture(scope="module")
def shop(walled: URL) -> Shop:
    """Two stores; the first sold to a member of its own."""
    session.connect(walled.set(username=f"{PREFIX}_app").render_as_string(hide_password=False))
    with system_scope("test"):
        opened = Shop.opened()
        opened.sell(opened.product(100_000), member_id=opened.member("gold"), key="first")
    session.disconnect()
    return opened


def of(*stores: int) -> Any:
    return acting(Scope(reads=frozenset(stores), writes=frozenset(stores), user_id=1))


def receipts() -> int:
    """Count receipts as somebody does who types SQL."""
    with reading() as opened:
        return int(opened.execute(text("SELECT count(*) FROM sales_receipt")).scalar_one())


# --- the wall --------------------------------------------------------------------------------------------------------


def test_the_application_sells_and_each_store_sees_its_own(as_: Connect, shop: Shop) -> None:
    as_("app")
    with of(shop.store):
        before = receipts()
        shop.sell(_product(shop))
        assert receipts() == before + 1 >= 2
    with of(shop.other_store):
        assert receipts() == 0
    with of(shop.store, shop.other_store):
        assert receipts() == before + 1
    with system_scope("test"):
        assert receipts() == before + 1


def _product(shop: Shop) -> str:
    with system_scope("test"):
        return shop.product(5_000)


def test_who_says_nothing_sees_nothing_also_on_a_used_connection(as_: Connect, shop: Shop) -> None:
    engine = as_("app")
    assert receipts() == 0
    with system_scope("test"), reading() as opened:
        assert opened.execute(text("SELECT count(*) FROM sales_receipt")).scalar_one() > 0
        used = opened.connection().connection.dbapi_connection
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection is used
        assert connection.execute(text("SELECT count(*) FROM sales_receipt")).scalar_one() == 0
        with acting(Scope()), brand_wide("whatever is asked"):
            assert connection.execute(text("SELECT count(*) FROM membership_member")).scalar_one() == 0


def test_what_is_said_follows_the_scope_within_a_transaction(as_: Connect, shop: Shop) -> None:
    as_("app")
    counted = text("SELECT count(*) FROM sales_receipt")
    with reading() as opened:
        assert opened.execute(counted).scalar_one() == 0
        with of(shop.store):
            assert opened.execute(counted).scalar_one() > 0
            nested = opened.begin_nested()
            with system_scope("test"):
                assert opened.execute(counted).scalar_one() > 0
            nested.rollback()
            with of(shop.other_store):
                assert opened.execute(counted).scalar_one() == 0
        assert opened.execute(counted).scalar_one() == 0


def test_a_service_reads_the_brand_where_it_says_so(as_: Connect, shop: Shop) -> None:
    as_("app")
    prepared = Statement(select(func.count()).select_from(Member.__table__))
    with of(shop.other_store), reading() as opened:
        table = Member.__table__
        assert opened.execute(text("SELECT count(*) FROM membership_member")).scalar_one() == 0
        with brand_wide("a member may come from any store"):
            assert opened.connection().execute(table.select()).all()
        assert prepared.scalar(opened) > 0
        quote = shop.quote(_product(shop), member_id=1, store_id=shop.other_store)
        assert quote.member is not None


def test_points_earned_elsewhere_are_spent_here_and_entries_are_written_for_the_own_store_only(
    as_: Connect, shop: Shop
) -> None:
    as_("app")

    def take(store_id: int) -> Callable[[Session], dict[str, Any]]:
        def command(opened: Session) -> dict[str, Any]:
            changed = opened.connection().execute(update(Lot.__table__).values(rule="seen"))
            row = dict(opened.connection().execute(Lot.__table__.select()).mappings().first() or {})
            row.pop("id")
            opened.connection().execute(insert(Lot.__table__), row | {"store_id": store_id})
            return {"changed": changed.rowcount}

        return command

    with of(shop.other_store):
        assert rehearse(take(shop.other_store))["changed"] > 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            post(Operation("test", "take there", {}), take(shop.store))


def test_a_voucher_is_served_in_every_store_of_its_brand(as_: Connect, shop: Shop) -> None:
    """What is split off or given stays the issuing store's, although somebody else writes it."""
    as_("app")
    with system_scope("test"), work() as opened:
        friend = opened.scalars(select(Member.id)).first() or 0
        issue = vouchers.Issue(friend, shop.brand, shop.store, "cash", 30_000, NOON.date(), NOON, "test")
        one, other = vouchers.issue_many(opened, [replace(issue, member_id=None, binding="bearer")] * 2)
        ids = {row.code: row.id for row in opened.scalars(select(Voucher))}
    here: dict[str, Any] = {"store_id": shop.other_store, "day": NOON.date(), "now": NOON, "by": "bea"}
    give: dict[str, Any] = {"voucher_id": ids[other], "member_id": friend}
    parts: dict[str, Any] = {"voucher_id": ids[one], "parts": (10_000, 20_000)}
    with of(shop.other_store):
        split = post(Operation("test", "split", {}), lambda s: {"codes": vouchers.split(s, **parts, **here)}).answer
        given = post(Operation("test", "give", {}), lambda s: {"code": vouchers.give(s, **give, **here)}).answer
    with system_scope("test"), reading() as opened:
        found = opened.scalars(select(Voucher).where(Voucher.code.in_([*split["codes"], given["code"]]))).all()
        assert {row.store_id for row in found} == {shop.store}
        entries = opened.scalars(select(Entry.store_id).where(Entry.voucher_id.in_([row.id for row in found])))
        assert set(entries) == {shop.other_store}
    here.pop("day")
    with of(shop.other_store), work() as opened:
        assert vouchers.note_print(opened, voucher_id=found[0].id, **here) == 1


def test_outside_of_postings_other_stores_are_neither_written_nor_changed(as_: Connect, shop: Shop) -> None:
    as_("app")
    table = Member.__table__
    with of(shop.other_store):
        with work() as opened:
            done = opened.connection().execute(update(table).values(name="theirs now"))
            assert done.rowcount == 0
        with system_scope("test"), reading() as opened:
            row = dict(opened.connection().execute(table.select()).mappings().first() or {})
        row |= {"id": 999, "number": "X1", "phone": "+8613999999999"}
        with pytest.raises(DBAPIError, match="row-level security"), work() as opened:
            opened.connection().execute(insert(table), row)
        with work() as opened:
            opened.connection().execute(insert(table), row | {"store_id": shop.other_store})


def test_goods_of_another_store_come_back_with_all_that_follows(as_: Connect, shop: Shop) -> None:
    as_("app")
    with system_scope("test"):
        member, product, other = shop.member("gold"), shop.product(350_000), shop.product(100_000)
        limited = shop.sell(other, member_id=member)
        sold = shop.sell(product, member_id=member)  # its points become a voucher, which nobody uses
        [code] = sold["vouchers"]
        old, kept = shop.member("gold"), shop.member("gold")
        of_old = shop.sell(product, member_id=old)
        with work() as opened:
            merge_members(opened, from_id=old, into_id=kept, reason="one person", by="test", now=NOON)
    there = {"store_id": shop.other_store}
    with of(shop.other_store):
        answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1), **there))
        assert (answer["cash"], answer["vouchers_withdrawn"]) == (315_000, [code])
        assert take(shop, back(shop, of_old["receipt_id"], BackLine(1, 1), **there))["vouchers_withdrawn"]
        basket = shop.request(other, **there)
        request = back(shop, limited["receipt_id"], BackLine(1, 1), **there)
        assert sales.exchange(request, basket, key="over there", now=NOON).answer["to_pay"] == 10_000
        seen = sales.rehearse_return(back(shop, of_old["receipt_id"], BackLine(1, price=0), **there), now=NOON)
        assert seen.answer["cash"] == 0
    with of(shop.store), reading() as opened:
        whose = opened.execute(text("SELECT DISTINCT store_id FROM sales_standing")).scalars().all()
        assert whose == [shop.store]


# --- what each may do ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sales_receipt SET points = points + 1",
        "DELETE FROM points_entry",
        "TRUNCATE points_entry",
        "TRUNCATE core_decision CASCADE",
        "ALTER TABLE points_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER points_entry_append_only ON points_entry",
        "ALTER TABLE sales_receipt NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY guibin_reads ON sales_receipt",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION core_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE mine (id int)",
        "DELETE FROM core_ledger_seal",
        "INSERT INTO core_ledger_seal SELECT 99, now(), 0, '', '', '', ''",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_the_application_touches_neither_what_is_written_once_nor_its_guards(
    as_: Connect, shop: Shop, statement: str
) -> None:
    engine = as_("app")
    with (
        system_scope("test"),
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        engine.begin() as connection,
    ):
        connection.execute(text(statement))


def test_the_owner_too_is_refused_as_long_as_the_guards_stand(as_: Connect, shop: Shop) -> None:
    engine = as_("owner")
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(update(Receipt.__table__).values(points=0))


def test_the_sealer_seals_and_the_reader_verifies(
    as_: Connect, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIBIN_SEAL_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("GUIBIN_ANCHORS", str(tmp_path / "anchors"))
    with as_("app").connect() as connection:
        assert not audit.may_seal(connection)
    with as_("sealer").connect() as connection:
        assert audit.may_seal(connection)
    (put,) = audit.put_seals(NOON)
    assert put.statement.tables["sales_receipt"].count >= 1
    as_("reader")
    so_far = Verified()
    assert list(audit.verification().findings(so_far)) == []
    assert so_far.entries == put.statement.entries
    with system_scope("test"):
        as_("app")
        assert list(audit.verification().findings(Verified())) == []


@pytest.mark.parametrize("role", ["sealer", "reader"])
def test_who_seals_and_who_reads_see_no_account_and_change_nothing(as_: Connect, shop: Shop, role: str) -> None:
    engine = as_(role)
    for statement in (
        *(("SELECT * FROM membership_member",) if role == "sealer" else ()),
        "SELECT password FROM ab_user",
        "SELECT digest FROM core_recovery_code",
        "UPDATE points_account SET balance = 0",
        "INSERT INTO core_setting VALUES ('x', '1', now(), 'me')",
        "DELETE FROM core_ledger_seal",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), engine.begin() as connection:
            connection.execute(text(statement))


def test_the_owner_migrates_and_what_is_new_is_given_out(as_: Connect, shop: Shop, addons: Registry) -> None:
    engine = as_("owner")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE pos_new (id int primary key)"))
    roles.refresh(engine)
    try:
        with as_("app").begin() as connection:
            connection.execute(text("INSERT INTO pos_new VALUES (1)"))
    finally:
        with as_("owner").begin() as connection:
            connection.execute(text("DROP TABLE pos_new"))
    install.upgrade(as_("owner"), NOW)
    assert migrate.pending(as_("app"), addons.manifests) == []


def test_the_roles_are_made_once_and_brought_up_to_date_again(walled: URL) -> None:
    engine = session.connect(walled.render_as_string(hide_password=False))
    assert roles.separate(engine, PREFIX) == roles.Roles(PREFIX)
    for prefix in ("", "Guibin", "a;b", "x" * 41):
        with pytest.raises(Invalid):
            roles.Roles(prefix)
    session.disconnect()


def test_sqlite_has_no_roles(database: Engine) -> None:
    with pytest.raises(Invalid):
        roles.separate(database, "guibin")
    roles.refresh(database)


# --- time-outs -------------------------------------------------------------------------------------------------------


def test_who_moves_value_waits_for_nothing_long(postgresql: Engine) -> None:
    asked = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_isolation")
    with money_engine().connect() as connection:
        said = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in asked]
        raw: Any = connection.connection.dbapi_connection
        assert raw.info.get_parameters()["tcp_user_timeout"] == "5000"
    assert said == ["3s", "5s", "10s", "read committed"]
    with postgresql.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "0"  # a page may think longer
