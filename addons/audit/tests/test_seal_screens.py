"""The page of seals: verified in a process apart, an entry proved, the head taken along."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from addons.audit import services
from addons.audit.jobs import VERIFY
from addons.audit.tests.tampering import unguarded
from addons.sales.tests.shop import NOON, Shop
from core import jobs
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import engine, reading
from core.jobs import apart
from core.ledger import anchor, keys, proof
from core.testing.screens import Browser, BrowserAs


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIBIN_SEAL_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("GUIBIN_ANCHORS", str(tmp_path / "anchors"))


@pytest.fixture
def sealed(browser_as: BrowserAs) -> Shop:
    """A shop that sold and was sealed."""
    with system_scope("test"):
        shop = Shop.opened()
        product = shop.product(10000)
        for _ in range(3):
            shop.sell(product)
        services.put_seals(NOON)
    return shop


def english(browser_as: BrowserAs, role: str) -> Browser:
    browser = browser_as(role)
    browser.get("/lang/en")
    return browser


def tamper() -> None:
    with engine().begin() as connection, unguarded(connection, "sales_receipt"):
        connection.execute(text("UPDATE sales_receipt SET points = points + 1 WHERE id = 2"))


def test_the_auditor_verifies_and_sees_where_something_is_wrong(browser_as: BrowserAs, sealed: Shop) -> None:
    auditor = english(browser_as, "Auditor")
    for clean in (True, False):
        if not clean:
            tamper()
        auditor.get("/seals/")
        answer = auditor.post("/seals/verify")
        assert answer.status_code == 302
        assert apart._started[-1].wait(60) == 0
        state = auditor.get(f"{answer.location}/state").json
        assert state is not None
        assert state["state"] == "done"
        page = auditor.get(answer.location).text
        assert ("Nothing is wrong" in page) == clean
        assert ("The content is not what was written" in page) != clean
        assert ("nothing is wrong" in auditor.get("/seals/").text) == clean
        assert ("nothing is wrong" in auditor.get("/").text) == clean
        auditor.get("/lang/zh_Hant_TW")
        assert ("內容與寫入時不同" in auditor.get(answer.location).text) != clean
        auditor.get("/lang/en")


def test_a_head_kept_elsewhere_is_compared(browser_as: BrowserAs, sealed: Shop) -> None:
    auditor = english(browser_as, "Auditor")
    kept = auditor.get("/seals/head")
    assert anchor.parse(kept.data, "kept").number == 1
    auditor.get("/seals/")
    answer = auditor.post("/seals/verify", {"head": (io.BytesIO(kept.data), "kept.json")})
    assert apart._started[-1].wait(60) == 0
    with system_scope("test"), reading() as session:
        job = session.get_one(Job, int(answer.location.rsplit("/", 1)[1]))
        assert (job.state, job.result and (job.result["anchors"], job.result["count"])) == ("done", (1, 0))
    auditor.get("/seals/")
    refused = auditor.post("/seals/verify", {"head": (io.BytesIO(b"{}"), "other.json")})
    assert refused.status_code == 422
    assert "other.json is not an anchor" in refused.text


def test_a_proof_and_the_key_are_taken_along(browser_as: BrowserAs, sealed: Shop) -> None:
    approver = english(browser_as, "HQApprover")
    shown = json.loads(approver.get("/seals/prove?table=sales_line&key=2/1").data)
    trusted = {key.hex() for key in keys.from_pem(approver.get("/seals/key").text)}
    assert proof.check(shown, trusted).columns["pay"] == 10000
    for key, status in (("99", 404), ("x", 404), ("", 404)):
        answer = approver.get(f"/seals/prove?table=sales_line&key={key}")
        assert answer.status_code == status
        assert "There is no entry" in answer.text


def test_stores_do_not_see_the_seals(browser_as: BrowserAs, sealed: Shop) -> None:
    for role in ("Cashier", "StoreManager", "FranchiseAdmin", "HQMarketing"):
        browser = browser_as(role)
        browser.get("/")
        for address in ("/seals/", "/seals/head", "/seals/prove?table=sales_receipt&key=1", "/seals/key"):
            assert browser.get(address).status_code == 403, (role, address)
        assert browser.post("/seals/verify").status_code == 403


def test_before_the_first_seal_the_pages_say_so(browser_as: BrowserAs) -> None:
    auditor = english(browser_as, "Auditor")
    assert "Nothing is sealed yet" in auditor.get("/seals/").text
    assert auditor.get("/seals/head").status_code == 404
    assert auditor.get("/").status_code == 200
    assert auditor.get("/seals/verification/1").status_code == 404
    with system_scope("test"):
        jobs.ask(VERIFY, {})
    assert "No public key is known here" in auditor.get("/seals/verification/1").text


def test_each_night_what_is_new_is_sealed_anchored_and_verified(sealed: Shop) -> None:
    with system_scope("test"):
        sealed.sell(sealed.product(500))
        results = []
        for name in ("audit.seal", VERIFY):
            job_id = jobs.ask(name, {})
            with reading() as session:
                results.append(session.get_one(Job, job_id).result)
    assert results[0] is not None
    assert results[1] is not None
    assert (results[0]["seals"], results[0]["sealer"]) == (1, "this job")
    assert [path.name for path in anchor.kept()] == [results[0]["anchor"]]
    assert (results[1]["count"], results[1]["unsealed"], results[1]["anchors"]) == (0, 0, 1)
    assert {"audit.seal", VERIFY} <= set(jobs.nightly_names())
