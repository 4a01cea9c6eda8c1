"""An addon's manifest.toml: read and checked, never executed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.vocabulary import Text

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_KEYS = {"name", "title", "summary", "version", "depends", "enhances", "icon", "data"}
_LANGUAGES = {"zh_hant", "zh_hans", "en"}


class ManifestError(Exception):
    """A manifest that cannot be taken; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an addon says of itself; data lists name files below its folder."""

    name: str
    title: Text
    summary: Text
    version: str
    depends: tuple[str, ...]
    enhances: tuple[str, ...]
    icon: str
    data: Mapping[str, tuple[str, ...]]  # always, once, demo
    folder: Path

    @property
    def package(self) -> str:
        """Return the import name."""
        return f"addons.{self.name}"


def read_manifest(folder: Path) -> Manifest:
    """Read folder/manifest.toml; ManifestError for unknown keys, missing ones and wrong types."""
    path = folder / "manifest.toml"
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise ManifestError(f"{path}: {problem}") from problem
    reader = _Reader(path, raw)
    reader.only(raw, _KEYS)
    if folder.name != raw.get("name"):
        raise ManifestError(f"{path}: the name must be that of the folder, {folder.name}")
    return Manifest(
        name=reader.matching("name", _NAME),
        title=reader.text("title"),
        summary=reader.text("summary"),
        version=reader.matching("version", _VERSION),
        depends=reader.names(raw, "depends"),
        enhances=reader.names(raw, "enhances"),
        icon=str(raw.get("icon", "fa-puzzle-piece")),
        data=reader.data(),
        folder=folder,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    raw: Mapping[str, Any]

    def only(self, table: Mapping[str, Any], allowed: set[str]) -> None:
        unknown = sorted(set(table) - allowed)
        if unknown:
            raise ManifestError(f"{self.path}: unknown key {', '.join(unknown)}")

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        found = self.raw.get(key)
        if not isinstance(found, str) or not pattern.fullmatch(found):
            raise ManifestError(f"{self.path}: {key} = {found!r} is not allowed")
        return found

    def text(self, key: str) -> Text:
        found = self.raw.get(key)
        if not isinstance(found, dict) or set(found) != _LANGUAGES or not all(found.values()):
            raise ManifestError(f"{self.path}: {key} needs zh_hant, zh_hans and en")
        return Text(**found)

    def names(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise ManifestError(f"{self.path}: {key} must be a list of names")
        return tuple(found)

    def data(self) -> Mapping[str, tuple[str, ...]]:
        table = self.raw.get("data", {})
        if not isinstance(table, dict):
            raise ManifestError(f"{self.path}: data must be a table")
        self.only(table, {"always", "once", "demo"})
        return {key: self.names(table, key) for key in ("always", "once", "demo")}
