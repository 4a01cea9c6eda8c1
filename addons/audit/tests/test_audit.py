"""Decisions made again, documents that add up, and nobody sees more than their stores."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from addons.audit import documents, services
from addons.audit.documents.words import SPECIAL_PRICE
from addons.membership.models import Member
from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.tests.shop import NOON, Shop
from addons.vouchers.services import Issue, issue_many
from core import settings
from core.db.scope import Scope, acting
from core.db.session import reading, work
from core.errors import NotFound, OutOfScope
from core.testing.master import unguard
from reports.document import LANGUAGES, Document
from reports.render import render_pdf

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def shop(database: Engine, system: None) -> Shop:
    """A shop that sold a little."""
    return Shop.opened()


def _sold(shop: Shop) -> tuple[int, int]:
    """Sell with everything at once: a special, a tier, a birthday, a voucher; return receipt and member."""
    member = shop.member("gold", birthday=date(1990, 5, 4))
    with work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", 30000, date(2026, 5, 1), NOON, "test")
        code = issue_many(session, [issue])[0]
    products = shop.product(100000, 80000), shop.product(50000)
    answer = shop.sell(*products, member_id=member, vouchers=(code,), cashier="S1-3")
    shop.sell(shop.product(20000))
    return answer["receipt_id"], member


def test_a_decision_made_again_is_identical(shop: Shop) -> None:
    receipt_id, _ = _sold(shop)
    with reading() as session:
        found = services.decided(session, receipt_id)
        again = services.reperform(found)
    assert (again.verdict, again.differences) == ("identical", ())
    assert found.event.facts["member.tier"] == "gold"
    assert found.decision.cash == found.receipt.cash


def test_a_decision_that_was_tampered_with_is_different_and_says_where(shop: Shop) -> None:
    receipt_id, _ = _sold(shop)
    with reading() as session:
        found = services.decided(session, receipt_id)
        outcome = json.loads(found.stored.outcome)
        outcome["points"] += 1
        outcome["lines"][0][2] -= 100
        found.stored.outcome = json.dumps(outcome)
        again = services.reperform(found)
    assert again.verdict == "different"
    assert {difference.path for difference in again.differences} == {"points", "lines[0][2]"}


def test_facts_that_were_tampered_with_are_noticed(shop: Shop) -> None:
    receipt_id, _ = _sold(shop)
    with reading() as session:
        found = services.decided(session, receipt_id)
        found.event.facts = {**found.event.facts, "member.tier": "diamond"}
        assert services.reperform(found).verdict == "different"


def test_without_its_version_a_decision_cannot_be_made_again(shop: Shop) -> None:
    receipt_id, _ = _sold(shop)
    with reading() as session:
        found = replace(services.decided(session, receipt_id), live=None)
        assert services.reperform(found).verdict == "not_possible"
        assert found.explained("en") is None


# -- what came back ---------------------------------------------------------------------------------------------------


def _came_back(shop: Shop) -> int:
    """Sell three things with a voucher; one comes back, one price is put right, the rest comes back."""
    receipt_id, _ = _sold(shop)
    for lines in ([BackLine(2, 1)], [BackLine(1, price=60000)], [BackLine(1, 1)]):
        request = ReturnRequest(shop.store, receipt_id, lines, "size", cashier="amy", approved_by="boss")
        sales.take_back(request, key=f"r:{next(shop.numbers)}", now=NOON)
    return receipt_id


def _again(session: Session, receipt_id: int) -> list[services.ReturnedAgain]:
    return services.reperform_returns(session, services.decided(session, receipt_id))


def test_a_return_is_decided_again_from_the_sale_and_says_where_nothing_was_kept(shop: Shop) -> None:
    receipt_id = _came_back(shop)
    with reading() as session:
        told = _again(session, receipt_id)
    assert [(back.kind, back.quantity, back.again.verdict) for back in told] == [
        ("return", 1, "identical"),
        ("correction", 1, "identical"),
        ("return", 0, "nothing"),
    ]


def test_a_return_is_decided_again_as_the_programme_was_then(shop: Shop) -> None:
    """The shop bore what a lost threshold cost; the setting is another one since."""
    products = [shop.product(100000), shop.product(50000)]
    with work() as session:
        settings.change(session, name="sales.lost_threshold", to="keep_whole", by="hq", reason="test", now=NOON)
    receipt_id = shop.sell(*products)["receipt_id"]
    request = ReturnRequest(shop.store, receipt_id, [BackLine(2, 1)], "size", cashier="amy", approved_by="boss")
    sales.take_back(request, key="r", now=NOON)
    with work() as session:
        settings.change(session, name="sales.lost_threshold", to="take_back", by="hq", reason="test", now=NOON)
    with reading() as session:
        assert [back.again.verdict for back in _again(session, receipt_id)] == ["identical"]


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ("UPDATE sales_return SET points = points - 1 WHERE return_no = 1", {"receipt.points"}),
        ("UPDATE sales_return SET cash = cash + 5, paid_back = paid_back + 5 WHERE return_no = 3", {"receipt.cash"}),
        ("UPDATE sales_return_line SET quantity = 0 WHERE return_id = 1", {"receipt.cash", "outcome", "given.lines"}),
        (
            "UPDATE core_decision SET facts = replace(facts, 'gold', 'diamond') WHERE id > 2",
            {"given.facts.member.tier"},
        ),
    ],
)
def test_a_return_that_was_tampered_with_is_different_and_says_where(
    shop: Shop, database: Engine, change: str, paths: set[str]
) -> None:
    receipt_id = _came_back(shop)
    with database.begin() as connection:
        table = change.split()[1]
        unguard(connection, table)
        connection.exec_driver_sql(change)
    with reading() as session:
        told = _again(session, receipt_id)
    found = {one.path for back in told for one in back.again.differences}
    assert "different" in {back.again.verdict for back in told}
    assert any(path in found or any(one.startswith(path) for one in found) for path in paths), found


def test_the_explanation_says_why_not_and_the_nearest_change(shop: Shop) -> None:
    member = shop.member("ordinary")
    answer = shop.sell(shop.product(10000), member_id=member)
    with reading() as session:
        told = services.decided(session, answer["receipt_id"]).explained("en")
    assert told is not None
    missed = {one.rule: one for one in told.missed}
    assert missed["tier-ordinary"].reachable  # one receipt more
    assert not missed["tier-gold"].reachable


def test_other_stores_are_not_seen(shop: Shop) -> None:
    receipt_id, member = _sold(shop)
    other = Scope(reads=frozenset({shop.other_store}), writes=frozenset())
    own = Scope(reads=frozenset({shop.store}), writes=frozenset())
    with acting(other), reading() as session:
        with pytest.raises(NotFound):
            services.decided(session, receipt_id)
        with pytest.raises(NotFound):
            _statement(session, member, "en")
        with pytest.raises(OutOfScope):
            _summary(session, "en")
    with acting(own), reading() as session:
        assert services.decided(session, receipt_id).receipt.id == receipt_id
        assert _statement(session, member, "en").data["member"]


def _statement(session: Any, member: int, language: str) -> Any:
    return documents.points_document(
        session, member, since=SINCE, until=UNTIL, language=language, by="auditor", reason="test", now=NOON
    )


def _summary(session: Any, language: str) -> Any:
    return documents.summary_document(
        session, "GB", since=SINCE, until=UNTIL, language=language, by="auditor", reason="test", now=NOON
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documents_add_up_in_every_language(shop: Shop, language: str) -> None:
    receipt_id, member = _sold(shop)
    with reading() as session:
        found = services.decided(session, receipt_id)
        decision = documents.decision_document(
            session, found, language=language, by="auditor", reason="test", now=NOON, number="N1"
        )
        statement, summary = _statement(session, member, language), _summary(session, language)
        name = session.get_one(Member, member).name
        told: Any = statement.data
        assert decision.data["receipt"]["number"] in {entry["reference"] for entry in told["entries"]}  # type: ignore[index]
    for document in (decision, statement):
        assert name not in document.json_bytes().decode()  # masked
    data: Any = decision.data
    assert data["reevaluation"]["verdict"] == "identical"
    assert data["totals"]["cash"] == sum(line["net"] for line in data["lines"])
    changes = sum(step["change"] for line in data["lines"] for step in line["steps"])
    assert data["totals"]["list"] + changes == data["totals"]["cash"]
    assert sum(part["amount"] for line in data["lines"] for step in line["steps"] for part in step["funding"]) == (
        data["totals"]["discount"] - 20000  # the special price is nobody's discount
    )
    balance = statement.data["balance"]
    assert balance["closing"] == sum(lot["left"] for lot in statement.data["lots"])
    assert balance["closing"] == balance["opening"] + balance["earned"] - balance["redeemed"] + balance["adjusted"]
    figures: Any = summary.data["figures"]
    assert figures["revenue"] == data["totals"]["total"] + 20000
    assert all(check["posted"] == check["recomputed"] for check in summary.data["checks"])
    said: Any = {row["rule"]: row["says"] for row in summary.data["rules"]}
    tier = "gold" if language == "en" else "金卡"
    assert tier in said["tier-gold"]
    assert said[SPECIAL_PRICE.in_language(language)] == ""  # no rule of the book


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_moment_on_paper_is_of_the_market_and_its_zone_is_named_once(shop: Shop, language: str) -> None:
    """Noon in Shanghai is 04:00 in UTC."""
    receipt_id, member = _sold(shop)
    with reading() as session:
        decision = documents.decision_document(
            session, services.decided(session, receipt_id), language=language, by="auditor", reason="test", now=NOON
        )
        papers = [decision, _statement(session, member, language), _summary(session, language)]
    for paper in papers:
        said = _printed(paper)
        assert said.count("Asia/Shanghai (UTC+08:00)") == 1
        assert "2026-05-04 12:00:00" in said
        assert " 04:00" not in said
        assert "UTC+00:00" not in said


def _printed(document: Document) -> str:
    pages = PdfReader(BytesIO(render_pdf(document).content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_the_summary_counts_days_of_its_period_only(shop: Shop) -> None:
    product = shop.product(10000)
    shop.sell(product, at=datetime(2025, 12, 31, 15, 59, tzinfo=UTC))  # still 2025 in Shanghai
    shop.sell(product, at=datetime(2025, 12, 31, 16, 0, tzinfo=UTC))  # already 2026
    with reading() as session:
        assert _summary(session, "en").data["figures"]["receipts"] == 1


def test_a_decision_is_printed(shop: Shop) -> None:
    receipt_id, _ = _sold(shop)
    with reading() as session:
        found = services.decided(session, receipt_id)
        document = documents.decision_document(
            session, found, language="zh_Hant_TW", by="auditor", reason="test", now=NOON, number="N1"
        )
    pdf = render_pdf(document)
    assert pdf.content.startswith(b"%PDF")
    assert not pdf.missing
    assert render_pdf(document).sha256 == pdf.sha256  # same data, same bytes


def test_a_points_statement_names_receipts_as_they_are_printed(shop: Shop) -> None:
    receipt_id, member = _sold(shop)
    with reading() as session:
        number = services.decided(session, receipt_id).receipt.number
        data: Any = _statement(session, member, "en").data
    assert number in {entry["reference"] for entry in data["entries"]}
    assert any(lot["reference"].endswith(f" {number}") for lot in data["lots"])
