"""What is written about the product is true of it: paths exist, links lead somewhere, chores are real."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files, modules, told

PAGES = [path for path in files() if path.suffix == ".md"]
# Keys of Flask's configuration that the product sets for itself.
FLASK_KEYS = {"GUIBIN_TRANSLATIONS"}
LINK = re.compile(r"\[[^\]]+\]\((?!https?:|#)([^)#]+)")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _tree() -> list[Path]:
    """The paths drawn in ARCHITECTURE.md: a name at the left margin is a folder, what is indented is within it."""
    drawn = _text(ROOT / "ARCHITECTURE.md").split("```")[1]
    found, folder = [], Path()
    for line in filter(str.strip, drawn.splitlines()):
        names = re.split(r"\s{3,}", line.strip())[0].split()
        if not line.startswith(" "):
            folder = Path(names[0])
        found += [folder / name if line.startswith(" ") else Path(name) for name in names]
    return found


def test_the_tree_in_the_architecture_is_the_tree() -> None:
    faults = [str(path) for path in _tree() if not (ROOT / path).exists()]
    assert not faults, told(faults)


def test_every_module_of_the_kernel_is_in_the_tree() -> None:
    drawn = {path.parts[1].removesuffix("/") for path in _tree() if path.parts[0] == "core" and len(path.parts) > 1}
    there = {p.name for p in (ROOT / "core").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert there - {"__init__.py"} - drawn == set()


def test_every_link_leads_somewhere() -> None:
    faults = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in LINK.findall(_text(page))
        if not (page.parent / target).exists()
    ]
    assert not faults, told(faults)


def test_every_chore_that_is_named_exists() -> None:
    chores = set(re.findall(r"^\./dev (\w+)", _text(ROOT / "dev"), re.MULTILINE)) | {"help"}
    named = {(page.name, verb) for page in PAGES for verb in re.findall(r"\./dev (\w+)", _text(page))}
    assert {pair for pair in named if pair[1] not in chores} == set()


def test_every_page_of_the_handbook_can_be_reached_from_its_first_page() -> None:
    first = ROOT / "docs/handbook/README.md"
    linked = {(first.parent / target).resolve() for target in LINK.findall(_text(first))}
    pages = {p for p in PAGES if first.parent in p.parents and p != first}
    assert {str(p.relative_to(ROOT)) for p in pages if p not in linked and p.parent not in linked} == set()


def test_every_variable_of_the_environment_is_explained_once_and_read_somewhere() -> None:
    variable = re.compile(r"\bGUIBIN_(?!TEST_)[A-Z_]+\b")
    read = {name for module in modules() for name in variable.findall(ast.unparse(module.tree))} - FLASK_KEYS
    told_of = variable.findall(_text(ROOT / "docs/handbook/deployment.md").split("## Settings of the environment")[1])
    assert read - set(told_of) == set()
    assert set(told_of) - read == set()


def _rows() -> list[list[str]]:
    lines = [line for line in _text(ROOT / "docs/handbook/glossary.md").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "English" and not row[0].startswith("---")]


def test_the_glossary_has_each_word_in_three_languages_once() -> None:
    rows = _rows()
    assert len(rows) >= 80
    assert [row[0] for row in rows if not all(row[:3])] == []
    names = [row[0] for row in rows]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


@pytest.mark.parametrize("column", [1, 2])
def test_the_glossary_mixes_no_scripts(column: int) -> None:
    """Traditional and Simplified have separate columns; a telling character in the wrong one is a slip of the pen."""
    traditional, simplified = (
        "會員門區積術貴賓點額轉啟證補號擇禮預發規則條決價營銷與導購審實際總關",
        "会员门区积术贵宾点额转启证补号择礼预发规则条决价营销与导购审实际总关",
    )
    wrong = set(simplified if column == 1 else traditional) - set(traditional if column == 1 else simplified)
    assert [row[column] for row in _rows() if wrong & set(row[column])] == []
