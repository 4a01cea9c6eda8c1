"""The handbook in the product: open to every role, led by one's own page, without HTML from its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from core.testing.screens import BrowserAs
from core.web import roles
from core.web.handbook import pages
from core.web.handbook.screen import ROLE_PAGES

LINK = re.compile(r'href="(/handbook/[^"#]*)')


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A handbook of a test's own."""
    (tmp_path / "inner").mkdir()
    monkeypatch.setattr(pages, "folder", lambda: tmp_path)
    monkeypatch.setattr(pages, "names", pages.names.__wrapped__)
    monkeypatch.setattr(pages, "page", pages.page.__wrapped__)
    return tmp_path


@pytest.mark.parametrize("role", roles.ALL)
def test_every_role_reads_the_handbook_and_is_led_to_its_own_page(browser_as: BrowserAs, role: str) -> None:
    browser = browser_as(role)
    first = browser.get("/handbook/")
    assert first.status_code == 200
    mine = f"/handbook/{ROLE_PAGES[role]}"
    assert f'href="{mine}"' in first.text
    assert browser.get(mine).status_code == 200


def test_a_stranger_is_asked_to_log_in(product: Flask) -> None:
    answer = product.test_client().get("/handbook/")
    assert answer.status_code == 302
    assert "/login/" in answer.location


def test_every_page_is_shown_and_every_link_between_pages_leads_to_one(browser_as: BrowserAs) -> None:
    browser = browser_as("Cashier")
    seen, waiting = set[str](), {"/handbook/"}
    while waiting:
        place = waiting.pop()
        seen.add(place)
        answer = browser.get(place)
        assert answer.status_code == 200, place
        waiting |= set(LINK.findall(answer.text)) - seen
    folders = {pages.address(name.rpartition("/")[0]) for name in pages.names() if "/" in name}
    assert seen - folders == {pages.address(name) for name in pages.names()}


@pytest.mark.parametrize("name", ["nothing", "../adr/0001", "..", "roles/../../adr/0001", "no/page"])
def test_what_is_no_page_is_not_found(browser_as: BrowserAs, name: str) -> None:
    assert browser_as("Cashier").get(f"/handbook/{name}").status_code in {404, 308}
    assert pages.page(name) is None


def test_html_and_scripts_of_a_page_are_shown_as_text(small: Path) -> None:
    (small / "a.md").write_text("# T\n\n<script>1</script> <b>b</b> [x](javascript:alert(1))", "utf-8")
    found = pages.page("a")
    assert found is not None
    assert "<script" not in found.html
    assert "<b>" not in found.html
    assert 'href="javascript' not in found.html


def test_links_lead_to_addresses_of_the_product(small: Path) -> None:
    (small / "README.md").write_text("# First", "utf-8")
    text = "# T\n\n[up](../README.md) [part](b.md#two-words) [out](https://example.org/x)\n\n## Two words"
    (small / "inner/a.md").write_text(text, "utf-8")
    found = pages.page("inner/a")
    assert found is not None
    assert re.findall(r'href="([^"]+)"', found.html) == [
        "/handbook/",
        "/handbook/inner/b#two-words",
        "https://example.org/x",
    ]
    assert '<h2 id="two-words">' in found.html


def test_wide_things_scroll_in_a_frame_that_the_keyboard_reaches(small: Path) -> None:
    (small / "a.md").write_text("# T\n\n| a |\n| --- |\n| b |\n\n```shell\nx\n```\n", "utf-8")
    found = pages.page("a")
    assert found is not None
    assert found.html.count('<div class="wide" tabindex="0">') == 2
