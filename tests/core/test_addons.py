"""Manifests, order and discovery of addons: wrong ones are refused with a message that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.addons.graph import AddonsDoNotFit, dependants, in_order
from core.addons.manifest import Manifest, ManifestError, read_manifest

GOOD = """
name = "lending"
version = "1.0"
title = { zh_hant = "借", zh_hans = "借", en = "Lending" }
summary = { zh_hant = "借衣", zh_hans = "借衣", en = "Lending clothes" }
depends = ["stores"]
"""


def write(folder: Path, text: str) -> Path:
    """Write a manifest into folder/lending."""
    home = folder / "lending"
    home.mkdir()
    (home / "manifest.toml").write_text(text, "utf-8")
    return home


def manifest(folder: Path, name: str, *depends: str) -> Manifest:
    """Return the manifest of an addon made up for a test."""
    home = folder / name
    home.mkdir()
    text = GOOD.replace("lending", name).replace('["stores"]', repr(list(depends)).replace("'", '"'))
    (home / "manifest.toml").write_text(text, "utf-8")
    return read_manifest(home)


def test_a_good_manifest_is_read(tmp_path: Path) -> None:
    """Names, texts and dependencies are there."""
    found = read_manifest(write(tmp_path, GOOD))
    assert (found.name, found.depends, found.package) == ("lending", ("stores",), "addons.lending")
    assert found.title.in_language("zh_Hant_TW") == "借"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("version", "verzion"), "unknown key"),
        (('"1.0"', "1.0"), "version"),
        (('"lending"', '"Lending"'), "name"),
        ((', en = "Lending" }', " }"), "title"),
        (('["stores"]', '"stores"'), "depends"),
        (("= {", "= ["), "manifest.toml"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    """Each mistake is named."""
    with pytest.raises(ManifestError, match=complaint):
        read_manifest(write(tmp_path, GOOD.replace(*change, 1)))


def test_dependencies_come_first_and_ties_by_name(tmp_path: Path) -> None:
    """The order does not depend on how folders are read."""
    found = {
        "d": manifest(tmp_path, "d", "b", "c"),
        "c": manifest(tmp_path, "c", "a"),
        "b": manifest(tmp_path, "b", "a"),
        "a": manifest(tmp_path, "a"),
    }
    assert [m.name for m in in_order(["d"], found)] == ["a", "b", "c", "d"]
    assert dependants("a", found.values()) == ["b", "c", "d"]
    assert dependants("d", found.values()) == []


def test_a_missing_dependency_names_the_chain(tmp_path: Path) -> None:
    """So that one knows who wants it."""
    found = {"d": manifest(tmp_path, "d", "b"), "b": manifest(tmp_path, "b", "nowhere")}
    with pytest.raises(AddonsDoNotFit, match="d -> b -> nowhere"):
        in_order(["d"], found)


def test_a_circle_is_refused(tmp_path: Path) -> None:
    """Nobody can be first in a circle."""
    found = {"a": manifest(tmp_path, "a", "b"), "b": manifest(tmp_path, "b", "a")}
    with pytest.raises(AddonsDoNotFit, match="circle"):
        in_order(["a"], found)
