"""A statement with more lines than a paper holds: the paper says so, the spreadsheet has them all."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import documents, queries, services
from addons.settlement.queries import Statement
from addons.settlement.tests.ground import LATER, back
from core.db.session import reading
from reports.document import LANGUAGES, Document
from reports.render import render_pdf
from reports.words import words

ABOUT: dict[str, Any] = {"language": "en", "by": "ann", "reason": "month end", "now": NOON}


@pytest.fixture
def settled(shop: Shop) -> Shop:
    """Four discounts of headquarters and four times points; one sale that another franchisee paid back."""
    for _ in range(4):
        shop.sell(shop.product(100_000), member_id=shop.member("gold"))
    sold = shop.sell(shop.product(50_000))
    back(shop, sold["receipt_id"], store=shop.other_store)
    services.settle(now=LATER)
    return shop


def of_month(session: Session, franchisee: int = 1) -> Statement:
    return queries.statement(session, franchisee, "2026-05", "CNY")


def printed(most: int, language: str = "en") -> Document:
    with reading() as session:
        about = ABOUT | {"language": language, "most_lines": most}
        return documents.settlement_document(session, of_month(session), **about)


def test_a_paper_says_what_it_leaves_out_and_adds_it_up(settled: Shop) -> None:
    whole, part = printed(100), printed(3)
    lines: Any = whole.data["lines"]
    shown: Any = part.data["lines"]
    assert whole.data["left_out"] == {"lines": 0, "amount": 0}
    assert shown == lines[:3]
    with reading() as session:
        numbers = set(session.scalars(select(Receipt.number)))
    assert {line["reference"] for line in lines} - {""} <= numbers
    assert any(line["reference"] for line in lines)
    assert part.data["left_out"] == {"lines": len(lines) - 3, "amount": sum(line["amount"] for line in lines[3:])}
    checks = part.kind.prepare(part.data, words("en"), None)["checks"]  # type: ignore[arg-type]  # no tools are needed
    assert all(check["posted"] == check["recomputed"] for check in checks)
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(render_pdf(part).content)).pages).split())
    assert f"The paper holds the first 3 lines. {len(lines) - 3} more" in text


def test_a_spreadsheet_holds_every_line(settled: Shop) -> None:
    out = BytesIO()
    with reading() as session:
        documents.write_xlsx(out, session, of_month(session), **ABOUT)
    lines, sums = load_workbook(BytesIO(out.getvalue())).worksheets
    rows: list[Any] = [row for row in lines.iter_rows(min_row=2, values_only=True) if any(row)]
    expected: Any = printed(100).data["lines"]
    assert [round(row[-1] * 100) for row in rows] == [line["amount"] for line in expected]
    assert len(list(sums.iter_rows(min_row=2))) == 3  # discounts, points, the refund


@pytest.mark.parametrize("language", LANGUAGES)
def test_money_that_another_paid_back_is_said_in_each_language(settled: Shop, language: str) -> None:
    data: Any = printed(100, language).data
    [refund] = [each for each in data["sums"] if each["owes"] == 50_000]
    assert refund["what"] == documents.WHAT["return"].in_language(language)
    assert refund["says"] == documents.SAYS["return"].in_language(language)
    [line] = [line for line in data["lines"] if line["amount"] == -50_000]
    assert (line["what"], line["other"]) == (refund["what"], documents.PARTIES["clearing"].in_language(language))
