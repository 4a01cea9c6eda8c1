"""Which characters the print fonts can draw."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from reports.env import FONT_FILES


@cache
def covered() -> frozenset[int]:
    """The code points that both weights have; read once per process (0.06 s each)."""
    return frozenset.intersection(*map(_points, FONT_FILES))


def _points(path: Path) -> frozenset[int]:
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())
