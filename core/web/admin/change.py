"""Changing the set of addons: what would happen, and the job that does it in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, inspect, select, table
from sqlalchemy.orm import Session

from core import clock
from core.addons import install, registry
from core.addons.discover import available
from core.addons.graph import AddonsDoNotFit, dependants, in_order
from core.addons.manifest import Manifest
from core.addons.registry import Registry
from core.db import migrate
from core.db.base import metadata
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import engine, reading
from core.errors import NotFound, Refusal
from core.jobs import Progress, job
from core.jobs.run import record
from core.web import background, workers
from core.web.admin.refusals import ChangeIsRunning

JOB = "core.change_addons"
VERBS = ("install", "upgrade", "uninstall")
#: A change whose process was killed is not waited for any longer.
_FORGOTTEN_AFTER = timedelta(minutes=15)
_STEPS = 3


class AddonCannotBeInstalled(Refusal):
    """An addon whose dependencies are missing or run in a circle."""

    sentence = "This addon cannot be installed: %(problem)s."
    problem: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change would do; `refusal` says why it cannot be done."""

    verb: str
    addon: Manifest
    also: tuple[str, ...] = ()  # installed with it
    needed_by: tuple[str, ...] = ()
    rows: Mapping[str, int] | None = None  # by table; they stay
    revisions: tuple[str, ...] = ()  # migrations to be applied
    refusal: Refusal | None = None


def plan(session: Session, loaded: Registry, verb: str, name: str) -> Plan:
    """Return what a change would do, without doing anything.

    Refuses with NotFound for an addon that is not there, or a verb that does not fit its state.
    """
    found, present = available(), registry.installed(session)
    if name not in found or verb not in VERBS or (verb == "install") == (name in present):
        raise NotFound(what="addon", which=name)
    planned: Mapping[str, Callable[[], Plan]] = {
        "install": lambda: _install(found, present, name),
        "upgrade": lambda: _upgrade(found, present, name),
        "uninstall": lambda: _uninstall(loaded, found, present, name),
    }
    return planned[verb]()


def _install(found: Mapping[str, Manifest], present: Mapping[str, str], name: str) -> Plan:
    try:
        needed = in_order([name], found)
    except AddonsDoNotFit as problem:
        return Plan("install", found[name], refusal=AddonCannotBeInstalled(problem=str(problem)))
    also = tuple(m.name for m in needed if m.name != name and m.name not in present)
    return Plan("install", found[name], also=also)


def _upgrade(found: Mapping[str, Manifest], present: Mapping[str, str], name: str) -> Plan:
    revisions = migrate.pending(engine(), in_order(present, found))
    return Plan("upgrade", found[name], revisions=tuple(revisions))


def _uninstall(loaded: Registry, found: Mapping[str, Manifest], present: Mapping[str, str], name: str) -> Plan:
    needed_by = dependants(name, in_order(present, found))
    needed = install.AddonIsNeeded(addon=name, needed_by=", ".join(needed_by)) if needed_by else None
    refusal = needed or _refused(loaded, name)
    return Plan("uninstall", found[name], needed_by=tuple(needed_by), rows=rows_of(loaded, name), refusal=refusal)


def _refused(loaded: Registry, name: str) -> Refusal | None:
    """Return what another addon has against the removal: its words are in a live rule book, say."""
    with system_scope(f"would {name} be removed"), reading() as session:
        for _, may_uninstall in loaded.constants("services", "MAY_UNINSTALL"):
            try:
                may_uninstall(session, name)
            except Refusal as refusal:
                return refusal
    return None


def rows_of(loaded: Registry, name: str) -> dict[str, int]:
    """Return how many rows the tables of an installed addon hold; bare tables, since numbers are all that is told."""
    names = [t for t in metadata.tables if migrate.owner_of(t, loaded.manifests) == name]
    with engine().connect() as connection:
        there = set(inspect(connection).get_table_names())
        return {
            each: connection.execute(select(func.count()).select_from(table(each))).scalar_one()
            for each in sorted(names)
            if each in there
        }


def begin(session: Session, *, verb: str, name: str, asked_by: int, master: int | None) -> int:
    """Record the change as a job, start it in a process of its own, and return the job's id.

    The web process that was asked goes on answering; it could not do it itself, since an addon that was imported
    cannot be taken out of a process again. Refuses with ChangeIsRunning while another change has not ended.
    """
    since = clock.now() - _FORGOTTEN_AFTER
    running = select(Job.id).where(Job.name == JOB, Job.state.in_(("waiting", "running")), Job.asked_at > since)
    if session.scalar(running) is not None:
        raise ChangeIsRunning
    job_id = record(JOB, {"verb": verb, "name": name, "master": master}, asked_by)
    background.start(job_id)
    return job_id


@job(JOB)
def change_addons(progress: Progress, *, verb: str, name: str, master: int | None) -> dict[str, Any]:
    """Install, upgrade or remove an addon, write the permissions, and let the web processes start anew.

    A refusal is the job's result, so that the page can say it in the reader's language.
    """
    steps: Mapping[str, Callable[[Progress, str], list[str]]] = {
        "install": install_addon,
        "upgrade": upgrade_all,
        "uninstall": uninstall_addon,
    }
    try:
        changed = steps[verb](progress, name)
    except AddonsDoNotFit as problem:
        refusal = AddonCannotBeInstalled(problem=str(problem))
        return {"refused": refusal.code, "facts": refusal.facts}
    except Refusal as refusal:
        return {"refused": refusal.code, "facts": refusal.facts}
    reloaded = workers.reload(master)
    progress.at(_STEPS, _STEPS)
    return {"changed": changed, "reloaded": reloaded}


def install_addon(progress: Progress, name: str) -> list[str]:
    """Install an addon and what it needs; return their names.

    The application is built with it first: an addon that does not start must not stop the others.
    """
    if name not in available():
        raise NotFound(what="addon", which=name)
    _build(progress, [*install.present(engine()), name])
    return install.install(engine(), [name], clock.now())


def upgrade_all(progress: Progress, _name: str) -> list[str]:
    """Bring everything that is installed up to date."""
    present = install.present(engine())
    _build(progress, present)
    install.upgrade(engine(), clock.now())
    return present


def uninstall_addon(progress: Progress, name: str) -> list[str]:
    """Remove an addon; its tables and rows stay.

    Refuses as `core.addons.install.uninstall` does.
    """
    remaining = [other for other in install.present(engine()) if other != name]
    _build(progress, remaining)
    install.uninstall(engine(), name)
    return [name]


def _build(progress: Progress, names: list[str]) -> None:
    """Build the application with a set of addons and write its permissions, before any web process sees the set."""
    from core.web.app import create_app
    from core.web.deploy import sync_permissions

    progress.at(0, _STEPS)
    app = create_app(registry=registry.load(names))
    progress.at(1, _STEPS)
    sync_permissions(app)
    progress.at(2, _STEPS)
