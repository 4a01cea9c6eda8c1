"""What is written once is sealed, or something else that is sealed tells of it: rows that carry evidence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from addons.audit import services
from addons.audit.tests.tampering import unguarded
from addons.pos.models import PriceList
from addons.rulebook import services as rulebook
from addons.rulebook.models import Approval
from addons.rulebook.services.drafts import new_draft
from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Exchange
from addons.sales.tests.shop import NOON, Shop
from addons.vouchers.models import Attempt
from core.db.base import metadata
from core.db.migrate import is_append_only
from core.db.session import work
from core.ledger.chain import SEALS
from core.ledger.kernel import all_books
from core.ledger.verify import Verified
from core.policy.version import shipped_text

#: Written once and not sealed, and what tells of them instead (docs/adr/0005).
TOLD_OF_OTHERWISE = {
    "rulebook_text",  # named by its digest
    "rulebook_approval",  # in any order of its keys: the sealed history tells who approved, and when
    "pos_price_list",  # named by its digest, in sealed packs
    "pos_sold_quote",  # a mark that lets a quote be sold once; what was sold is its sealed receipt
    "settlement_done",  # a mark: what is settled twice or not at all is worked out again from the sealed ledgers
    SEALS.name,  # the chain itself
}


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIBIN_SEAL_KEYS", str(tmp_path / "seal"))
    monkeypatch.setenv("GUIBIN_ANCHORS", str(tmp_path / "anchors"))


@pytest.fixture
def shop(every_database: Engine, system: None) -> Shop:
    shop = Shop.opened()
    shop.sell(shop.product(10_000))
    return shop


def found() -> list[tuple[str, str]]:
    return [(finding.table, finding.entry) for finding in services.verification().findings(Verified())]


def test_whatever_is_written_once_is_sealed_or_told_of_otherwise(shop: Shop) -> None:
    sealed = {book.entries.name for book in all_books()}
    assert {table for table in metadata.tables if is_append_only(table)} - sealed == TOLD_OF_OTHERWISE


def test_an_exchange_that_names_another_receipt_or_none_is_noticed(shop: Shop) -> None:
    member = shop.member()
    sold = [shop.sell(shop.product(10_000), member_id=member) for _ in range(2)]
    goods = ReturnRequest(shop.store, sold[0]["receipt_id"], [BackLine(1, 1)], "size", cashier="amy", approved_by="bo")
    basket = shop.request(shop.product(12_000), member_id=member)
    done = sales.exchange(goods, basket, key="x", now=NOON).answer
    services.put_seals(NOON)
    assert found() == []
    key = str(done["return"]["return_id"])
    with work() as session, unguarded(session.connection(), "sales_exchange"):
        session.execute(update(Exchange.__table__).values(receipt_id=sold[1]["receipt_id"]))
    assert ("sales_exchange", key) in found()
    with work() as session, unguarded(session.connection(), "sales_exchange"):
        session.execute(delete(Exchange.__table__))
    assert ("sales_exchange", key) in found()


def test_a_refused_code_that_disappears_from_the_log_is_noticed(shop: Shop) -> None:
    row = {"store_id": shop.store, "till": "t1", "by": "amy", "ending": "ABCD", "outcome": "NotFound", "at": NOON}
    with work() as session:
        session.execute(insert(Attempt.__table__), [row, row | {"till": "t2"}])
        first = session.scalar(select(Attempt.id).order_by(Attempt.id).limit(1))
    services.put_seals(NOON)
    assert found() == []
    with work() as session, unguarded(session.connection(), "vouchers_attempt"):
        session.execute(delete(Attempt.__table__).where(Attempt.id == first))
    assert ("vouchers_attempt", str(first)) in found()


def test_an_approval_by_somebody_else_than_the_history_says_is_noticed(shop: Shop) -> None:
    asked: dict[str, Any] = {"text": shipped_text() or "", "note": "n", "by": "ann", "now": NOON}
    with work() as session:
        draft = new_draft(session, brand_id=shop.brand, **asked)
        rulebook.submit(session, version_id=draft.id, by="ann", now=NOON)
        rulebook.approve(session, version_id=draft.id, by="bo", now=NOON + timedelta(minutes=1))
        key = draft.id
    services.put_seals(NOON)
    assert found() == []
    with work() as session, unguarded(session.connection(), "rulebook_approval"):
        session.execute(update(Approval.__table__).values(approver="cy"))
    assert found() == [("rulebook_approval", str(key))]


def test_prices_that_a_till_was_not_given_are_noticed(shop: Shop) -> None:
    services.put_seals(NOON)
    with work() as session:
        session.execute(insert(PriceList.__table__), {"digest": "0" * 64, "prices": {"P1": [10_000, 0]}})
    assert found() == [("pos_price_list", "0" * 64)]
