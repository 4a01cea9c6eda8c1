"""The screen of addons: which there are, what each brings and needs; installing and removing with a look before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import abort, current_app, g, jsonify, redirect, request, url_for
from flask_babel import get_locale, gettext, lazy_gettext

from core.addons import registry
from core.addons.discover import available
from core.addons.graph import dependants
from core.addons.install import AddonIsNeeded
from core.addons.manifest import Manifest, ManifestError
from core.addons.registry import Registry
from core.db.models import Job
from core.errors import Refusal, refusals
from core.web import workers
from core.web.admin import change
from core.web.admin.contents import contents
from core.web.admin.picture import HIGH, WIDE, picture
from core.web.roles import HQ, HQ_APPROVER, SYSTEM_ADMIN
from core.web.views import GuibinPage, expose, has_access

STEPS: tuple[Any, ...] = (
    lazy_gettext("Building the product with this set of addons"),
    lazy_gettext("Writing permissions"),
    lazy_gettext("Changing tables and records"),
    lazy_gettext("Starting the web processes anew"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """An addon in the list; `version` is the installed one, "" where it is not."""

    manifest: Manifest
    title: str
    summary: str
    version: str

    @property
    def state(self) -> str:
        """Return installed, outdated or available."""
        if not self.version:
            return "available"
        return "installed" if self.version == self.manifest.version else "outdated"


class AddonsView(GuibinPage):
    """The parts of the product."""

    route_base = "/addons"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"change": lazy_gettext("Install, update or remove")}
    default_view = "list"
    read_roles = HQ
    write_roles = (HQ_APPROVER, SYSTEM_ADMIN)

    @expose("/")
    @has_access
    def list(self) -> Any:
        """List installed and available addons, with the picture of what needs what."""
        rows, problem = self._rows()
        return self.render_template(
            "guibin/admin/addons.html",
            title=gettext("Addons"),
            rows=rows,
            problem=problem,
            picture=picture(row.manifest for row in rows.values()),
            wide=WIDE,
            high=HIGH,
        )

    @expose("/<string:name>")
    @has_access
    def show(self, name: str) -> Any:
        """Show what an addon brings, what it needs, and what needs it."""
        rows, _problem = self._rows()
        if name not in rows:
            abort(404)
        row = rows[name]
        installed = [each.manifest for each in rows.values() if each.version]
        return self.render_template(
            "guibin/admin/addon.html",
            title=row.title,
            row=row,
            rows=rows,
            brings=contents(row.manifest, str(get_locale() or "")),
            needed_by=dependants(name, installed),
        )

    @expose("/<string:name>/<string:verb>", methods=["GET", "POST"])
    @has_access
    def change(self, name: str, verb: str) -> Any:
        """Show what would happen; when sent, begin it and lead to its progress."""
        planned = change.plan(self.appbuilder.session, _registry(), verb, name)
        refusal = planned.refusal
        if request.method == "POST" and refusal is None:
            try:
                return redirect(url_for("AddonsView.progress", job_id=self._begin(verb, name)))
            except Refusal as problem:
                refusal = problem
        rows, _problem = self._rows()
        page = self.render_template(
            "guibin/admin/addon_change.html",
            title=_titles(verb, rows[name].title),
            plan=planned,
            rows=rows,
            problem=refusal and _told(refusal, rows),
            by_hand=workers.master() is None,
        )
        return page, 200 if refusal is None or request.method == "GET" else refusal.status

    @expose("/progress/<int:job_id>")
    @has_access
    def progress(self, job_id: int) -> Any:
        """Show how far a change is, and how it ended."""
        job = self._job(job_id)
        row = available().get(job.arguments["name"])
        return self.render_template(
            "guibin/admin/addon_progress.html",
            title=_titles(job.arguments["verb"], row.title.in_language(_language()) if row else job.arguments["name"]),
            job=job,
            steps=STEPS,
            refused=_refused(job),
        )

    @expose("/progress/<int:job_id>/state")
    @has_access
    def state(self, job_id: int) -> Any:
        """Tell a waiting page how far a change is."""
        job = self._job(job_id)
        return jsonify(state=job.state, done=job.done, total=job.total)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _begin(self, verb: str, name: str) -> int:
        session = self.appbuilder.session
        return change.begin(session, verb=verb, name=name, asked_by=g.user.id, master=workers.master())

    def _job(self, job_id: int) -> Job:
        job: Job | None = self.appbuilder.session.get(Job, job_id)
        if job is None or job.name != change.JOB:
            abort(404)
        return job

    def _rows(self) -> tuple[Mapping[str, Row], str]:
        """Return the addons by name, installed ones first, and what is wrong with one that cannot be read."""
        language, present = _language(), registry.installed(self.appbuilder.session)
        try:
            found, problem = available(), ""
        except ManifestError as fault:
            found, problem = {m.name: m for m in _registry().manifests}, str(fault)
        rows = [
            Row(m, m.title.in_language(language), m.summary.in_language(language), present.get(m.name, ""))
            for m in found.values()
        ]
        rows.sort(key=lambda row: (not row.version, row.manifest.name))
        return {row.manifest.name: row for row in rows}, problem


def _registry() -> Registry:
    found: Registry = current_app.extensions["guibin_registry"]
    return found


def _language() -> str:
    return str(get_locale() or "zh_Hant_TW")


def _told(refusal: Refusal, rows: Mapping[str, Row]) -> str:
    """Say why a change cannot be made, addons by their titles."""
    if isinstance(refusal, AddonIsNeeded):
        named = [rows[name].title if name in rows else name for name in refusal.needed_by.split(", ")]
        addon = rows[refusal.addon].title if refusal.addon in rows else refusal.addon
        refusal = AddonIsNeeded(addon=addon, needed_by=gettext(", ").join(named))
    return refusal.worded(gettext)


def _titles(verb: str, addon: str) -> str:
    titles: dict[str, str] = {
        "install": gettext("Install %(addon)s", addon=addon),
        "upgrade": gettext("Upgrade %(addon)s", addon=addon),
        "uninstall": gettext("Remove %(addon)s", addon=addon),
    }
    return titles[verb]


def _refused(job: Job) -> str:
    """Return why a change was refused, in the reader's language; an addon that is gone took its sentence along."""
    result: dict[str, Any] = job.result or {}
    if "refused" not in result:
        return ""
    kind = refusals().get(result["refused"])
    return str(result["refused"]) if kind is None else kind(**result["facts"]).worded(gettext)
