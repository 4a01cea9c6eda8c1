"""Every page in every language: no letter of the other script, no English where there is a translation."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask

from core.addons.registry import Registry
from core.testing.screens import Browser
from core.web import roles
from core.web.languages import CORE, SIMPLIFIED, TRADITIONAL, catalogue
from tests.product.menu import addresses, links_of_home, of_records
from tests.product.world import World

BrowserFor = Callable[[str], Browser]
#: The character set whose letters a script has.
LETTERS = {TRADITIONAL: "big5", SIMPLIFIED: "gb2312"}
#: Signs that are no letters.
SIGNS = re.compile(r"[^\u4e00-\u9fff]")
#: Words that stay as they are in every language, or stand in the data.
KEPT = {"CSV", "XLSX", "PDF", "English", "Guibin", "API"}
#: Elements that hold nothing to read, and those without an end.
UNREAD = ("script", "style", "code", "pre", "svg")
EMPTY = ("area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")
#: The handbook is written once, in Traditional Chinese with English beside it.
WRITTEN_ONCE = "/handbook/"
#: What the world wrote itself, and names of languages in their own script.
WRITTEN = re.compile(
    r"(ALPHA|BRAVO)\S*|繁體中文|简体中文|简体|雲裳|中國內地|羊毛大衣|駝色|上衣|春夏|加盟商|華東|會員\d|新客"
)


class Texts(HTMLParser):
    """Collects what a person reads on a page, element by element."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quiet: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the texts of attributes that are read out or shown; leave what nobody reads."""
        given = dict(attrs)
        hidden = given.get("aria-hidden") == "true" or ("lang" in given and tag != "html")  # quoted as it was written
        if self._quiet or tag in UNREAD or (hidden and tag not in EMPTY):
            self._quiet += [] if tag in EMPTY else [tag]
            return
        self.found += [value for name in ("title", "aria-label", "placeholder", "alt") if (value := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        """Come out of a part that nobody reads."""
        if self._quiet and tag in self._quiet:
            while self._quiet.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if not self._quiet and data.strip():
            self.found.append(" ".join(data.split()))


def texts(page: str) -> list[str]:
    """Return what can be read on a page."""
    reader = Texts()
    reader.feed(page)
    return [unescape(text) for text in reader.found]


#: What programs say to each other, and people should not have to read.
MACHINE = re.compile(r"\b(None|True|False)\b|</?(span|a|b|code)\b|\b(core|stores|membership|sales)_[a-z]+\b")


def of_another_script(found: list[str], language: str) -> list[str]:
    """Return the texts with letters that the script of a language does not have."""

    def strange(letter: str) -> bool:
        try:
            letter.encode(LETTERS[language])
        except UnicodeEncodeError:
            return True
        return False

    return [text for text in found if any(strange(letter) for letter in SIGNS.sub("", WRITTEN.sub("", text)))]


def test_strange_letters_are_seen() -> None:
    assert of_another_script(["会员", "會員", "门市"], TRADITIONAL) == ["会员", "门市"]
    assert of_another_script(["会员", "會員"], SIMPLIFIED) == ["會員"]


def read(product: Flask, world: World, browser_for: BrowserFor, language: str) -> dict[str, list[str]]:
    """Return the texts of every page: of the menu for three roles, and headquarters' records and forms."""
    found: dict[str, list[str]] = {}
    for role in (roles.HQ_APPROVER, roles.STORE_MANAGER, roles.SYSTEM_ADMIN):
        person = browser_for(role)
        person.get(f"/lang/{language}")
        pages = {address: person.get(address).text for address in addresses(product, person) if address not in found}
        if role == roles.HQ_APPROVER:
            pages |= of_records(product, person, world.own)
        found |= {address: texts(page) for address, page in pages.items() if not address.startswith(WRITTEN_ONCE)}
    return found


@pytest.mark.parametrize("language", [TRADITIONAL, SIMPLIFIED])
def test_pages_speak_one_language(
    product: Flask, addons: Registry, world: World, browser_for: BrowserFor, language: str
) -> None:
    english = {
        str(message.id): str(message.string)
        for message in catalogue([CORE, *addons.translations()], language)
        if isinstance(message.id, str) and message.string and str(message.string) != message.id
    }
    pages = read(product, world, browser_for, language)
    assert len(pages) > 100
    assert all(pages.values())
    faults = set()
    for address, found in pages.items():
        faults |= {f"{address}: {text[:80]}" for text in of_another_script(found, language)}
        faults |= {f"{address}: {text[:80]}" for text in found if MACHINE.search(text)}
        faults |= {f"{address}: {text!r} is {english[text]}" for text in found if text in english and text not in KEPT}
    assert not faults, "\n".join(sorted(faults))


@pytest.mark.parametrize("role", roles.ALL)
def test_the_home_page_leads_nowhere_that_is_closed(browser_for: BrowserFor, role: str) -> None:
    person = browser_for(role)
    closed = [link for link in links_of_home(person) if person.get(link).status_code not in (200, 302)]
    assert not closed
