"""The addons screen: what is there, what a change would do, and what stands against it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from addons.stores.models import Brand
from core import clock
from core.addons import install
from core.addons.discover import available
from core.addons.manifest import Manifest, read_manifest
from core.addons.registry import Registry
from core.db.models import InstalledAddon, Job
from core.db.scope import system_scope
from core.db.session import work
from core.errors import NotFound
from core.jobs import names
from core.testing.screens import BrowserAs
from core.web import background
from core.web.admin import change
from core.web.admin.contents import contents
from core.web.admin.picture import picture
from core.web.languages import ENGLISH, SIMPLIFIED, TRADITIONAL
from reports.documents import KINDS


def forget(name: str) -> None:
    """Let an addon count as not installed."""
    with work() as session:
        session.delete(session.get_one(InstalledAddon, name))


def jobs() -> list[Job]:
    with work() as session:
        return list(session.query(Job))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The changes that would have been started in processes of their own."""
    found: list[int] = []
    monkeypatch.setattr(background, "start", found.append)
    return found


def test_everything_there_is_is_listed_with_what_it_needs(browser_as: BrowserAs) -> None:
    forget("till")
    for role in ("HQMarketing", "HQApprover", "Auditor", "SystemAdmin"):
        page = browser_as(role).get("/addons/").text
        for name, manifest in available().items():
            assert f'href="/addons/{name}"' in page
            assert manifest.summary.zh_hant.split("&")[0] in page
        assert page.count('class="box box-installed"') == len(available()) - 1
        assert page.count('class="box box-available"') == 1
        may = role in {"HQApprover", "SystemAdmin"}
        assert ("/addons/till/install" in page) is may
        assert ("/addons/stores/uninstall" in page) is may
    for role in ("Cashier", "Guide", "StoreManager", "FranchiseAdmin"):
        assert browser_as(role).get("/addons/").status_code == 403


