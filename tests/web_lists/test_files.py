"""Lists as files: the rows in scope, exact numbers, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event, update

from core.db.session import engine
from core.web.lists import files
from tests.web.conftest import Client
from tests.web.test_lists import many
from tests.web.trial import Customer

As = Callable[[str], Client]


def rows(browser: Client, query: str = "") -> list[list[str]]:
    answer = browser.get(f"/customerview/export/csv?{query}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def sheet(browser: Client) -> Any:
    answer = browser.inner.get("/customerview/export/xlsx")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.data)).active


def test_a_file_holds_the_rows_of_the_persons_stores_only(as_: As) -> None:
    own, every = rows(as_("one")), rows(as_("hq"))
    assert [row[0] for row in own[1:]] == ["ALPHA-0", "ALPHA-1", "ALPHA-2"]
    assert {row[0][:5] for row in every[1:]} == {"ALPHA", "BRAVO"}
    assert len(every) == 7
    assert own[0][2] == "Spent"
    assert own[1][2] == "2488.20"


def test_a_file_follows_filters_order_and_columns(as_: As) -> None:
    one = as_("one")
    found = rows(one, "_flt_0_name=ALPHA&_oc_CustomerView=name&_od_CustomerView=desc")
    assert [row[0] for row in found[1:]] == ["ALPHA-2", "ALPHA-1", "ALPHA-0"]
    assert rows(one, "_flt_0_name=BRAVO")[1:] == []
    one.get("/customerview/list/")
    one.post("/customerview/columns", {"column": ["name"]})
    assert rows(one) == [["名稱"], ["ALPHA-0"], ["ALPHA-1"], ["ALPHA-2"]]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_nothing_in_a_file_is_taken_for_a_formula(as_: As, evil: str) -> None:
    with engine().begin() as connection:
        connection.execute(update(Customer.__table__).where(Customer.__table__.c.id == 10).values(name=evil))
    written = rows(as_("one"))[1][0]
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    page = sheet(as_("one"))
    assert page["A2"].data_type in {"s", "inlineStr"}
    assert float(page["C2"].value) == 2488.2


def test_the_button_names_the_number_of_rows(as_: As) -> None:
    many(1500)
    assert "CSV，1,503 筆" in as_("one").get("/customerview/list/").text
    assert len(rows(as_("one"))) == 1504
    assert len(list(sheet(as_("one")).rows)) == 1504


def test_a_file_has_an_end(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    many(300)
    monkeypatch.setattr(files, "MOST_ROWS", 100)
    assert len(rows(as_("hq"))) == 101


def test_a_file_takes_few_queries_whatever_its_length(as_: As) -> None:
    seen: list[str] = []

    def count(query: str) -> int:
        seen.clear()
        rows(as_("hq"), query)
        return len(seen)

    event.listen(engine(), "before_cursor_execute", lambda _c, _cur, statement, *_rest: seen.append(statement))
    count("")
    few = count("")
    many(800)
    assert count("") == few


def test_strangers_and_unknown_kinds_get_nothing(as_: As, client: Client) -> None:
    assert as_("one").get("/customerview/export/pdf").status_code == 404
    assert as_("admin").get("/customerview/export/csv").status_code == 403
    assert client.get("/customerview/export/csv").status_code == 302
