"""The order of addons: each after what it depends on, ties by name; a wrong set is refused, naming the chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from core.addons.manifest import Manifest


class AddonsDoNotFit(Exception):
    """A dependency is missing or runs in a circle; the message names the chain."""


def in_order(names: Iterable[str], available: Mapping[str, Manifest]) -> list[Manifest]:
    """Return the named addons and everything they depend on, dependencies first.

    Refuses with AddonsDoNotFit.
    """
    needed: dict[str, tuple[str, ...]] = {}
    for name in sorted(names):
        _collect((name,), available, needed)
    sorter = TopologicalSorter({name: sorted(depends) for name, depends in needed.items()})
    try:
        sorter.prepare()
    except CycleError as circle:
        raise AddonsDoNotFit("a circle: " + " -> ".join(circle.args[1])) from circle
    ordered: list[Manifest] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [available[name] for name in ready]
        sorter.done(*ready)
    return ordered


def _collect(chain: tuple[str, ...], available: Mapping[str, Manifest], needed: dict[str, tuple[str, ...]]) -> None:
    name = chain[-1]
    if name in needed:
        return
    if name not in available:
        raise AddonsDoNotFit("missing: " + " -> ".join(chain))
    needed[name] = available[name].depends
    for other in available[name].depends:
        if other in chain:
            raise AddonsDoNotFit("a circle: " + " -> ".join((*chain, other)))
        _collect((*chain, other), available, needed)


def dependants(name: str, installed: Iterable[Manifest]) -> list[str]:
    """Return the installed addons that need this one, directly or not."""
    found: list[str] = []
    wanted = {name}
    remaining = list(installed)
    while True:
        new = [m for m in remaining if m.name not in wanted and wanted & set(m.depends)]
        if not new:
            return sorted(found)
        found += [m.name for m in new]
        wanted |= {m.name for m in new}