def test_an_addon_says_what_it_brings(browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    page = browser.get("/addons/tiers").text
    for word in ("tiers.credit_half_year", "tiers_credit", "tiers.window_months"):
        assert word in page
    assert browser.get("/addons/nothing").status_code == 404
    browser.get("/lang/en", headers={"Referer": "http://localhost/addons/tiers"})
    assert "What it brings" in browser.get("/addons/tiers").text
    browser.get("/lang/zh_Hant_TW")


def test_contents_agree_with_what_is_loaded(addons: Registry) -> None:
    """Reading the files finds the same screens, words, settings and tables as loading them."""
    words = addons.vocabulary()
    by_addon = {m.name: found for m, found in addons.constants("views", "VIEWS")}
    for manifest in addons.manifests:
        read = contents(manifest, ENGLISH)
        assert set(read.screens) == {entry.name for entry in by_addon.get(manifest.name, ())}, manifest.name
        assert {word.name for word in read.words} == {
            word for word, owner in words.owners.items() if owner == manifest.name
        }
    for language, place in ((TRADITIONAL, "zh_Hant"), (SIMPLIFIED, "zh_Hans"), (ENGLISH, "en")):
        declared = {(s.name, s.label.in_language(place)) for s in addons.items("vocabulary", "SETTINGS")}
        assert declared == {setting for m in addons.manifests for setting in contents(m, language).settings}
    facts = {(fact.name, fact.label.in_language("en")) for fact in addons.items("vocabulary", "FACTS")}
    assert facts <= {word for m in addons.manifests for word in contents(m, ENGLISH).words}
    assert "門市" in contents(available()["stores"], TRADITIONAL).screens


def test_every_document_that_is_printed_is_named(addons: Registry) -> None:
    """Whoever looks at an addon learns what can be printed with it."""
    made = re.compile(r"\bDocument\(\s*\"(\w+)\"")
    for manifest, papers in addons.constants("documents", "PAPERS"):
        files = [*manifest.folder.glob("documents.py"), *manifest.folder.glob("documents/*.py")]
        assert set(papers) == {kind for file in files for kind in made.findall(file.read_text())}, manifest.name
        assert list(contents(manifest, ENGLISH).reports) == [title.in_language("en") for title in papers.values()]
    printed = {kind for _, papers in addons.constants("documents", "PAPERS") for kind in papers}
    assert printed == set(KINDS)


def test_the_picture_puts_each_addon_right_of_what_it_needs() -> None:
    found = available()
    drawn = picture(found.values())
    x = {box.name: box.x for box in drawn.boxes}
    assert set(x) == set(found)
    for name, manifest in found.items():
        assert all(x[need] < x[name] for need in manifest.depends if need in x)
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(drawn.boxes)
    assert all(0 <= box.x < drawn.width and 0 <= box.y < drawn.height for box in drawn.boxes)


def manifest_of(folder: Path, name: str, *depends: str) -> Manifest:
    (folder / name).mkdir()
    words = "\n".join(f'{language} = "{name}"' for language in ("zh_hant", "zh_hans", "en"))
    (folder / name / "manifest.toml").write_text(
        f'name = "{name}"\nversion = "1.0"\ndepends = {list(depends)!r}\n[title]\n{words}\n[summary]\n{words}\n'
    )
    return read_manifest(folder / name)


def test_the_picture_leaves_out_what_goes_without_saying_and_survives_circles(tmp_path: Path) -> None:
    chain = [manifest_of(tmp_path, "a"), manifest_of(tmp_path, "b", "a"), manifest_of(tmp_path, "c", "a", "b")]
    assert {(line.start, line.end) for line in picture(chain).lines} == {("a", "b"), ("b", "c")}
    circle = [manifest_of(tmp_path, "x", "y"), manifest_of(tmp_path, "y", "x", "nowhere")]
    assert len(picture(circle).boxes) == 2
    assert picture([]).boxes == ()


# -- looking before changing


def test_installing_says_what_comes_with_it(product: Flask, browser_as: BrowserAs, started: list[int]) -> None:
    for name in ("till", "sales"):
        forget(name)
    admin = browser_as("HQApprover")
    page = admin.get("/addons/till/install").text
    assert 'href="/addons/sales"' in page
    assert started == []
    assert jobs() == []


def test_removing_says_who_needs_it_and_how_many_rows_stay(
    product: Flask, browser_as: BrowserAs, started: list[int]
) -> None:
    with system_scope("test"), work() as session:
        session.add(Brand(code="lan", name="蘭", currency="CNY"))
    admin = browser_as("SystemAdmin")
    page = admin.get("/addons/stores/uninstall").text
    assert re.search(r"stores_brand</code> 1<", page)
    assert 'href="/addons/membership"' in page
    refused = admin.post("/addons/stores/uninstall")
    assert refused.status_code == 409
    assert "需要" in refused.text
    assert (started, jobs()) == ([], [])


def test_words_in_a_live_rule_book_keep_their_addon(
    product: Flask, browser_as: BrowserAs, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an addon has against the removal of another one stands on the page, in its own words."""
    registry: Registry = product.extensions["guibin_registry"]
    leaf = next(m.name for m in registry.manifests if not any(m.name in other.depends for other in registry.manifests))

    def against(_session: object, _name: str) -> None:
        raise NotFound(what="反對", which="理由")

    monkeypatch.setattr(registry.modules["rulebook", "services"], "MAY_UNINSTALL", against)
    admin = browser_as("SystemAdmin")
    assert "反對" in admin.get(f"/addons/{leaf}/uninstall").text
    assert admin.post(f"/addons/{leaf}/uninstall").status_code == 404
    assert (started, jobs()) == ([], [])


def test_what_does_not_fit_the_state_is_not_there(browser_as: BrowserAs) -> None:
    forget("till")
    admin = browser_as("SystemAdmin")
    for address in ("till/uninstall", "till/upgrade", "stores/install", "nothing/install", "stores/explode"):
        assert admin.get(f"/addons/{address}").status_code == 404, address


def test_only_approvers_and_administrators_change_addons(browser_as: BrowserAs, started: list[int]) -> None:
    forget("till")
    for role in ("HQMarketing", "Auditor", "Cashier"):
        browser = browser_as(role)
        assert browser.get("/addons/till/install").status_code == 403
        assert browser.post("/addons/till/install").status_code == 403
    assert (started, jobs()) == ([], [])
    assert browser_as("HQApprover").get("/addons/till/install").status_code == 200


def test_a_change_is_a_job_and_the_next_one_waits(browser_as: BrowserAs, started: list[int]) -> None:
    forget("till")
    admin = browser_as("SystemAdmin")
    admin.get("/addons/till/install")
    begun = admin.post("/addons/till/install")
    assert begun.status_code == 302
    assert started == [1]
    assert (jobs()[0].name, jobs()[0].state, jobs()[0].arguments["verb"]) == (change.JOB, "waiting", "install")
    assert "data-progress" in admin.get(begun.headers["Location"]).text
    assert admin.get("/addons/progress/1/state").json == {"state": "waiting", "done": 0, "total": 0}
    assert admin.post("/addons/till/install").status_code == 409
    assert started == [1]
    with clock.fixed(clock.now() + change._FORGOTTEN_AFTER * 2), work() as session:
        change.begin(session, verb="install", name="till", asked_by=1, master=None)
    assert started == [1, 2]


ENDS = [
    ("done", {"refused": "addon_is_needed", "facts": {"addon": "stores", "needed_by": "till"}}, None, "stores"),
    ("done", {"changed": ["till"], "reloaded": True}, None, "完成"),
    ("done", {"changed": ["till"], "reloaded": False}, None, "請立即重新啟動網頁程序"),
    ("failed", None, "RuntimeError: <b>went wrong</b>", "沒有成功"),
]


def test_how_a_change_ended_is_said(browser_as: BrowserAs) -> None:
    admin = browser_as("SystemAdmin")
    for number, (state, result, error, said) in enumerate(ENDS, 1):
        arguments = {"verb": "install", "name": "till", "master": None}
        with work() as session:
            row = Job(name=change.JOB, arguments=arguments, asked_at=clock.now(), state=state)
            row.result, row.error = result, error
            session.add(row)
        page = admin.get(f"/addons/progress/{number}").text
        assert said in page
        assert "<b>went wrong" not in page
        assert "data-progress" not in page
    assert admin.get("/addons/progress/99").status_code == 404


def test_a_job_of_another_kind_is_not_shown(browser_as: BrowserAs) -> None:
    with work() as session:
        session.add(Job(name="members.secret", arguments={}, asked_at=clock.now()))
    assert browser_as("SystemAdmin").get("/addons/progress/1").status_code == 404
    assert change.JOB in names()


def test_refusals_of_the_kernel_are_the_jobs_result(product: Flask) -> None:
    """An unknown name, an addon that is needed, and one without its dependency: told, not thrown."""

    class Quiet:
        def at(self, done: int, total: int) -> None: ...

    answer = change.change_addons(Quiet(), verb="install", name="nothing", master=None)
    assert answer["refused"] == NotFound.code
    assert install.AddonIsNeeded.code == "addon_is_needed"
