"""The page of a file that is being prepared: how far it is, then the file; for the person who asked alone."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, g, jsonify, send_file
from flask_babel import gettext, lazy_gettext

from core import clock
from core.db.models import Job
from core.web.lists import exporting, files
from core.web.roles import ALL, NOBODY, Roles
from core.web.views import GuibinPage, expose, has_access


class ExportPage(GuibinPage):
    """A file that is being prepared."""

    route_base = "/exports"
    title = lazy_gettext("Files of lists")
    default_view = "progress"
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = NOBODY
    also_reads = ("progress", "state", "file")

    @expose("/<int:job_id>")
    @has_access
    def progress(self, job_id: int) -> Any:
        """Show how far the file is, or that it is there."""
        job = self._own(job_id)
        return self.render_template(
            "guibin/export.html",
            title=gettext("File of a list"),
            job=job,
            state=_state(job),
            view=next((v for v in self.appbuilder.baseviews if type(v).__name__ == job.arguments["view"]), None),
        )

    @expose("/<int:job_id>/state")
    @has_access
    def state(self, job_id: int) -> Any:
        """Tell a waiting page how far the file is."""
        job = self._own(job_id)
        return jsonify(state=_state(job), done=job.done, total=job.total)

    @expose("/<int:job_id>/file")
    @has_access
    def file(self, job_id: int) -> Any:
        """Give the file, as long as it is kept."""
        job = self._own(job_id)
        if _state(job) != "done":
            abort(404)
        path = exporting.folder() / job.result["file"]  # type: ignore[index]  # a job that is done has a result
        mimetype = files.KINDS[job.arguments["kind"]]
        return send_file(path, mimetype=mimetype, as_attachment=True, download_name=job.arguments["name"])

    def _own(self, job_id: int) -> Job:
        job: Job | None = self.appbuilder.session.get(Job, job_id)
        if job is None or job.name != exporting.JOB or job.asked_by != g.user.id:
            abort(404)
        return job


def _state(job: Job) -> str:
    """Return waiting, running, done, failed, or gone where the file is not kept any more."""
    if job.state in ("waiting", "running") and job.asked_at < clock.now() - exporting.FORGOTTEN_AFTER:
        return "failed"
    if job.state != "done":
        return job.state
    kept = job.ended_at is not None and job.ended_at > clock.now() - exporting.KEPT_FOR
    there = (exporting.folder() / (job.result or {}).get("file", "?")).is_file()
    return "done" if kept and there else "gone"
