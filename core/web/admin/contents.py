"""What an addon brings: screens, words for the rules, settings, tables; read from its files, never executed.

An addon that is not installed must not be imported here: its tables would become those of this process.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.addons.manifest import Manifest
from core.web.languages import catalogue


@dataclass(frozen=True, slots=True)
class Contents:
    """Names in the order they are written."""

    screens: tuple[str, ...]
    words: tuple[str, ...]
    settings: tuple[str, ...]
    tables: tuple[str, ...]
    calls: tuple[str, ...]  # classes of its API
    commands: tuple[str, ...]


def contents(manifest: Manifest, language: str) -> Contents:
    """Return what an addon brings; screens by the names they have in the menu, in a language."""
    said = catalogue([manifest.folder / "i18n"], language)

    def worded(name: str) -> str:
        message = said.get(name)
        return str(message.string) if message is not None and message.string else name

    return Contents(
        screens=tuple(worded(name) for name in _called(manifest.folder, "views", {"Entry"}, "name", 1)),
        words=tuple(_called(manifest.folder, "vocabulary", {"Fact", "Effect"}, "name", 0)),
        settings=tuple(_called(manifest.folder, "vocabulary", {"Setting"}, "name", 0)),
        tables=tuple(_tables(manifest.folder)),
        calls=tuple(_classes(manifest.folder, "api")),
        commands=tuple(_commands(manifest.folder)),
    )


def _trees(folder: Path, module: str) -> Iterator[ast.Module]:
    """Yield the syntax trees of a module that is one file or a package."""
    for path in (folder / f"{module}.py", *sorted((folder / module).rglob("*.py"))):
        if path.is_file():
            yield ast.parse(path.read_bytes())


def _called(folder: Path, module: str, names: set[str], keyword: str, place: int) -> Iterator[str]:
    """Yield the texts given as `keyword`, or at `place`, to calls of these names."""
    for tree in _trees(folder, module):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                given = [*(k.value for k in node.keywords if k.arg == keyword), *node.args[place : place + 1]]
                yield from _texts(given[:1])


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
