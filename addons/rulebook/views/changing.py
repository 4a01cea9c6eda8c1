"""Changing a rule book without writing it: its numbers, which rules are on, and how it calculates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext

from addons.rulebook import queries, services
from addons.rulebook.documents import SaidBook
from addons.rulebook.domain import Edits, edited
from addons.rulebook.models import Version
from addons.rulebook.views import typed
from addons.rulebook.views.books import language, said
from addons.rulebook.views.steps import page_of
from addons.stores.models import Brand
from core import clock
from core.db.session import work
from core.errors import NotFound, Refusal
from core.periods import local_day
from core.policy.version import live_version
from core.web.posting import who
from core.web.roles import HQ_MARKETING
from core.web.views import GuibinPage, expose, has_access


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form as it stands: what it begins with, and what was typed."""

    brand: Brand
    version: Version | None  # none: what is live
    said: SaidBook
    numbers: list[typed.Field]
    settings: list[typed.Field]
    on: Mapping[str, bool]
    since: str
    note: str

    @property
    def is_own_draft(self) -> bool:
        """Tell whether saving changes this draft; else a new one is made."""
        return self.version is not None and self.version.state == "draft" and self.version.author == who()

    @property
    def first_day(self) -> date | None:
        """Return the day from which changed numbers hold, none for what is no day."""
        try:
            return date.fromisoformat(self.since)
        except ValueError:
            return None

    def problems(self) -> bool:
        """Tell whether something typed cannot be taken."""
        return self.first_day is None or any(each.problem for each in (*self.numbers, *self.settings))

    def edits(self) -> Edits:
        """Return what is to be changed."""
        was_on = {rule.name: rule.enabled for rule in self.said.book.rules}
        numbers = {name: int(value) for name, value in typed.changed(self.numbers).items()}
        switches = {name: on for name, on in self.on.items() if on != was_on[name]}
        return Edits(self.first_day or date.min, numbers, switches, typed.changed(self.settings))


class ChangeBookView(GuibinPage):
    """A form over the live book, or over a version; saving makes a draft, or changes one's own."""

    route_base = "/rulebook/change"
    title = lazy_gettext("Change of a rule book")
    #: What its steps are called where permissions are listed.
    step_words: Mapping[str, Any] = {
        "form": lazy_gettext("Change numbers and switches"),
        "save": lazy_gettext("Save as a draft"),
    }
    default_view = "form"
    read_roles = (HQ_MARKETING,)
    write_roles = (HQ_MARKETING,)

    @expose("/<string:code>")
    @has_access
    def form(self, code: str) -> Any:
        """Show what holds in the book, each number in its unit."""
        return self._page(self._sheet(code, {}))

    @expose("/<string:code>", methods=["POST"])
    @has_access
    def save(self, code: str) -> Any:
        """Write the draft; what cannot be taken is told beside its field, and nothing typed is lost."""
        sheet = self._sheet(code, request.form)
        edits = None if sheet.problems() else sheet.edits()
        if edits is None or not (edits.numbers or edits.switches or edits.settings):
            return self._page(sheet, "" if edits is None else gettext("Nothing was changed yet.")), 422
        try:
            version_id = _written(sheet, edits)
        except Refusal as refusal:
            self.appbuilder.session.rollback()
            return self._page(self._sheet(code, request.form), refusal.worded(gettext)), refusal.status
        flash(gettext("The draft was saved."), "success")
        return redirect(page_of(version_id))

    def _sheet(self, code: str, given: Mapping[str, str]) -> Sheet:
        session, now = self.appbuilder.session, clock.now()
        brand = queries.brand_by_code(session, code)
        version_id = request.args.get("version", type=int)
        version = queries.version(session, version_id) if version_id is not None else None
        if version is not None and version.brand_id != brand.id:
            raise NotFound(what="version", which=str(version_id))
        text = version.body.text if version else live_version(session, brand.code, now).text or ""
        book = said(text)
        return Sheet(
            brand,
            version,
            book,
            typed.numbers(book, language(), given),
            typed.settings(book, language(), given),
            {rule.name: f"on-{rule.name}" in given if given else rule.enabled for rule in book.book.rules},
            given.get("since", local_day(now).isoformat()),
            given.get("note", "").strip(),
        )

    def _page(self, sheet: Sheet, problem: str = "") -> Any:
        title = gettext("Change %(what)s", what=f"{sheet.brand} {sheet.version or gettext('rules')}")
        return self.render_template("rulebook/change.html", title=title, sheet=sheet, problem=problem)


def _written(sheet: Sheet, edits: Edits) -> int:
    """Write the changed text into one's own draft, or into a new one."""
    base = sheet.version.body.text if sheet.version else None
    with work() as session:
        if base is None:
            base = live_version(session, sheet.brand.code, clock.now()).text or ""
        text, by, now = edited(base, edits), who(), clock.now()
        if sheet.is_own_draft and sheet.version is not None:
            return services.edit_draft(session, version_id=sheet.version.id, text=text, by=by, now=now).id
        made = services.import_book(session, brand_id=sheet.brand.id, text=text, note=sheet.note, by=by, now=now)
        return made.id
