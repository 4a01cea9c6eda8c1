"""The repository as the architecture tests see it: its files, and the syntax trees of its code."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "rules", "reports", "addons")
# Made on the machine, never part of the repository.
MADE = {"var", "build", "dist", "node_modules", "__pycache__"}
OURS_WITH_A_DOT = {".ci", ".gitignore"}


@dataclass(frozen=True)
class Module:
    """A Python file of the product and its syntax tree."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the root, as it is written in messages."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file name."""
        return self.path.relative_to(ROOT).parts

    def at(self, node: ast.AST) -> str:
        """Where a node stands: file:line."""
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


def kept(name: str) -> bool:
    """Whether a file or folder of this name belongs to the repository."""
    hidden = name.startswith(".") and name not in OURS_WITH_A_DOT
    return not hidden and name not in MADE and not name.endswith((".egg-info", ".pyc"))


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if kept(name)]
        yield from (Path(place, name) for name in names if kept(name))


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the product, without tests and migrations."""
    return tuple(
        Module(path, ast.parse(path.read_bytes(), filename=str(path)))
        for path in files()
        if path.suffix == ".py" and _is_product(path.relative_to(ROOT).parts)
    )


def _is_product(parts: tuple[str, ...]) -> bool:
    return parts[0] in PACKAGES and not {"tests", "migrations", "versions", "skeleton"} & set(parts[:-1])


@cache
def manifests() -> dict[str, dict[str, Any]]:
    """The manifest of each addon, by the name of its folder."""
    found = sorted((ROOT / "addons").glob("*/manifest.toml"))
    return {path.parent.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in found}


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function of a file, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def told(faults: list[str]) -> str:
    """The message of a failing test: one fault a line."""
    return "\n" + "\n".join(faults)
