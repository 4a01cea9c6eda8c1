"""Files from elsewhere: three formats read alike, hostile ones refused with a type, wrong rows named."""

from __future__ import annotations

import csv
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from core.errors import Refusal
from core.imports import values
from core.imports.caps import CAPS
from core.imports.mapping import CellRejected, ColumnMap, Field, Mapper, by_name, read_mapping
from core.imports.refusals import FileTooLarge, FileUnreadable, MappingRefused, UnknownFormat, WrongColumns
from core.imports.rejects import Rejects
from core.imports.source import open_source
from core.imports.staging import Stage
from core.imports.values import BadCell

ROWS = [["A1", "王小明", "12.50"], ["A2", "陳大文", "7"]]


def _csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([["code", "name", "price"], *rows])
    return path


def _xlsx(path: Path, rows: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    for row in [["code", "name", "price"], *rows]:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def _parquet(path: Path, rows: list[list[str]]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = dict(zip(("code", "name", "price"), zip(*rows, strict=True), strict=True))
    parquet.write_table(pyarrow.table({name: list(column) for name, column in columns.items()}), path)
    return path


@pytest.mark.parametrize(("name", "write"), [("a.csv", _csv), ("a.xlsx", _xlsx), ("a.parquet", _parquet)])
def test_three_formats_give_the_same_rows(tmp_path: Path, name: str, write: Callable[..., Path]) -> None:
    source = open_source(write(tmp_path / name, ROWS))
    assert source.columns == ("code", "name", "price")
    assert [(number, list(cells)) for number, cells in source.rows()] == [(2, ROWS[0]), (3, ROWS[1])]


def test_a_mark_at_the_beginning_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert open_source(_csv(tmp_path / "a.csv", ROWS, "utf-8-sig")).columns[0] == "code"


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16"])
def test_another_encoding_is_named_or_refused_with_its_row(tmp_path: Path, encoding: str) -> None:
    path = _csv(tmp_path / "a.csv", ROWS, encoding)
    with pytest.raises(FileUnreadable) as refused:
        list(open_source(path).rows())
    assert "row" in str(refused.value)
    assert [cells[1] for _, cells in open_source(path, encoding=encoding).rows()] == ["王小明", "陳大文"]


def _million_columns(path: Path) -> Path:
    path = path / "wide.csv"
    path.write_text(",".join(["a"] * 2_000_000))
    return path


def _thousand_columns(path: Path) -> Path:
    path = path / "wide.csv"
    path.write_text("code\n" + "," * 1000)
    return path


def _zip_bomb(path: Path) -> Path:
    path = path / "bomb.xlsx"
    with zipfile.ZipFile(_xlsx(path, ROWS), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * 210_000_000)
    return path


def _many_parts(path: Path) -> Path:
    path = path / "parts.xlsx"
    with zipfile.ZipFile(_xlsx(path, ROWS), "a") as archive:
        for number in range(CAPS.parts):
            archive.writestr(f"xl/x{number}.xml", b"")
    return path


def _long_cell(path: Path) -> Path:
    path = path / "long.csv"
    path.write_text("code\n" + "x" * 20_000)
    return path


def _open_quote(path: Path) -> Path:
    path = path / "quote.csv"
    path.write_text('code\n"' + "x\n" * 20_000)
    return path


def _nul(path: Path) -> Path:
    path = path / "nul.csv"
    path.write_bytes(b"code\nA\0B\n")
    return path


def _no_workbook(path: Path) -> Path:
    path = path / "no.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    return path


def _entity_bomb(path: Path) -> Path:
    path = path / "entities.xlsx"
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", bomb)
        archive.writestr("[Content_Types].xml", bomb)
    return path


def _no_parquet(path: Path) -> Path:
    path = path / "no.parquet"
    path.write_bytes(b"PAR1 nothing PAR1")
    return path


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (_million_columns, FileTooLarge),
        (_thousand_columns, FileTooLarge),
        (_zip_bomb, FileTooLarge),
        (_many_parts, FileTooLarge),
        (_long_cell, FileUnreadable),
        (_open_quote, FileUnreadable),
        (_nul, FileUnreadable),
        (_no_workbook, FileUnreadable),
        (_entity_bomb, FileUnreadable),
        (_no_parquet, FileUnreadable),
    ],
)
def test_hostile_files_are_refused_in_little_memory(
    tmp_path: Path, make: Callable[[Path], Path], refusal: type[Refusal]
) -> None:
    path = make(tmp_path)
    tracemalloc.start()
    with pytest.raises(refusal):
        list(open_source(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.xls", "a.csv.exe"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(UnknownFormat):
        open_source(tmp_path / name)


def test_too_many_bytes_or_rows_are_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", ROWS)
    with pytest.raises(FileTooLarge):
        open_source(path, caps=replace(CAPS, bytes=10))
    with pytest.raises(FileTooLarge):
        list(open_source(path, caps=replace(CAPS, rows=1)).rows())


@pytest.mark.parametrize("head", ["", "code,,price", "code,code", ",,"])
def test_a_header_names_every_column_once(tmp_path: Path, head: str) -> None:
    (tmp_path / "a.csv").write_text(f"{head}\n1,2,3\n")
    with pytest.raises(WrongColumns):
        open_source(tmp_path / "a.csv")


FIELDS = (Field("code", required=True), Field("price", "money"), Field("at", "moment"), Field("level"))


def _mapper(tmp_path: Path, text: str, columns: tuple[str, ...]) -> Mapper:
    (tmp_path / "m.yaml").write_text(text)
    return Mapper(read_mapping(tmp_path / "m.yaml", "things"), columns, FIELDS)


def test_a_mapping_adds_prefixes_names_and_constants(tmp_path: Path) -> None:
    text = """
mapping: things
timezone: UTC
columns:
  code: {column: id, prefix: X-}
  price: {add: [paid, off]}
  at: {constant: 2026-05-01T10:00}
  level: {column: lv, values: {A: gold}, default: ordinary}
"""
    mapper = _mapper(tmp_path, text, ("id", "paid", "off", "lv"))
    at = datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert dict(zip(mapper.names, mapper.read([7, 1.1, "0.05", "A"]), strict=True)) == {
        "code": "X-7",
        "price": 115,
        "at": at,
        "level": "gold",
    }
    assert mapper.read(["8", "1", "2", "Z"])[3] == "ordinary"
    assert mapper.used() == ["id", "paid", "off", "lv"]
    for cells, field in ((["", "1", "2", "A"], "code"), (["1", "one", "2", "A"], "price"), (["1"], "price")):
        with pytest.raises(CellRejected) as rejected:
            mapper.read(cells)
        assert rejected.value.field == field


@pytest.mark.parametrize(
    "text",
    [
        "mapping: others\ncolumns: {code: id}",
        "mapping: things\ncolumns: {code: {column: id, add: [a]}}",
        "mapping: things\nspell: x\ncolumns: {code: id}",
        "mapping: things\ntimezone: Mars/One\ncolumns: {code: id}",
        "mapping: things\namounts: shells\ncolumns: {code: id}",
        "[",
        "{{{",
        "mapping: things",
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(MappingRefused):
        _mapper(tmp_path, text, ("id",))


def test_a_mapping_chooses_among_words_and_nothing_else(tmp_path: Path) -> None:
    offered = {"leave_out": ("empty", "old")}

    def chosen(line: str) -> frozenset[str]:
        (tmp_path / "m.yaml").write_text(f"mapping: things\n{line}\ncolumns: {{code: id}}")
        return frozenset(read_mapping(tmp_path / "m.yaml", "things", offered).choices["leave_out"])

    assert chosen("") == frozenset()
    assert chosen("leave_out: [old]") == {"old"}
    for wrong in ("leave_out: [new]", "leave_out: old", "leave_out: {old: true}", "keep: [old]"):
        with pytest.raises(MappingRefused):
            chosen(wrong)


@pytest.mark.parametrize("columns", ["{code: nowhere}", "{price: id}", "{code: id, colour: id}"])
def test_columns_that_are_not_there_are_named(tmp_path: Path, columns: str) -> None:
    with pytest.raises(WrongColumns):
        _mapper(tmp_path, f"mapping: things\ncolumns: {columns}", ("id",))
    with pytest.raises(WrongColumns) as refused:
        by_name(("code", "colour"), FIELDS)
    assert "colour" in str(refused.value)


def test_binary_fractions_become_the_hundredth_they_stand_for() -> None:
    for cents in (0, 1, 110, 115, 2999, 10**9 + 7):
        assert values.money(cents / 100) == cents
    for wrong in (1.005, 1e300, float("nan"), float("inf"), True, None, "1.234", "abc", ""):
        with pytest.raises(BadCell):
            values.money(wrong)
    assert values.money("2,488.20") == 248820
    assert values.text(12.0) == "12"
    assert values.text(12) == "12"


def test_days_and_moments() -> None:
    assert values.day("2026/5/1") == values.day(datetime(2026, 5, 1, 9)) == date(2026, 5, 1)  # noqa: DTZ001
    assert values.day("") is None
    assert values.moment("2026-05-01T08:00", ZoneInfo("Asia/Shanghai")) == datetime(2026, 5, 1, tzinfo=UTC)
    assert values.moment("2026-05-01T08:00+00:00", ZoneInfo("Asia/Shanghai")).hour == 8
    for wrong in ("2026-13-01", "yesterday", "1.5.2026", "20260501x"):
        with pytest.raises(BadCell):
            values.day(wrong)
        with pytest.raises(BadCell):
            values.moment(wrong, ZoneInfo("UTC"))
    assert [values.yes_no(word) for word in ("是", "yes", 0, "FALSE")] == [True, True, False, False]
    with pytest.raises(BadCell):
        values.yes_no("perhaps")
    for wrong_count in ("1.5", "x", "", 10**18 * 1.0):
        with pytest.raises(BadCell):
            values.count(wrong_count)


def test_rejects_are_a_file_that_appears_when_all_is_done(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, ("code", "name")) as rejects:
        rejects.add(7, "name", "is empty", ["=1+1", None])
        assert not path.exists()
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "field", "problem", "code", "name"],
            ["7", "name", "is empty", "'=1+1", ""],
        ]
    assert rejects.first == ["row 7: name: is empty"]
    with Rejects(tmp_path / "none.csv", ()):
        pass
    assert not (tmp_path / "none.csv").exists()


def test_a_stage_gives_rows_back_in_order() -> None:
    with Stage(("at", "code")) as stage:
        stage.add([(2, 30, "b"), (3, 10, "c"), (4, 30, "a"), (5, 30, "b")])
        assert stage.count(of="code") == 3
        assert [row[0] for row in stage.in_order("at", "code")] == [3, 4, 2, 5]


def test_a_column_map_by_names_needs_what_is_required() -> None:
    with pytest.raises(WrongColumns):
        Mapper(ColumnMap({"price": {"column": "price"}}), ("price",), FIELDS)
