"""What an addon brings: screens, words for the rules, settings, tables; read from its files, never executed.

An addon that is not installed must not be imported here: its tables would become those of this process.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from core.addons.manifest import Manifest
from core.web.languages import LANGUAGES, catalogue

_WORD = re.compile(r"[a-z]+\.[a-z0-9_]+")


class Named(NamedTuple):
    """What a program calls something, and what people call it."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Names in the order they are written."""

    screens: tuple[str, ...]
    reports: tuple[str, ...]
    words: tuple[Named, ...]
    settings: tuple[Named, ...]
    tables: tuple[str, ...]
    calls: tuple[str, ...]  # classes of its API
    commands: tuple[str, ...]


def contents(manifest: Manifest, language: str) -> Contents:
    """Return what an addon brings, as it is called in a language; screens by the names they have in the menu."""
    said = catalogue([manifest.folder / "i18n"], language)

    def worded(name: str) -> str:
        message = said.get(name)
        return str(message.string) if message is not None and message.string else name

    place = list(LANGUAGES).index(language)
    return Contents(
        screens=tuple(worded(name) for name in _screens(manifest.folder)),
        reports=tuple(_reports(manifest.folder, place)),
        words=tuple(_words(manifest.folder, place)),
        settings=tuple(_settings(manifest.folder, place)),
        tables=tuple(_tables(manifest.folder)),
        calls=tuple(_classes(manifest.folder, "api")),
        commands=tuple(_commands(manifest.folder)),
    )


def _trees(folder: Path, module: str) -> Iterator[ast.Module]:
    """Yield the syntax trees of a module that is one file or a package."""
    for path in (folder / f"{module}.py", *sorted((folder / module).rglob("*.py"))):
        if path.is_file():
            yield ast.parse(path.read_bytes())


def _calls(folder: Path, module: str) -> Iterator[ast.Call]:
    for tree in _trees(folder, module):
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _screens(folder: Path) -> Iterator[str]:
    """Yield the names of menu entries, whatever the class is called in the file."""
    for call in _calls(folder, "views"):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if {"name", "category"} <= set(given):
            yield from _texts([given["name"]])


def _reports(folder: Path, language: int) -> Iterator[str]:
    """Yield the titles of documents to print: PAPERS of `documents`."""
    for tree in _trees(folder, "documents"):
        for node in tree.body:
            if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["PAPERS"]:
                yield from (_said([title], language) for title in getattr(node.value, "values", ()))


def _settings(folder: Path, language: int) -> Iterator[Named]:
    for call in _calls(folder, "vocabulary"):
        if ast.unparse(call.func) == "Setting":
            given = _given(call)
            yield from (Named(name, _said(given, language)) for name in _texts(given[:1]))


def _words(folder: Path, language: int) -> Iterator[Named]:
    """Yield the words of the rules: what any call but a setting's is first given, where it looks like `line.size`."""
    for call in _calls(folder, "vocabulary"):
        if ast.unparse(call.func) != "Setting":
            given = _given(call)
            yield from (Named(name, _said(given, language)) for name in _texts(given[:1]) if _WORD.fullmatch(name))


def _given(call: ast.Call) -> list[ast.expr]:
    """Return what a call is given, its name first."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return [*([named.pop("name")] if "name" in named else []), *call.args, *named.values()]


def _said(given: list[ast.expr], language: int) -> str:
    """Return the first text of all languages among what a call is given, in one of them."""
    for node in given:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Text":
            return next(_texts(node.args[language : language + 1]), "")
    return ""


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _tables(folder: Path) -> Iterator[str]:
    for tree in _trees(folder, "models"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["__tablename__"]:
                yield from _texts([node.value])


def _classes(folder: Path, module: str) -> Iterator[str]:
    for tree in _trees(folder, module):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Api"):
                yield node.name


def _commands(folder: Path) -> Iterator[str]:
    for tree in _trees(folder, "cli"):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(d) for d in node.decorator_list):
                yield node.name.rstrip("_").replace("_", "-")
