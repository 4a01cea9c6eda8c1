"""Three languages, complete, and no Simplified letter among Traditional ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import flask_appbuilder
import pytest
import wtforms
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from core.errors import refusals
from core.web.languages import CORE, SIMPLIFIED, TRADITIONAL, catalogue
from core.web.menu import CATEGORIES
from tests.web.conftest import Client

As = Callable[[str], Client]
FAB = Path(flask_appbuilder.__file__).parent
WTFORMS = Path(wtforms.__file__).parent / "locale" / "wtforms.pot"
KERNEL = CORE.parent
KEYWORDS: dict[str, tuple[int, ...] | None] = dict.fromkeys(
    ("gettext", "lazy_gettext", "_", "__", "lazy_formatter_gettext")
)


def _said(root: Path, methods: Iterable[tuple[str, str]]) -> set[str]:
    found = extract_from_dir(str(root), list(methods), {}, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found if isinstance(message, str) and message}


@pytest.fixture(scope="module")
def needed() -> dict[str, set[str]]:
    with WTFORMS.open("rb") as file:
        of_forms = {
            message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file) if message.id
        }
    kernel = _said(KERNEL, [("**.py", "python"), ("web/templates/**.html", "jinja2")])
    return {
        "Flask-AppBuilder": _said(FAB, [("**.py", "python"), ("**/templates/**.html", "jinja2")]),
        "WTForms": of_forms,
        "kernel": kernel | set(CATEGORIES),
        "refusals": {r.sentence for r in refusals().values() if r.__module__.startswith("core.") and r.sentence},
    }


@pytest.mark.parametrize("language", [TRADITIONAL, SIMPLIFIED])
@pytest.mark.parametrize("source", ["Flask-AppBuilder", "WTForms", "kernel", "refusals"])
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_every_text_is_translated(needed: dict[str, set[str]], source: str, language: str) -> None:
    texts = catalogue([CORE], language)
    assert len(needed["Flask-AppBuilder"]) >= 140
    missing = [text for text in needed[source] if not (found := texts.get(text)) or not found.string]
    assert not missing, missing


@pytest.mark.parametrize("language", [TRADITIONAL, SIMPLIFIED])
def test_translations_take_the_same_parameters(language: str) -> None:
    texts = catalogue([CORE], language)
    faults = [(m.id, [str(e) for e in problems]) for m in texts if m.id and (problems := list(m.check(texts)))]
    assert not faults


def test_no_simplified_letter_among_traditional_ones_nor_the_other_way() -> None:
    traditional = {c for m in catalogue([CORE], TRADITIONAL) if m.id for c in str(m.string)}
    simplified = {c for m in catalogue([CORE], SIMPLIFIED) if m.id for c in str(m.string)}
    assert not {c for c in traditional if not _in(c, "big5")} - set("…–—「」、")
    assert not {c for c in simplified if not _in(c, "gb2312")} - set("…–")


def _in(letter: str, letters: str) -> bool:
    try:
        letter.encode(letters)
    except UnicodeEncodeError:
        return False
    return True


def test_the_page_says_its_language_and_speaks_it(client: Client) -> None:
    expected = {"zh_Hant_TW": ("zh-Hant-TW", "登入"), "zh_Hans_CN": ("zh-Hans-CN", "登录"), "en": ("en", "Log in")}
    text = client.get("/login/").text
    assert '<html lang="zh-Hant-TW">' in text
    for code, (lang, word) in expected.items():
        client.get(f"/lang/{code}")
        text = client.get("/login/").text
        assert f'<html lang="{lang}">' in text
        assert word in text


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    assert client.get("/lang/xx").status_code == 302
    assert '<html lang="zh-Hant-TW">' in client.get("/login/").text


def test_the_language_is_kept_with_the_account(app: Flask, client: Client) -> None:
    client.login("two")
    client.get("/lang/en", headers={"Referer": "http://localhost/customerview/list/"})
    later = Client(app.test_client())
    later.login("two")
    assert '<html lang="en">' in later.get("/").text


def test_changing_the_language_leads_back_and_never_off_the_product(client: Client) -> None:
    back = client.get("/lang/en", headers={"Referer": "http://localhost/customerview/list/?a=b"})
    assert back.headers["Location"] == "/customerview/list/?a=b"
    off = client.get("/lang/en", headers={"Referer": "https://evil.example/x"})
    assert off.headers["Location"] == "/"


def test_flask_appbuilders_own_texts_are_traditional(as_: As) -> None:
    text = as_("one").get("/customerview/list/").text
    for word in ("開頭是", "包含", "等於", "篩選", "新增"):
        assert word in text
    for letter in "开头筛选等于搜索设置删除编辑":
        if not _in(letter, "big5"):
            assert letter not in text
