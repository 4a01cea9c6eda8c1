"""Seals: what they cover, who signs them, what is kept of them outside, and what is proved with them."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text

from addons.audit import demo, services
from addons.audit.tests.tampering import unguarded
from addons.membership.services import erase_member
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from core import settings
from core.db.models import RecordChange
from core.db.session import snapshot, work
from core.errors import NotFound, Refusal
from core.ledger import anchor, keys, proof
from core.ledger import seal as sealer
from core.ledger.books import Finding
from core.ledger.chain import SEALS, Statement, sign
from core.ledger.ed25519 import public_key
from core.ledger.entry import insert_entries, row_hash
from core.ledger.kernel import all_books
from core.ledger.seal import KeyIsNotTheirs, SealedMeanwhile
from core.ledger.verify import Verified
from core.periods import local_day

LATER = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIBIN_SEAL_KEYS", str(tmp_path / "seal"))
    monkeypatch.setenv("GUIBIN_ANCHORS", str(tmp_path / "anchors"))
    return tmp_path


@pytest.fixture
def shop(every_database: Engine, system: None) -> Shop:
    return Shop.opened()


def sell(shop: Shop, times: int = 1, **more: Any) -> None:
    product = shop.product(10000)
    for _ in range(times):
        shop.sell(product, **more)


def verified(**more: Any) -> tuple[list[Finding], Verified]:
    so_far = Verified()
    return list(services.verification(**more).findings(so_far)), so_far


def said(number: int) -> Statement:
    with snapshot() as connection:
        found = connection.execute(select(SEALS.c.statement).where(SEALS.c.number == number)).scalar_one()
    return Statement.of(found)


def change(number: int) -> dict[str, Any]:
    return {
        "table_name": "test", "record": str(number), "what": "changed", "fields": {}, "user_id": None, "reason": "",
        "at": NOON,
    }  # fmt: skip


# --- what is sealed --------------------------------------------------------------------------------------------------


def test_every_row_written_once_is_sealed_once_and_business_goes_on(shop: Shop) -> None:
    sell(shop, 3, member_id=shop.member())
    first = services.put_seals(NOON)
    sell(shop, 2)
    second = services.put_seals(NOON + LATER)
    assert services.put_seals(NOON + 2 * LATER) == []
    sell(shop)
    found, so_far = verified()
    assert found == []
    assert [put.statement.number for put in (*first, *second)] == [1, 2]
    assert second[0].statement.previous == first[0].head
    assert [said(n).tables["sales_receipt"].count for n in (1, 2)] == [3, 2]
    entries = said(1).entries + said(2).entries
    assert (so_far.entries - so_far.unsealed, so_far.seals, so_far.head) == (entries, 2, second[0].head)
    assert so_far.unsealed >= 4  # a receipt, its line, its tender and its decision


@pytest.mark.parametrize(
    ("name", "to"),
    [("points.hold_minutes", 7), ("points.family_transfers", True), ("points.exchange_mode", "on_request")],
)
def test_a_setting_of_any_kind_is_sealed_as_it_was_changed(shop: Shop, name: str, to: Any) -> None:
    with work() as session:
        settings.change(session, name=name, to=to, by="hq", reason="test", now=NOON)
    assert [one.broken for one in services.put_seals(NOON)] == [()]
    assert verified()[0] == []


def test_erasing_a_person_leaves_every_seal_whole(shop: Shop) -> None:
    member = shop.member()
    sell(shop, 2, member_id=member)
    services.put_seals(NOON)
    with work() as session:
        erase_member(session, member_id=member, reason="her wish", by="hq", now=NOON + LATER)
    assert verified()[0] == []
    services.put_seals(NOON + LATER)
    assert verified()[0] == []


def test_much_is_sealed_in_several_seals(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "MOST_ROWS", 2)
    product = [shop.product(10000) for _ in range(3)]
    for _ in range(5):
        shop.sell(*product)
    put = services.put_seals(NOON)
    assert len(put) > 2
    lines = [one.statement.tables["sales_line"].count for one in put if "sales_line" in one.statement.tables]
    assert lines == [3, 3, 3, 3, 3]  # the lines of a receipt stay together
    assert verified()[0] == []


def test_a_second_sealer_at_the_same_time_writes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sell(shop)
    draft, others = sealer.draft, iter([True])

    def meanwhile(*given: Any, **more: Any) -> Any:
        drawn = draft(*given, **more)
        if next(others, False):
            services.put_seals(NOON)
        return drawn

    monkeypatch.setattr(sealer, "draft", meanwhile)
    with pytest.raises(SealedMeanwhile):
        services.put_seals(NOON)
    found, so_far = verified()
    assert (found, so_far.seals, so_far.unsealed) == ([], 1, 0)


def test_the_sealer_tells_of_rows_that_do_not_have_their_hash(shop: Shop) -> None:
    with work() as session:
        session.connection().execute(insert(RecordChange.__table__), change(1) | {"row_hash": "0" * 64})
    (put,) = services.put_seals(NOON)
    assert [table for table, _ in put.broken] == ["core_record_change"]


# --- PostgreSQL: slow transactions -----------------------------------------------------------------------------------


def wait_until_settled(postgresql: Engine, number: int) -> None:
    """Wait until every transaction that had begun when a seal was put is over, in whichever database of the server."""
    horizon, asked = said(number).horizon, text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    for _ in range(1_200):
        with postgresql.connect() as connection:
            if connection.execute(asked).scalar_one() >= (horizon or 0):
                return
        time.sleep(0.05)
    pytest.fail("another database of this server has had a transaction open for a minute")


@pytest.fixture
def postgresql_shop(postgresql: Engine, system: None) -> Shop:
    return Shop.opened()


@pytest.mark.postgresql
@pytest.mark.parametrize("seals_meanwhile", [1, 3])
def test_a_slow_transaction_is_sealed_when_it_commits(
    postgresql: Engine, postgresql_shop: Shop, seals_meanwhile: int
) -> None:
    """Its keys lie below sealed ones; however many seals come between, it is neither lost nor called a forgery."""
    table = RecordChange.__table__
    services.put_seals(NOON - LATER)
    with postgresql.connect() as slow:
        insert_entries(slow, table, [change(1)])
        for number in range(seals_meanwhile):
            with postgresql.begin() as quick:
                insert_entries(quick, table, [change(10 + number)])
            services.put_seals(NOON + number * LATER)
        slow.commit()
    assert verified()[0] == []
    (put,) = services.put_seals(NOON + 10 * LATER)
    assert put.statement.tables[table.name].count == 1
    assert verified()[0] == []
    sell(postgresql_shop)
    services.put_seals(NOON + 11 * LATER)
    sell(postgresql_shop)
    services.put_seals(NOON + 12 * LATER)
    assert verified()[0] == []
    assert verified()[1].unsealed == 0


@pytest.mark.postgresql
def test_a_row_put_into_a_gap_long_after_is_noticed(postgresql: Engine, postgresql_shop: Shop) -> None:
    """A number that a refused sale left free is taken by somebody who even has the key of the hashes."""
    table = RecordChange.__table__
    with postgresql.begin() as connection:
        insert_entries(connection, table, [change(1)])
        free = connection.scalar(text("SELECT nextval(pg_get_serial_sequence('core_record_change', 'id'))"))
        insert_entries(connection, table, [change(2)])
    for number in range(3):
        sell(postgresql_shop)
        services.put_seals(NOON + number * LATER)
        wait_until_settled(postgresql, number + 1)
    with postgresql.begin() as connection:
        row = change(3)
        connection.execute(insert(table), row | {"id": free, "row_hash": row_hash(table, row)})
    found, _ = verified()
    assert [(one.table, one.entry, one.problem.en) for one in found] == [
        (table.name, str(free), "Inserted where everything had been sealed")
    ]
    services.put_seals(NOON + 9 * LATER)
    assert len(verified()[0]) == 1  # and no later seal takes it in


@pytest.mark.postgresql
def test_many_gaps_are_looked_through_in_few_questions(postgresql: Engine, postgresql_shop: Shop) -> None:
    table = RecordChange.__table__
    with postgresql.begin() as connection:
        for number in range(200):
            insert_entries(connection, table, [change(number)])
            connection.execute(text("SELECT nextval(pg_get_serial_sequence('core_record_change', 'id'))"))
    services.put_seals(NOON)
    assert len(said(1).tables[table.name].spans) >= 200
    with postgresql.begin() as connection:
        insert_entries(connection, table, [change(500)])
    (put,) = services.put_seals(NOON + timedelta(seconds=1))
    assert put.statement.tables[table.name].count == 1
    assert verified()[0] == []


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_hands_over_to_the_next_and_the_first_one_still_proves_all(shop: Shop, folders: Path) -> None:
    sell(shop)
    services.put_seals(NOON)
    old = keys.trusted()
    following = keys.make_next().hex()
    services.put_seals(NOON + LATER)  # nothing new: the seal hands over all the same
    sell(shop)
    services.put_seals(NOON + 2 * LATER)
    assert (said(2).key, said(2).next_key, said(3).key) == (*old, following, following)
    assert keys.trusted() == old
    assert not (folders / "seal" / keys.NEXT).exists()
    assert verified()[0] == []


def test_a_sealer_that_stopped_while_handing_over_goes_on_with_the_next_key(shop: Shop, folders: Path) -> None:
    sell(shop)
    services.put_seals(NOON)
    secret = (folders / "seal" / keys.SIGNING).read_text()
    keys.make_next()
    following = (folders / "seal" / keys.NEXT).read_text()
    services.put_seals(NOON + LATER)
    (folders / "seal" / keys.SIGNING).write_text(secret)  # as if it had stopped before it moved the file
    (folders / "seal" / keys.NEXT).write_text(following)
    sell(shop)
    services.put_seals(NOON + 2 * LATER)
    assert said(3).key == said(2).next_key
    assert verified()[0] == []


def test_without_its_key_the_sealer_stops_and_says_so(shop: Shop, folders: Path) -> None:
    sell(shop)
    services.put_seals(NOON)
    kept = (folders / "seal" / keys.PUBLIC).rename(folders / "kept.pem")
    (folders / "seal" / keys.SIGNING).unlink()
    sell(shop)
    with pytest.raises(KeyIsNotTheirs):
        services.put_seals(NOON + LATER)
    services.put_seals(NOON + LATER, new_key=True)
    found, _ = verified(key=kept)
    assert {(one.table, one.entry, one.problem.en) for one in found} == {
        ("core_ledger_seal", "2", "Signed with a key that is not trusted")
    }
    with (folders / "seal" / keys.PUBLIC).open("a") as file:
        file.write(kept.read_text())
    assert verified()[0] == []  # whoever trusts both is content


def test_what_is_no_key_and_no_key_at_all_are_refused(shop: Shop, folders: Path) -> None:
    with pytest.raises(keys.NoTrustedKey):
        services.verification()
    (folders / "no.pem").write_text("-----BEGIN CERTIFICATE-----")
    with pytest.raises(keys.BadKey):
        services.verification(key=folders / "no.pem")


# --- anchors ---------------------------------------------------------------------------------------------------------


def test_the_head_kept_outside_tells_that_the_end_was_cut_off(shop: Shop) -> None:
    assert services.anchor() is None
    sell(shop)
    services.put_seals(NOON)
    path = services.anchor()
    assert path is not None
    assert services.anchor() == path
    kept = anchor.read(path)
    assert (kept.number, path.name) == (1, "2026-05-04-000000001.anchor.json")
    sell(shop)
    services.put_seals(NOON + LATER)
    assert verified(held=[anchor.read(path)])[0] == []
    other = kept.head[:-1] + ("0" if kept.head[-1] != "0" else "1")
    path.write_text(path.read_text().replace(kept.head, other))
    with pytest.raises(anchor.BadAnchor):
        services.verification()


def test_the_head_of_another_installation_is_not_in_the_chain(shop: Shop, folders: Path) -> None:
    sell(shop)
    services.put_seals(NOON)
    own, seed = said(1), bytes(32)
    for number in (1, 7):
        other = replace(own, number=number, key=public_key(seed).hex(), sealed_at=NOON + LATER)
        row = sign(seed, other)
        kept = anchor.Anchor(number, row["head"], "", row["key"], row["statement"], row["signature"])
        found, _ = verified(held=[anchor.read(anchor.write(kept))])
        assert {(one.entry, one.problem.en) for one in found if one.expected == kept.head} == {
            (str(number), "The head that was kept outside is not part of today's chain")
        }


# --- proofs ----------------------------------------------------------------------------------------------------------


def proved(entry: str) -> Any:
    with snapshot() as connection:
        return json.loads(json.dumps(proof.prove(connection, all_books(), entry)))


def test_a_row_is_proved_to_whoever_has_the_public_key_alone(shop: Shop, folders: Path) -> None:
    sell(shop, 3)
    services.put_seals(NOON)
    kept = keys.trusted()
    keys.make_next()
    sell(shop, 4)
    services.put_seals(NOON + LATER)
    sell(shop, 3)
    services.put_seals(NOON + 2 * LATER)
    for name in (*(f"sales_receipt:{n}" for n in range(1, 11)), "sales_line:9/1", "core_decision:5"):
        shown = proof.check(proved(name), kept)
        assert f"{shown.table}:{'/'.join(map(str, shown.key))}" == name
    assert proof.check(proved("sales_receipt:2"), kept).columns["total"] == 10000


def test_a_proof_that_was_changed_anywhere_does_not_hold(shop: Shop) -> None:
    sell(shop, 5)
    services.put_seals(NOON)
    sell(shop)
    services.put_seals(NOON + LATER)
    whole = proved("sales_receipt:3")
    kept = keys.trusted()
    changes: list[Callable[[Any], None]] = [
        lambda p: p.update(text=p["text"].replace("10000", "10001", 1)),
        lambda p: p.update(row_hash="0" * 64),
        lambda p: p.update(key=[4]),
        lambda p: p.update(table="sales_line"),
        lambda p: p.update(place=1),
        lambda p: p.update(place=-1),
        lambda p: p["path"].pop(),
        lambda p: p["path"].append(p["path"][0]),
        lambda p: p.update(path=["zz"]),
        lambda p: p.update(seals=[]),
        lambda p: p.update(seals=proved("sales_receipt:6")["seals"]),
        lambda p: p["seals"][0].update(statement=p["seals"][0]["statement"].replace('"count":5', '"count":6')),
        lambda p: p["seals"][0].update(signature="00" * 64),
        lambda p: p.update(format="another"),
        lambda p: p.pop("text"),
    ]
    for number, alter in enumerate(changes):
        changed = copy.deepcopy(whole)
        alter(changed)
        assert changed != whole, number
        with pytest.raises(proof.ProofFails):
            proof.check(changed, kept)
    nothing: tuple[Any, ...] = (None, [], "text", {})
    for wrong in nothing:
        with pytest.raises(proof.ProofFails):
            proof.check(wrong, kept)
    with pytest.raises(proof.ProofFails):
        proof.check(whole, ["ab" * 32])
    assert proof.check(whole, kept).key == (3,)


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        ("sales_receipt:2", proof.NotSealedYet),
        ("sales_receipt:99", NotFound),
        ("sales_line:1/9", NotFound),
        ("sales_receipt:x", NotFound),
        ("sales_receipt:" + "9" * 40, NotFound),
        ("sales_receipt", NotFound),
        ("ab_user:1", NotFound),
    ],
)
def test_what_is_not_there_or_not_sealed_is_not_proved(shop: Shop, entry: str, refusal: type[Refusal]) -> None:
    sell(shop)
    services.put_seals(NOON)
    sell(shop)
    with pytest.raises(refusal):
        proved(entry)


def test_a_row_that_was_changed_cannot_be_proved(shop: Shop, every_database: Engine) -> None:
    sell(shop, 2)
    services.put_seals(NOON)
    with every_database.begin() as connection, unguarded(connection, "sales_receipt"):
        connection.execute(text("UPDATE sales_receipt SET points = points + 1 WHERE id = 1"))
    with pytest.raises(proof.NotAsSealed):
        proved("sales_receipt:1")


def test_seals_are_append_only(shop: Shop, every_database: Engine, now: datetime) -> None:
    sell(shop)
    services.put_seals(now)
    with pytest.raises(Exception, match="append-only"), every_database.begin() as connection:
        connection.execute(SEALS.update().values(entries=0))
    with snapshot() as connection:
        assert connection.scalar(select(func.count()).select_from(Receipt.__table__)) == 1


def test_the_invented_shop_is_sealed_once_a_week_towards_its_end(shop: Shop) -> None:
    last = local_day(NOON)
    days = list(demo.happenings(last - timedelta(days=16), last, "BRAND"))
    assert [(last - day).days for day, _ in days] == [14, 7, 0, -1]  # and the morning after
    for week, (_, act) in enumerate(days):
        sell(shop)
        act(NOON + timedelta(weeks=week))
    found, so_far = verified()
    assert (found, so_far.seals, len(list(anchor.kept()))) == ([], len(days), len(days))
