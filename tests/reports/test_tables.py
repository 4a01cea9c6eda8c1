from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from reports import tables
from reports.errors import UnknownTable
from reports.table import Column
from reports.tables import csv_bytes, sheet_name, write_xlsx, xlsx_bytes
from tests.reports import samples


def rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def hostile() -> Any:
    data: Any = samples.decision()
    for line, name in zip(
        data["lines"], ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'], strict=False
    ):
        line["name"] = name
    return data


def test_the_human_csv_has_titles_and_no_formulas() -> None:
    head, *body = rows(csv_bytes(samples.document("decision", data=hostile())))
    assert head[:3] == ["行", "商品", "品名"]
    assert [row[2] for row in body[:5]] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", " =1"]
    assert body[0][4:] == ["1299.00", "1299.00", "855.28"]


def test_the_machine_csv_has_keys_and_the_text_as_it_is() -> None:
    head, *body = rows(csv_bytes(samples.document("decision", data=hostile()), human=False))
    assert head == ["number", "product", "name", "quantity", "list_price", "list", "net"]
    assert body[4][2] == "\t=1"


def test_any_table_may_be_asked_for_by_its_name() -> None:
    document = samples.document("decision")
    head, *body = rows(csv_bytes(document, "steps", human=False))
    special = dict(zip(head, body[1], strict=True))
    assert (special["change"], special["rate"], special["running"]) == ("-259.80", "", "1039.20")
    member = dict(zip(head, body[2], strict=True))
    assert (member["change"], member["rate"]) == ("-103.92", "0.9000")
    with pytest.raises(UnknownTable, match="prices"):
        csv_bytes(document, "prices")


@pytest.mark.parametrize("template", ["decision", "points_statement", "programme_summary"])
def test_the_same_document_gives_the_same_workbook(template: str) -> None:
    assert xlsx_bytes(samples.document(template)) == xlsx_bytes(samples.document(template))


def test_the_workbook_holds_numbers_as_numbers_and_text_as_text() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(samples.document("decision", data=hostile()))))
    assert book.sheetnames[:2] == ["商品明細", "逐行計價步驟"]
    sheet = book["商品明細"]
    assert [cell.value for cell in sheet[2]][2:] == ["=1+1", 1, 1299, 1299, 855.28]
    assert sheet["C2"].data_type == "s"
    assert sheet["G2"].number_format.startswith("#,##0.00")


def test_rows_that_a_sheet_does_not_hold_go_on_in_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SHEET_ROWS", 2)
    columns = [Column("n", "Number", "count")]
    for many, sheets in ((0, [0]), (2, [2]), (5, [2, 2, 1])):
        out = io.BytesIO()
        write_xlsx(out, "Lines", columns, ((n,) for n in range(many)))
        found = load_workbook(out).worksheets
        assert [sheet.title for sheet in found] == ["Lines", "Lines 2", "Lines 3"][: len(sheets)]
        assert [sheet.max_row - 1 for sheet in found] == sheets
        assert all(sheet.cell(1, 1).value == "Number" for sheet in found)


def test_sheet_names_are_ones_that_spreadsheets_take() -> None:
    assert sheet_name("a/b:c?[d]*" + "x" * 40) == "a_b_c__d__" + "x" * 21
