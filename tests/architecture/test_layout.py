"""The tree of ARCHITECTURE.md, and nothing beside it."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import ROOT, files, functions, kept, manifests, modules, told

TOP = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "addons",
    "core",
    "dev",
    "docs",
    "pyproject.toml",
    "reports",
    "requirements",
    "rules",
    "setup.cfg",
    "tests",
}
# Names that say nothing: what is in such a file belongs where it is used.
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|stuff|base_?classes)$")

# SQLAlchemy asks its types, WTForms its fields and Flask-AppBuilder its views for these.
NOT_OUR_NAMES = {
    "process_bind_param",
    "process_result_value",
    "process_literal_param",
    "process_data",
    "process_formdata",
    "process_form",
}


def test_the_top_level_holds_what_the_architecture_names() -> None:
    assert {entry.name for entry in ROOT.iterdir() if kept(entry.name)} - TOP == set()


def test_no_file_has_a_name_that_says_nothing() -> None:
    names = [p.relative_to(ROOT).as_posix() for p in files() if EMPTY_NAMES.search(p.stem)]
    # Flask-AppBuilder's own name for the class in it.
    assert [name for name in names if name != "core/web/security/manager.py"] == []


def test_no_function_is_named_for_processing_or_handling() -> None:
    vague = re.compile(r"^_?(process|handle|do|manage)_")
    faults = [
        f"{m.at(f)} {f.name}"
        for m in modules()
        for f in functions(m.tree)
        if vague.match(f.name) and f.name not in NOT_OUR_NAMES
    ]
    assert not faults, told(faults)


def test_each_addon_has_a_manifest_and_says_what_it_is() -> None:
    folders = {path.parent.name for path in (ROOT / "addons").glob("*/__init__.py")}
    assert folders - set(manifests()) == set()


def test_the_init_file_of_an_addon_is_one_docstring() -> None:
    faults = [
        f"{m.at(m.tree.body[0])} imports or code" if m.tree.body else f"{m.name}:1 no docstring"
        for m in modules()
        # A package inside an addon (services of several files) gathers its parts in its own.
        if m.path.name == "__init__.py"
        and m.parts[0] == "addons"
        and len(m.parts) <= 3
        and not _is_docstring_alone(m.tree)
    ]
    assert not faults, told(faults)


def _is_docstring_alone(tree: ast.Module) -> bool:
    return len(tree.body) == 1 and ast.get_docstring(tree) is not None
