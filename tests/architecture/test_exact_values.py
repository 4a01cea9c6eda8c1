"""Money and ratios are whole numbers, and one file reads the time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.tree import Module, dotted, modules, told

CLOCK = "core/clock.py"
TIMES = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "date.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}
# Seconds of waiting and points on paper are not money.
NOT_MONEY = ("reports/", "core/clock.py", "core/jobs/", "core/web/", "core/cli/", "core/testing/", "rules/safety.py")


def _waits(tree: ast.Module) -> set[ast.AST]:
    """What stands inside a call of `sleep`: seconds."""
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and dotted(n.func).endswith("sleep"))
    return {node for call in calls for node in ast.walk(call)}


def _floats(module: Module) -> Iterator[ast.AST]:
    waits = _waits(module.tree)
    for node in ast.walk(module.tree):
        if node in waits:
            continue
        written = isinstance(node, ast.Constant) and isinstance(node.value, float)
        named = isinstance(node, ast.Name) and node.id == "float"
        column = isinstance(node, ast.Attribute | ast.Name) and dotted(node).split(".")[-1] in {"Float", "REAL"}
        if written or named or column:
            yield node


def test_no_float_comes_near_money_or_ratios() -> None:
    faults = [
        f"{module.at(node)} {ast.unparse(node)}: money is whole fen, a ratio whole basis points"
        for module in modules()
        if not module.name.startswith(NOT_MONEY)
        for node in _floats(module)
    ]
    assert not faults, told(faults)


def test_the_clock_alone_reads_the_time() -> None:
    faults = [
        f"{module.at(node)} {dotted(node.func)}(): ask core.clock, or take the time as an argument"
        for module in modules()
        if module.name != CLOCK
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func) in TIMES
    ]
    assert not faults, told(faults)


def test_the_clock_is_not_reached_by_other_names() -> None:
    faults = [
        f"{module.at(node)} from time import {alias.name}"
        for module in modules()
        if module.name != CLOCK
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
        if alias.name in {"time", "time_ns", "localtime", "gmtime"}
    ]
    assert not faults, told(faults)
