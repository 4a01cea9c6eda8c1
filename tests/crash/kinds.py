"""The kinds of posting that the code names: read from its syntax, so that a new one cannot be forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from addons.points import services as points
from addons.sales.services import importing
from addons.settlement import services as settlement
from addons.till.services import STEPS

ROOT = Path(__file__).parents[2]
#: What begins a posting, and takes its kind first.
BEGINNINGS = {"Operation", "post_form", "post_action"}
#: Books whose months are closed.
_CLOSED = (points.MONTHS.book, settlement.MONTHS.book)
#: Kinds that are said elsewhere than at a call: steps of addresses, and what is due on a day.
ELSEWHERE = {
    "addons/till/views/member.py: f'till.{step}'": {f"till.{step}" for step in STEPS},
    "addons/till/views/till.py: f'till.{step}'": {f"till.{step}" for step in STEPS},
    "addons/sales/services/importing.py: kind": {kind for kind, *_ in importing._DUE},
    "core/cli/closing.py: kind": {f"{book}.{step}_close" for book in _CLOSED for step in ("ask", "decide")},
    "core/web/closing.py: f'{self.months.book}.ask_close'": {f"{book}.ask_close" for book in _CLOSED},
    "core/web/posting.py: kind": set(),  # `post_form` and `post_action` themselves
}


@dataclass(frozen=True)
class Place:
    """Where a posting begins: the expression of its kind, in a function of a module."""

    module: str
    tree: ast.Module
    within: ast.FunctionDef | None
    kind: ast.expr

    def __str__(self) -> str:
        return f"{self.module}: {ast.unparse(self.kind)}"

    def named(self) -> set[str]:
        """Return the kinds it may have; none where they cannot be read."""
        if str(self) in ELSEWHERE:
            return ELSEWHERE[str(self)]
        match self.kind:
            case ast.Constant(value=str(kind)):
                return {kind}
            case ast.Attribute(attr=attribute):
                return _attributes(attribute)
            case ast.JoinedStr(values=[ast.Constant(value=str(head)), ast.FormattedValue(value=ast.Name(id=name))]):
                return {f"{head}{end}" for end in self._given(name)}
            case ast.Name(id=name):
                return self._given(name)
        return set()

    def _given(self, name: str) -> set[str]:
        """Return what the function is given for one of its arguments, in its module."""
        if self.within is None:
            return set()
        names = [argument.arg for argument in self.within.args.args if argument.arg != "self"]
        if name not in names:
            return set()
        return {
            call.args[names.index(name)].value  # type: ignore[attr-defined]
            for call in ast.walk(self.tree)
            if isinstance(call, ast.Call)
            and _called(call) == self.within.name
            and len(call.args) > names.index(name)
            and isinstance(call.args[names.index(name)], ast.Constant)
        }


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for top in ("core", "addons"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = set(path.relative_to(ROOT).parts)
            if not parts & {"tests", "demo", "api", "migrations"}:  # `Operation` of the API is a call of a till
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _attributes(name: str) -> set[str]:
    """Return what classes say an attribute is."""
    return {
        node.value.value
        for _, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and [ast.unparse(target) for target in node.targets] == [name]
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def places() -> Iterator[Place]:
    """Return every place in the product where a posting begins."""
    for module, tree in _modules():
        within: dict[ast.AST, ast.FunctionDef] = {}
        for function in ast.walk(tree):  # outer ones first, so that the inner one stays
            if isinstance(function, ast.FunctionDef):
                within |= dict.fromkeys(ast.walk(function), function)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in BEGINNINGS and node.args:
                yield Place(module, tree, within.get(node), node.args[0])
