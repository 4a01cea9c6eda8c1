"""One thing, one word: the catalogues agree with each other and with the glossary."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.architecture.tree import ROOT, dotted, modules, told

#: The folder of each language and its column in the glossary.
LANGUAGES = {"zh_Hant_TW": 1, "zh_Hans_CN": 2}


def _catalogues(language: str) -> list[Path]:
    return sorted(p for package in ("core", "addons") for p in (ROOT / package).glob(f"**/i18n/{language}/**/*.po"))


def _messages(language: str) -> Iterator[tuple[str, str, str]]:
    """Where, the English text, the translation: of all catalogues but the skeleton of new addons."""
    for path in _catalogues(language):
        if "skeleton" in path.parts:
            continue
        with path.open("rb") as file:
            for message in read_po(file):
                if isinstance(message.id, str) and message.id and message.string:
                    yield f"{path.relative_to(ROOT)}:{message.lineno}", message.id, str(message.string)


def _glossary(column: int) -> dict[str, str]:
    lines = (ROOT / "docs/handbook/glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    words = {row[0].lower(): row[column] for row in rows if not row[0].startswith(("---", "English"))}
    return words | {_plural(word): chinese for word, chinese in words.items()}


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_text_has_one_translation_in_all_addons(language: str) -> None:
    """All catalogues become one, so a second translation would win or lose by the order of loading."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for where, english, chinese in _messages(language):
        found[english].setdefault(chinese, where)
    faults = [f"{english!r}: {words}" for english, words in found.items() if len(words) > 1]
    assert not faults, told(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_of_the_glossary_is_translated_as_the_glossary_says(language: str) -> None:
    words = _glossary(LANGUAGES[language])
    faults = [
        f"{where}: {english!r} is {chinese}, the glossary says {words[english.lower()]}"
        for where, english, chinese in _messages(language)
        if english.lower() in words and words[english.lower()] not in chinese
    ]
    assert not faults, told(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_found_is_named_in_every_language(language: str) -> None:
    """「找不到券 …」, never 「找不到 voucher …」."""
    nouns = {
        str(keyword.value.value)
        for module in modules()
        if module.parts[0] in {"core", "addons"} and "tests" not in module.parts
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func).endswith("NotFound")
        for keyword in node.keywords
        if keyword.arg == "what" and isinstance(keyword.value, ast.Constant)
    }
    assert len(nouns) > 30
    known = {english for where, english, _ in _messages(language) if where.startswith("core/i18n")}
    assert nouns <= known, nouns - known
