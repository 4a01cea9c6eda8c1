"""Across addons: only what the manifest's `depends` says, and only the open part of the other addon.

import-linter (setup.cfg) holds the directions between the packages and inside an addon.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.tree import Module, manifests, modules, told

OPEN = {"models", "queries", "services", "domain", "vocabulary"}


def _imports(module: Module) -> Iterator[tuple[ast.AST, list[str]]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            path = node.module.split(".")
            if path[0] == "addons" and len(path) < 3:  # `from addons.points import services`
                yield from ((node, [*path, alias.name]) for alias in node.names)
            else:
                yield node, path


def _across(module: Module) -> Iterator[tuple[ast.AST, str, str]]:
    for node, path in _imports(module):
        if path[0] == "addons" and len(path) > 1 and path[1] != module.parts[1]:
            yield node, path[1], path[2] if len(path) > 2 else ""


def _allowed(module: Module) -> set[str]:
    manifest = manifests().get(module.parts[1], {})
    bridged = {module.path.stem} if "bridges" in module.parts else set()
    return set(manifest.get("depends", ())) | (bridged & set(manifest.get("enhances", ())))


def test_an_addon_imports_only_addons_its_manifest_depends_on() -> None:
    faults = [
        f"{module.at(node)} imports addons.{other}; the manifest of {module.parts[1]} does not depend on it"
        for module in modules()
        if module.parts[0] == "addons" and len(module.parts) > 2
        for node, other, _ in _across(module)
        if other not in _allowed(module)
    ]
    assert not faults, told(faults)


def test_an_addon_imports_only_the_open_part_of_another() -> None:
    faults = [
        f"{module.at(node)} imports addons.{other}.{part}; open are {', '.join(sorted(OPEN))}"
        for module in modules()
        if module.parts[0] == "addons" and len(module.parts) > 2
        for node, other, part in _across(module)
        if part not in OPEN
    ]
    assert not faults, told(faults)


def test_a_manifest_depends_on_addons_that_exist() -> None:
    named = {other for manifest in manifests().values() for other in manifest.get("depends", ())}
    assert named - set(manifests()) == set()


def test_the_kernel_and_the_pure_packages_name_no_addon() -> None:
    faults = [
        f"{module.at(node)} imports {'.'.join(path)}"
        for module in modules()
        for node, path in _imports(module)
        if (module.parts[0] != "addons" and path[0] == "addons")
        or (module.parts[0] == "rules" and path[0] in {"core", "reports"})
        or (module.parts[0] == "reports" and path[0] in {"core", "rules"})
    ]
    assert not faults, told(faults)
