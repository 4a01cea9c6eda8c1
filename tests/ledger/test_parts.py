"""The parts seals are made of: signatures, trees, runs of keys, and the text of a row."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, Engine, Integer, MetaData, String, Table, insert

from core.db.session import snapshot
from core.db.types import Amount, Json, Moment
from core.ledger import ed25519, keys
from core.ledger.chain import Statement, head_of
from core.ledger.entry import HASH, keyed, row_hash
from core.ledger.form import COVERS_ID, form_of
from core.ledger.merkle import Tree, leaf, path, root_from
from core.ledger.rows import written
from core.ledger.spans import Runs, fewer, gaps
from core.testing.master import standing

# RFC 8032, section 7.1: seed, public key, message, signature.
VECTORS = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
            "141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00"
            "d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc02"
            "7beceea1ec40a"
        ),
    ),
)
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize("vector", VECTORS)
def test_signatures_are_those_of_the_standard(vector: tuple[str, str, str, str]) -> None:
    seed, key, message, signature = map(bytes.fromhex, vector)
    assert ed25519.public_key(seed) == key
    assert ed25519.sign(seed, message) == signature
    assert ed25519.verify(key, message, signature)


def test_what_is_not_exactly_the_signature_is_none() -> None:
    _, key, message, signature = map(bytes.fromhex, VECTORS[1])
    assert not ed25519.verify(key, message + b"x", signature)
    assert not ed25519.verify(bytes.fromhex(VECTORS[2][1]), message, signature)
    for place in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not ed25519.verify(key, message, bytes(changed))
    added = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    assert not ed25519.verify(key, message, signature[:32] + added)  # the same number, written otherwise
    not_on_the_curve = (2).to_bytes(32, "little")
    beyond_the_field = (2**255 - 19 + 1).to_bytes(32, "little")
    for point in (not_on_the_curve, beyond_the_field, key[:31], b""):
        assert not ed25519.verify(point, message, signature)
        assert not ed25519.verify(key, message, point + signature[32:])


def test_public_keys_are_written_as_openssl_reads_them() -> None:
    key = bytes.fromhex(VECTORS[0][1])
    pem = keys.as_pem(key)
    assert pem.splitlines()[1] == "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    assert keys.from_pem(pem + keys.as_pem(bytes(32))) == [key, bytes(32)]
    for wrong in ("", pem.replace("MCow", "MCox"), pem.replace("URo=", "UR")):
        with pytest.raises(ValueError, match=r"."):
            keys.from_pem(wrong)


@given(st.integers(1, 70))
def test_the_path_of_each_leaf_leads_to_the_root_and_that_of_no_other(count: int) -> None:
    leaves = [leaf(bytes([number])) for number in range(count)]
    tree = Tree()
    for one in leaves:
        tree.add(one)
    for place, one in enumerate(leaves):
        steps = path(leaves, place)
        assert root_from(one, place, count, steps) == tree.root()
        assert root_from(leaf(b"another"), place, count, steps) != tree.root()
        if count > 1:
            assert root_from(one, (place + 1) % count, count, steps) != tree.root()
            assert root_from(one, place, count, steps[:-1]) != tree.root()
        assert root_from(one, place, count, [*steps, one]) is None
    assert root_from(leaves[0], count, count, []) is None


def test_a_tree_hashes_leaves_and_nodes_apart() -> None:
    """RFC 6962: the root over two leaves is not a leaf, whatever the leaf says."""
    tree = Tree()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    tree.add(leaf(b""))
    assert tree.root().hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    one, other = leaf(b"1"), leaf(b"2")
    pair = Tree()
    pair.add(one)
    pair.add(other)
    assert pair.root() != leaf(one + other)


@given(st.sets(st.integers(1, 60)), st.integers(0, 20), st.integers(1, 5))
def test_runs_and_gaps_are_the_keys_that_are_there_and_those_that_are_not(
    there: set[int], above: int, most: int
) -> None:
    runs = Runs()
    for key in sorted(key for key in there if key > above):
        runs.add(key)
        runs.add(key)
    spans = runs.spans()
    covered = {key for first, last in spans for key in range(first, last + 1)}
    assert covered == {key for key in there if key > above}
    between = {key for first, last in gaps(above, spans) for key in range(first, last + 1)}
    end = max(covered, default=above)
    assert between == set(range(above + 1, end + 1)) - covered
    joined = fewer(gaps(above, spans), most)
    assert len(joined) <= most
    assert between <= {key for first, last in joined for key in range(first, last + 1)}


# --- the text of a row -----------------------------------------------------------------------------------------------

TABLE = Table(
    "test_written",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("amount", Amount),
    Column("reason", String(40)),
    Column("given", Boolean),
    Column("day", Date),
    Column("at", Moment),
    Column("fields", Json),
    Column(HASH, String(64)),
)
AT = datetime(2026, 5, 4, 7, 0, 0, 5, tzinfo=UTC)
ROWS: tuple[dict[str, Any], ...] = (
    {
        "amount": -3,
        "reason": '換"券\n',
        "given": True,
        "day": date(2026, 5, 4),
        "at": AT,
        "fields": {"b": [1, "人"], "a": 2},
    },
    {"amount": None, "reason": "", "given": False, "day": None, "at": AT.replace(microsecond=0), "fields": None},
)


def test_the_text_of_a_row_is_json_of_names_and_values_in_order() -> None:
    text = form_of(TABLE).of_row(ROWS[0])
    assert json.loads(text) == [
        "test_written", "amount", -3, "at", "2026-05-04T07:00:00.000005+00:00", "day", "2026-05-04",
        "fields", {"a": 2, "b": [1, "人"]}, "given", True, "reason", '換"券\n',
    ]  # fmt: skip
    assert "\n" not in text
    assert form_of(TABLE).of_row(ROWS[1]) == (
        '["test_written","at","2026-05-04T07:00:00.000000+00:00","given",false,"reason",""]'
    )


def test_a_row_reads_back_as_it_was_hashed(every_database: Engine) -> None:
    with standing(every_database, TABLE):
        with every_database.begin() as connection:
            for row in ROWS:
                connection.execute(insert(TABLE), {**row, HASH: row_hash(TABLE, row)})
        with snapshot() as connection:
            found = list(written(connection, TABLE))
        assert [keyed(row.text) == row.stored for row in found] == [True, True]
        assert [row.text.decode() for row in found] == [form_of(TABLE).of_row(row) for row in ROWS]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", "'many'"),
        ("amount", "-3.5"),
        ("reason", "x'00'"),
        ("given", "2"),
        ("day", "'2026-5-4'"),
        ("day", "20260504"),
        ("at", "'2026-05-04T07:00:00.000005'"),
        ("at", "'2026-05-04 07:00:00.00005'"),
        ("at", "'yesterday'"),
        ("fields", "'{\"b\":[1,2]}'"),
        ("fields", "'{'"),
        ("id", "-5"),
    ],
)
def test_what_no_row_can_hold_fits_no_hash_and_stops_nobody(database: Engine, column: str, value: str) -> None:
    """SQLite takes anything in any column, from whoever has the file."""
    TABLE.create(database)
    with database.begin() as connection:
        connection.execute(insert(TABLE), {**ROWS[0], HASH: row_hash(TABLE, ROWS[0])})
        connection.exec_driver_sql(f"UPDATE test_written SET {column} = {value}")
    with snapshot() as connection:
        (row,) = written(connection, TABLE)
    assert (keyed(row.text) == row.stored) == (column == "id")


def test_the_hash_covers_the_key_where_the_writer_knows_it() -> None:
    columns: Any = [Column("id", Integer, primary_key=True), Column("amount", Amount), Column(HASH, String(64))]
    reserved = Table("test_reserved", MetaData(), *columns, info={COVERS_ID: True})
    assert row_hash(reserved, {"id": 1, "amount": 2}) != row_hash(reserved, {"id": 2, "amount": 2})
    with pytest.raises(KeyError):
        row_hash(reserved, {"amount": 2})


# --- statements ------------------------------------------------------------------------------------------------------

SAID = Statement(2, "ab", AT, "cd", None, 1, 77, {"t": 9}, {})


def test_the_head_of_a_seal_covers_its_text_and_its_signature() -> None:
    heads = {head_of(text, signature) for text in ("one", "other") for signature in ("ab", "cd")}
    assert len(heads) == 4


def test_a_statement_reads_back_from_its_text() -> None:
    assert Statement.of(SAID.text()) == SAID
    later = SAID.text().replace("+00:00", "+08:00").replace("07:00", "15:00")
    assert Statement.of(later).sealed_at - SAID.sealed_at == timedelta()


@pytest.mark.parametrize(
    ("of", "to"),
    [
        ('"number":2', '"number":"2"'),
        ('"format":1', '"format":2'),
        ('"base":1', '"base":true'),
        ('"base":1,', ""),
        ('"tables":{}', '"tables":[]'),
        ('"tables":{}', '"tables":{"t":{"count":1,"root":"","above":0,"spans":[[1]]}}'),
        ('"last":{"t":9}', '"last":{"t":"9"}'),
        ('"sealed_at":"2026', '"sealed_at":"yesterday'),
        ("{", "["),
    ],
)
def test_what_is_no_statement_is_a_value_error(of: str, to: str) -> None:
    changed = SAID.text().replace(of, to, 1)
    assert changed != SAID.text()
    with pytest.raises(ValueError, match=re.compile(".")):
        Statement.of(changed)
