"""Installing, upgrading and removing addons: tables, data, permissions and the record of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from core.addons import registry
from core.addons.data import load_file
from core.addons.discover import available
from core.addons.graph import dependants, in_order
from core.addons.manifest import Manifest
from core.db import migrate, roles
from core.db.models import Generation, InstalledAddon
from core.db.scope import system_scope
from core.db.session import reading, work
from core.errors import NotFound, Refusal


class AddonIsNeeded(Refusal):
    """An addon that others depend on."""

    sentence = "%(addon)s is needed by %(needed_by)s."
    addon: str
    needed_by: str


def present(engine: Engine) -> list[str]:
    """Return the names of the installed addons; none before the first migration."""
    if not inspect(engine).has_table(InstalledAddon.__tablename__):
        return []
    with system_scope("reading what is installed"), work() as session:
        return sorted(registry.installed(session))


def load_installed(engine: Engine) -> registry.Registry:
    """Load the installed addons into this process."""
    return registry.load(present(engine))


def install(engine: Engine, names: Iterable[str], now: datetime) -> list[str]:
    """Install addons and what they depend on; return the names that are new.

    Refuses with NotFound for an unknown name; AddonsDoNotFit for a dependency that is missing.
    """
    found = available()
    for name in names:
        if name not in found:
            raise NotFound(what="addon", which=name)
    before = present(engine)
    loaded = registry.load([*before, *names])
    _bring_up(engine, loaded.manifests, now)
    return [m.name for m in loaded.manifests if m.name not in before]


def upgrade(engine: Engine, now: datetime) -> None:
    """Bring the tables and the shipped data of everything installed up to date."""
    _bring_up(engine, load_installed(engine).manifests, now)


def uninstall(engine: Engine, name: str, *, purge: bool = False) -> None:
    """Remove an addon; its tables and rows stay unless `purge`.

    Refuses with NotFound if it is not installed, AddonIsNeeded while another installed addon depends on it, and with
    whatever an addon's `MAY_UNINSTALL(session, name)` refuses with (its words are in a live rule book, say).
    """
    before = present(engine)
    if name not in before:
        raise NotFound(what="installed addon", which=name)
    manifests = in_order(before, available())
    needed_by = dependants(name, manifests)
    if needed_by:
        raise AddonIsNeeded(addon=name, needed_by=", ".join(needed_by))
    loaded = registry.load(before)
    with system_scope(f"uninstall {name}"), reading() as session:
        for _, may_uninstall in loaded.constants("services", "MAY_UNINSTALL"):
            may_uninstall(session, name)
    if purge:
        migrate.downgrade(engine, manifests, name)
    with system_scope(f"uninstall {name}"), work() as session:
        session.delete(session.get_one(InstalledAddon, name))
        _next_generation(session)
    registry.load([other for other in before if other != name])


def generation(session: Session) -> int:
    """Return the number of the present set of addons."""
    return session.scalar(select(Generation.number)) or 0


def _bring_up(engine: Engine, manifests: Sequence[Manifest], now: datetime) -> None:
    migrate.upgrade(engine, manifests)
    roles.refresh(engine)
    with system_scope("install addons"), work() as session:
        changed = [_record(session, manifest, now) for manifest in manifests]
        if any(changed):
            _next_generation(session)


def _record(session: Session, manifest: Manifest, now: datetime) -> bool:
    """Load the addon's data and write down its version; tell whether anything is new."""
    row = session.get(InstalledAddon, manifest.name)
    new = row is None
    if row is None:
        row = InstalledAddon(name=manifest.name, version="", installed_at=now, loaded=[])
        session.add(row)
    for name in manifest.data["always"]:
        load_file(session, manifest, name)
    for name in manifest.data["once"]:
        if name not in row.loaded:
            load_file(session, manifest, name)
            row.loaded = [*row.loaded, name]
    changed = new or row.version != manifest.version
    row.version = manifest.version
    return changed


def _next_generation(session: Session) -> None:
    row = session.get(Generation, 1)
    if row is None:
        session.add(Generation(id=1, number=1))
    else:
        row.number += 1
