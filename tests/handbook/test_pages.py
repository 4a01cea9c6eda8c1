"""What the handbook says is so: menus and buttons by their names, every setting, every addon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.addons.registry import Registry
from core.cli.main import cli
from core.web import roles
from core.web.admin import entries as admin
from core.web.handbook import screen
from core.web.handbook.screen import ROLE_PAGES
from core.web.languages import CORE, TRADITIONAL, catalogue
from tests.handbook.settings_page import PATH, settings_page

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs/handbook"
PAGES = sorted(HANDBOOK.rglob("*.md"))
MENU = re.compile(r"\*\*([^*→]+?) → ([^*→]+?)\*\*")
QUOTED = re.compile(r"「([^「」]+)」")
#: Said aloud, or quoted from a page of the first set-up, not the name of a button.
SPOKEN = {"您有我們的貴賓卡嗎？"}


def _text(name: str) -> str:
    return (HANDBOOK / f"{name}.md").read_text("utf-8")


@pytest.fixture(scope="module")
def words(addons: Registry) -> dict[str, str]:
    """English texts and what they are called in 繁體."""
    found = catalogue([CORE, *addons.translations()], TRADITIONAL)
    return {m.id: str(m.string) for m in found if isinstance(m.id, str) and m.id and m.string}


@pytest.fixture(scope="module")
def menu(addons: Registry, words: dict[str, str]) -> dict[tuple[str, str], set[str]]:
    """Each entry of the menu by its names in 繁體, with the roles that see it."""
    entries = [*admin.ENTRIES, *screen.ENTRIES, *addons.views()]
    return {(words[entry.category], words[entry.name]): set(entry.finders()) for entry in entries}


@pytest.mark.parametrize("role", roles.ALL)
def test_a_role_page_names_only_menus_that_the_role_sees(
    menu: dict[tuple[str, str], set[str]], words: dict[str, str], role: str
) -> None:
    text = _text(ROLE_PAGES[role])
    named = [(group, name) for group, name in MENU.findall(text) if not _is_english(group)]
    assert named, "a page of a role says where its work is"
    assert [pair for pair in named if role not in menu.get(pair, set())] == []
    assert text.startswith(f"# {words[str(roles.TITLES[role])]} ")


def _is_english(text: str) -> bool:
    return text.isascii()


@pytest.mark.parametrize("role", roles.ALL)
def test_a_role_page_quotes_only_texts_of_the_screens(words: dict[str, str], role: str) -> None:
    known = set(words.values())
    said = set(QUOTED.findall(_text(ROLE_PAGES[role]))) - SPOKEN
    assert [text for text in sorted(said) if text not in known] == []


def test_every_other_page_names_only_menus_that_are_there(menu: dict[tuple[str, str], set[str]]) -> None:
    faults = [
        (path.name, pair)
        for path in PAGES
        for pair in MENU.findall(path.read_text("utf-8"))
        if not _is_english(pair[0]) and pair not in menu
    ]
    assert faults == []


def test_every_setting_is_explained_with_its_default(addons: Registry) -> None:
    """Where this fails: python -m tests.handbook.settings_page."""
    assert PATH.read_text("utf-8") == settings_page(addons)


def test_every_role_and_every_addon_has_a_page(addons: Registry) -> None:
    wanted = {*ROLE_PAGES.values(), *(f"addons/{manifest.name}" for manifest in addons.manifests)}
    assert {name for name in wanted if not (HANDBOOK / f"{name}.md").is_file()} == set()


def test_pages_link_only_within_the_handbook_so_that_they_lead_somewhere_in_the_product_too() -> None:
    links = re.compile(r"\]\((?!https?:|#)([^)#]+)")
    faults = [
        (path.relative_to(HANDBOOK), target)
        for path in PAGES
        for target in links.findall(path.read_text("utf-8"))
        if not (path.parent / target).resolve().is_relative_to(HANDBOOK) or not (path.parent / target).exists()
    ]
    assert faults == []


CALL = re.compile(r"\bguibin ([a-z].*)")


def _code(tokens: Iterable[Token]) -> Iterator[str]:
    """The code of a page, in blocks and within sentences."""
    for token in tokens:
        if token.type in {"fence", "code_block", "code_inline"}:
            yield token.content
        yield from _code(token.children or ())


def _calls(path: Path) -> set[str]:
    """The calls of the command in the code of a page."""
    parts = _code(MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8")))
    return {call for part in parts for line in part.splitlines() for call in CALL.findall(line)}


def _fault(call: str) -> str:
    """What is wrong with a call: a command, a sub-command or an option that is not there."""
    group: click.Command = cli
    for word in call.split("#", maxsplit=1)[0].split():
        if isinstance(group, click.Group) and not word.startswith("-"):
            found = group.get_command(click.Context(group), word)
            if found is None:
                return f"{word} of: guibin {call}"
            group = found
        elif word.startswith("--"):
            options = {name for param in group.params for name in param.opts}
            if word.split("=")[0].strip("[]") not in {*options, "--help"}:
                return f"{word} of: guibin {call}"
    return ""


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda path: path.stem)
def test_every_command_that_is_named_exists_with_its_options(path: Path) -> None:
    assert [fault for call in sorted(_calls(path)) if (fault := _fault(call))] == []
