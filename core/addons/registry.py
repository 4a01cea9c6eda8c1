"""The addons in force in this process: loaded once at start, models first, then everything else; failures are loud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import bus, settings
from core.addons import codes, person
from core.addons.discover import available
from core.addons.graph import in_order
from core.addons.manifest import Manifest
from core.addons.words import vocabulary
from core.db.base import metadata
from core.db.models import InstalledAddon
from rules.vocabulary import Vocabulary

#: Loaded in this order for all addons before the next: a mapped class must be complete before a view looks at it.
_MODULES = ("models", "vocabulary", "queries", "services", "facts", "effects", "documents")


@dataclass(slots=True)
class Registry:
    """What the loaded addons bring; one a process."""

    manifests: tuple[Manifest, ...]
    modules: dict[tuple[str, str], ModuleType] = field(default_factory=dict)

    def constants(self, module: str, name: str) -> Iterator[tuple[Manifest, Any]]:
        """Yield an addon's constant `name` of `module` for all addons that have it, in order."""
        for manifest in self.manifests:
            found = getattr(self._module(manifest, module), name, None)
            if found is not None:
                yield manifest, found

    def items(self, module: str, name: str) -> list[Any]:
        """Return the items of all addons' tuples `name` in `module`, in order."""
        return [item for _, items in self.constants(module, name) for item in items]

    def vocabulary(self) -> Vocabulary:
        """Return the words of the loaded addons."""
        return vocabulary(self.manifests)

    def views(self) -> list[Any]:
        """Return the menu entries (core.web.menu.Entry) of all addons."""
        return self.items("views", "VIEWS")

    def hidden_views(self) -> list[type]:
        """Return the views without a menu entry."""
        return self.items("views", "HIDDEN_VIEWS")

    def apis(self) -> list[type]:
        """Return the API classes of all addons."""
        return self.items("api", "APIS")

    def books(self) -> list[Any]:
        """Return the ledgers (core.ledger.books.Book) of all addons."""
        return self.items("queries", "LEDGERS")

    def commands(self) -> list[Any]:
        """Return the click commands of all addons."""
        return self.items("cli", "COMMANDS")

    def scope_provider(self) -> Any | None:
        """Return the function (session, user id) -> Scope of the addon that has one."""
        return next((found for _, found in self.constants("services", "SCOPE_PROVIDER")), None)

    def translations(self) -> list[Path]:
        """Return the i18n folders that exist, in order."""
        return [path for m in self.manifests if (path := m.folder / "i18n").is_dir()]

    def load_jobs(self) -> None:
        """Import the jobs of all addons, so that they can be run by name."""
        import_module("core.web.security.models")  # a job's row names who asked: the table of accounts must be known
        for manifest in self.manifests:
            self._module(manifest, "jobs")

    def _module(self, manifest: Manifest, name: str) -> ModuleType | None:
        key = (manifest.name, name)
        if key not in self.modules:
            full = f"{manifest.package}.{name}"
            if find_spec(full) is None:
                return None
            self.modules[key] = import_module(full)
        return self.modules[key]

    def _load(self) -> None:
        for name in _MODULES:
            for manifest in self.manifests:
                self._module(manifest, name)
        for constant in ("APPEND_ONLY", "PERSONAL"):
            for table in self.items("models", constant):
                metadata.tables[table].info[constant.lower()] = True
        for _, declared in self.constants("vocabulary", "SETTINGS"):
            settings.declare(declared)
        for _, known in self.constants("queries", "KNOWN_CODES"):
            codes.declare(known)
        for manifest, hooks in self.constants("services", "PERSON"):
            person.declare(manifest.name, hooks)
        for _, subscribers in self.constants("services", "SUBSCRIBERS"):
            for event, subscriber in subscribers.items():
                bus.subscribe(event, subscriber)


_registry: Registry | None = None


def load(names: Iterable[str]) -> Registry:
    """Load these addons and what they depend on, in place of those loaded before."""
    global _registry  # noqa: PLW0603 - one set of addons a process
    bus.unsubscribe_all()
    settings.forget()
    person.forget()
    codes.forget()
    registry = Registry(tuple(in_order(names, available())))
    registry._load()  # noqa: SLF001 - the module's own class
    _registry = registry
    return registry


def loaded() -> Registry:
    """Return the registry of this process; RuntimeError before `load`."""
    if _registry is None:
        message = "no addons are loaded"
        raise RuntimeError(message)
    return _registry


def installed(session: Session) -> Mapping[str, str]:
    """Return the installed addons and their versions."""
    return dict(session.execute(select(InstalledAddon.name, InstalledAddon.version)).all())
