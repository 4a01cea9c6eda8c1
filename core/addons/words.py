"""The vocabulary of a set of addons, gathered from their vocabulary.py without a database."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from core.addons.discover import available
from core.addons.graph import in_order
from core.addons.manifest import Manifest
from rules.standard import STANDARD_FACTS
from rules.standard_effects import STANDARD_EFFECTS
from rules.vocabulary import Vocabulary, collect


def vocabulary(manifests: Iterable[Manifest] | None = None) -> Vocabulary:
    """Return the words of these addons (default: of all that are available) and the standard ones.

    Refuses with DuplicateWordError if a word has two owners.
    """
    if manifests is None:
        found = available()
        manifests = in_order(found, found)
    parts: list[tuple[str, Iterable, Iterable]] = [("rules", STANDARD_FACTS, STANDARD_EFFECTS)]  # type: ignore[type-arg]
    for manifest in manifests:
        name = f"{manifest.package}.vocabulary"
        if find_spec(name) is not None:
            module = import_module(name)
            parts.append((manifest.name, getattr(module, "FACTS", ()), getattr(module, "EFFECTS", ())))
    return collect(parts)
