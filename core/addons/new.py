"""`guibin addons new NAME`: a small working addon that keeps its contract at once, as a place to begin."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from core.addons.discover import available
from core.addons.registry import load
from core.db import migrate, session
from core.errors import Invalid

_NAME = re.compile(r"[a-z][a-z0-9]{2,20}")


def write_addon(name: str, folder: Path | None = None) -> Path:
    """Write addons/NAME (below `folder`, default the product's own addons) with its first migration and tests.

    Refuses with Invalid a name that is taken or no short lower-case word.
    """
    if not _NAME.fullmatch(name):
        raise Invalid(field="name", problem="use 3 to 21 lower-case letters and digits")
    if name in available():
        raise Invalid(field="name", problem=f"{name} is taken")
    home = (folder or Path(str(files("addons").joinpath("")))).absolute()
    target = home / name
    words = {"NAME": name, "TITLE": name.capitalize()}
    _copy(Path(str(files("core.addons").joinpath("skeleton"))), target, words)
    _write_first_migration(name, home, target)
    return target


def _copy(source: Path, target: Path, words: dict[str, str]) -> None:
    for path in sorted(source.rglob("*.template")):
        text = path.read_text("utf-8")
        for word, meaning in words.items():
            text = text.replace(f"@{word}@", meaning)
        to = target / path.relative_to(source).with_suffix("")
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, "utf-8")


def _write_first_migration(name: str, home: Path, target: Path) -> None:
    manifests = load([name] if name in available([home]) else []).manifests
    scratch = target / "scratch.db"
    engine = session.connect(f"sqlite:///{scratch}")
    migrate.upgrade(engine, manifests)
    migrate.write_revision(engine, manifests, name, "Tables")
    session.disconnect()
    for leftover in target.glob("scratch.db*"):
        leftover.unlink()
