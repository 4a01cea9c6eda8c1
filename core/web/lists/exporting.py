"""A long list as a file, written by a process of its own as the person who asked: same rows, words and stores."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
from flask import Flask, g
from flask_babel import get_locale
from sqlalchemy import select

from core import clock
from core.config import var_folder
from core.db.models import Job
from core.db.scope import acting
from core.errors import NotFound, Refusal
from core.jobs import Progress, job, record
from core.web import background, scope
from core.web.here import builder
from core.web.lists import files

JOB = "core.export_list"
#: A file holds what the list held: it is kept for a day and then removed.
KEPT_FOR = timedelta(days=1)
#: A process that was killed is not waited for any longer.
FORGOTTEN_AFTER = timedelta(minutes=15)
_STEP = 2000  # rows


class TooLongAtOnce(Refusal):
    """A list that is too long to be a file while somebody waits for the page."""

    sentence = "The list has %(rows)s rows: ask for the file on the list, and it will be prepared."
    rows: int


class OneAtATime(Refusal):
    """A person who asks for a second long file before the first is there."""

    sentence = "Your last file is still being prepared."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list as which kind of file: the view, what its address said, what the file is called."""

    view: str
    kind: str
    query: str
    name: str


def begin(wanted: Wanted, count: int) -> int:
    """Let the file be written for the person of this request, and return the job's id.

    Refuses with OneAtATime while another one of the person is being written.
    """
    user_id, since = g.user.id, clock.now() - FORGOTTEN_AFTER
    running = select(Job.id).where(
        Job.name == JOB, Job.asked_by == user_id, Job.state.in_(("waiting", "running")), Job.asked_at > since
    )
    if builder().session.scalar(running) is not None:
        raise OneAtATime
    tidy()
    person = {"user_id": user_id, "language": str(get_locale()), "zone": flask.session.get("zone")}
    person |= {"works_in": flask.session.get(scope.WORKS_IN)}
    job_id = record(JOB, {**asdict(wanted), **person, "count": count}, user_id)
    background.start(job_id)
    return job_id


def folder() -> Path:
    """Return where files wait to be fetched; it is made."""
    found = var_folder() / "exports"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def tidy() -> None:
    """Remove the files whose day is over."""
    oldest = (clock.now() - KEPT_FOR).timestamp()
    for path in folder().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


@job(JOB)
def export_list(  # noqa: PLR0917 - what a job needs stands on its row
    progress: Progress,
    view: str,
    kind: str,
    query: str,
    name: str,
    user_id: int,
    language: str,
    zone: str | None,
    count: int,
    works_in: int | None = None,
) -> dict[str, Any]:
    """Write the rows of a list into a file, as the person sees them now."""
    from core.web.app import create_app

    app = create_app()
    with _as_person(app, user_id, f"/?{query}", locale=language, zone=zone, works_in=works_in):
        found = _view(view)
        heads, rows = found.exported()
        path = folder() / f"{progress.job_id}-{secrets.token_urlsafe(12)}.{kind}"
        path.touch(mode=0o600)
        with path.open("wb") as out:
            files.write(out, kind, str(found.list_title), heads, _counted(rows, progress, count))
    return {"file": path.name, "name": name, "bytes": path.stat().st_size}


def _counted(rows: Iterable[dict[str, Any]], progress: Progress, count: int) -> Iterator[dict[str, Any]]:
    for done, row in enumerate(rows):
        if done % _STEP == 0:
            progress.at(done, count)
        yield row


@contextmanager
def _as_person(app: Flask, user_id: int, address: str, **kept: str | int | None) -> Iterator[None]:
    """Act as a person whose request this might be: in the store they work in, in their language and time zone."""
    with app.test_request_context(address):
        flask.session.update(kept)
        user = builder().sm.get_user_by_id(user_id)
        if user is None or not user.is_active:
            raise NotFound(what="user", which=str(user_id))
        g.user = user
        with acting(scope.narrowed(scope.scope_of_person(user_id))):
            yield


def _view(name: str) -> Any:
    """Return a list that the person may still see.

    Refuses with NotFound.
    """
    found = next((view for view in builder().baseviews if type(view).__name__ == name), None)
    if found is None or not builder().sm.has_access("can_list", found.class_permission_name):
        raise NotFound(what="list", which=name)
    return found
