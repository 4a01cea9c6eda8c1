"""The addons and what each needs, as a picture: columns from left to right, each addon after what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.addons.manifest import Manifest

WIDE, HIGH = 112, 36
_BESIDE, _BELOW, _EDGE = 40, 16, 8


@dataclass(frozen=True, slots=True)
class Box:
    """An addon in the picture; whole units of length."""

    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """From an addon to one that needs it."""

    start: str
    end: str
    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and lines, with the size of the whole."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def picture(manifests: Iterable[Manifest]) -> Picture:
    """Lay the addons out; what an addon needs through another one is not drawn again."""
    known = {manifest.name: manifest for manifest in manifests}
    needs = {name: [n for n in manifest.depends if n in known] for name, manifest in known.items()}
    columns: dict[int, list[str]] = {}
    for name in sorted(known):
        columns.setdefault(_depth(name, needs, ()), []).append(name)
    boxes = {name: box for depth, names in columns.items() for name, box in _column(depth, names)}
    lines = [
        Line(need, name, _curve(boxes[need], boxes[name]))
        for name in sorted(known)
        for need in _nearest(needs[name], needs)
    ]
    most = max((len(names) for names in columns.values()), default=0)
    width = _EDGE * 2 + max(len(columns) * (WIDE + _BESIDE) - _BESIDE, 0)
    return Picture(tuple(boxes.values()), tuple(lines), width, _EDGE * 2 + max(most * (HIGH + _BELOW) - _BELOW, 0))


def _depth(name: str, needs: Mapping[str, list[str]], chain: tuple[str, ...]) -> int:
    """Return the column of an addon; a circle, which cannot be installed anyway, ends where it closes."""
    before = [n for n in needs[name] if n not in chain]
    return 1 + max(_depth(n, needs, (*chain, name)) for n in before) if before else 0


def _column(depth: int, names: list[str]) -> list[tuple[str, Box]]:
    x = _EDGE + depth * (WIDE + _BESIDE)
    return [(name, Box(name, x, _EDGE + row * (HIGH + _BELOW))) for row, name in enumerate(names)]


def _nearest(direct: list[str], needs: Mapping[str, list[str]]) -> list[str]:
    farther = {deep for near in direct for deep in _all(near, needs, set())}
    return [name for name in direct if name not in farther]


def _all(name: str, needs: Mapping[str, list[str]], seen: set[str]) -> set[str]:
    for need in needs[name]:
        if need not in seen:
            seen.add(need)
            _all(need, needs, seen)
    return seen


def _curve(start: Box, end: Box) -> str:
    x1, y1, x2, y2 = start.x + WIDE, start.y + HIGH // 2, end.x, end.y + HIGH // 2
    bend = _BESIDE // 2
    return f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
