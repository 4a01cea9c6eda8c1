"""Short functions, said in a sentence."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator

from tests.architecture.tree import Function, Module, functions, modules, told

LONGEST = 50
MEDIAN = 7


def _lines(function: Function) -> int:
    """Lines of code: from `def` to the end, without the docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def test_no_function_is_over_fifty_lines() -> None:
    faults = [
        f"{m.at(f)} {f.name}: {_lines(f)} lines" for m in modules() for f in functions(m.tree) if _lines(f) > LONGEST
    ]
    assert not faults, told(faults)


def test_the_median_function_is_short() -> None:
    median = statistics.median(_lines(f) for m in modules() for f in functions(m.tree))
    assert median <= MEDIAN, f"the median function has {median} lines"


def _public(module: Module) -> Iterator[ast.AST]:
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (f for f in node.body if isinstance(f, Function) and not f.name.startswith("_"))


def _is_read_by_people(module: Module) -> bool:
    return bool(module.parts[0] in {"core", "rules", "reports"} or {"services", "services.py"} & set(module.parts))


def _is_overload(node: ast.AST) -> bool:
    return isinstance(node, Function) and any(
        isinstance(d, ast.Name | ast.Attribute) and ast.unparse(d).endswith(("overload", "override", ".setter"))
        for d in node.decorator_list
    )


def test_what_is_public_says_what_it_does() -> None:
    faults = [
        f"{module.at(node)} {getattr(node, 'name', '')} has no docstring"
        for module in modules()
        if _is_read_by_people(module)
        for node in _public(module)
        if isinstance(node, Function | ast.ClassDef) and not _is_overload(node) and ast.get_docstring(node) is None
    ]
    assert not faults, told(faults)
