"""Goods that rules name and the catalogue does not know are told: in the editor, to approvers, on the command line."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from addons.rulebook import queries
from addons.rulebook.cli import rules
from addons.till.tests.counter import Counter, open_shop
from core.db.scope import system_scope
from core.db.session import reading
from core.policy.live import words_in_force
from core.policy.version import shipped_text
from core.testing.screens import BrowserAs
from rules.policy import read_book
from rules.yaml_text import read_yaml, write_yaml


@pytest.fixture
def shop(product: Flask, now: object) -> Counter:
    """A brand with a few goods."""
    assert product.name == "guibin"
    return open_shop()


def naming(items: dict[str, Any], **limits: Any) -> str:
    """Return the shipped programme with a rule about some goods, which gives a voucher that is good for some."""
    whole: Any = read_yaml(shipped_text() or "")
    voucher = {"effect": "voucher.issue", "kind": "cash", "value": 5000, **limits}
    rule = {"rule": "mine", "event": "checkout", "items": items, "then": [voucher]}
    return write_yaml({**whole, "rules": [*whole["rules"], rule]})


def unknown(shop: Counter, text: str) -> list[tuple[str, str]]:
    words = words_in_force()
    with system_scope("test"), reading() as session:
        found = queries.unknown_goods(session, shop.brand, read_book(text, words), words)
    return [(each.what.en, each.code) for each in found if each.rule == "mine"]


def any_of(**codes: list[str]) -> dict[str, Any]:
    return {"any": [{"fact": f"line.{name}", "in": found} for name, found in codes.items()]}


def test_the_programme_that_ships_names_no_goods_of_its_own(shop: Counter) -> None:
    assert unknown(shop, shipped_text() or "") == []


def test_only_what_the_catalogue_of_the_brand_does_not_know_is_told(shop: Counter) -> None:
    named = any_of(product=["COAT-M", "COAT-X"], category=["top", "hats"], season=["2031"], colour=["紅"])
    text = naming(named, categories=["top", "shoes"], products=["JEANS-30", "NOTHING"])
    told = [
        ("Product", "COAT-X"),
        ("Category", "hats"),
        ("Season", "2031"),
        ("Category", "shoes"),
        ("Style", "NOTHING"),
    ]
    assert unknown(shop, text) == told


def test_the_editor_and_the_approver_are_warned_and_the_draft_is_kept(shop: Counter, browser_as: BrowserAs) -> None:
    text = naming(any_of(product=["COAT-X"]))
    hq = browser_as("HQMarketing")
    hq.get("/lang/en")
    typed = {"brand": shop.brand, "text": text, "note": "coats"}
    said = html.unescape(hq.post("/rulebook/draft/form/check?field=text", typed, headers={"HX-Request": "true"}).text)
    assert "The rule mine names Product COAT-X, which is not in the catalogue." in said
    assert "field-error" not in said
    written = hq.post("/rulebook/draft/form", typed)
    assert written.status_code == 302
    assert "COAT-X, which is not in the catalogue" in hq.get(written.location).text
    approver = browser_as("HQApprover")
    approver.get("/lang/en")
    assert "COAT-X, which is not in the catalogue" in approver.get(written.location).text
    fine = hq.post("/rulebook/draft/form", typed | {"text": naming(any_of(product=["COAT-M"]))})
    assert "not in the catalogue" not in hq.get(fine.location).text


def test_the_command_line_warns_and_goes_on(shop: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop.brand
    with system_scope("test"), reading() as session:
        monkeypatch.setenv("GUIBIN_DATABASE", session.get_bind().engine.url.render_as_string(hide_password=False))
    book = tmp_path / "book.yaml"
    book.write_text(naming(any_of(product=["COAT-X"])), "utf-8")
    warning = "warning: mine: no product COAT-X in the catalogue"
    for step in (("import", book, "--brand", "GB", "--by", "ann"), ("check", book, "--brand", "GB")):
        done = CliRunner().invoke(rules, [str(argument) for argument in step])
        assert done.exit_code == 0, done.output
        assert warning in done.stderr
    alone = CliRunner().invoke(rules, ["check", str(book)])
    assert alone.exit_code == 0
    assert "warning" not in alone.stderr
