"""Writing drafts: from a file or from a version, into review, and the cases that are pinned."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import current_app, flash, redirect, request
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField, validators

from addons.rulebook import queries, services
from addons.rulebook.views.goods import unknown_goods
from addons.rulebook.views.steps import page_of, take
from addons.stores.models import Brand
from core import clock
from core.db.session import work
from core.policy.version import live_version
from core.web.forms import PlainArea, PlainSelect, PlainText
from core.web.leaving import Check
from core.web.posting import who
from core.web.roles import HQ_MARKETING
from core.web.views import GuibinForm, expose, has_access


def brands() -> list[tuple[int, str]]:
    """Return the brands to choose from."""
    session = current_app.extensions["appbuilder"].session
    return [(brand.id, str(brand)) for brand in session.scalars(select(Brand).order_by(Brand.code))]


def _reads(session: Session, form: Any) -> list[str]:
    """Refuse a text as the draft will be refused; name the goods in it that the catalogue does not know."""
    text = _unix(form.text.data)
    services.check_text(text)
    return unknown_goods(session, form.brand.data, text) if form.brand.data else []


def _unix(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n")


class DraftForm(DynamicForm):
    """The text of a draft."""

    brand = SelectField(_("Brand"), coerce=int, choices=brands, widget=PlainSelect())
    note = StringField(_("What is new"), [validators.InputRequired(), validators.Length(max=200)], widget=PlainText())
    text = TextAreaField(
        _("Rule book (YAML)"),
        [validators.InputRequired()],
        description=_("Begins with the rules that are live. Change them here or paste a text; every problem is named."),
        widget=PlainArea(),
        render_kw={"rows": 24, "spellcheck": "false"},
    )


class DraftView(GuibinForm):
    """A new draft, or one's own changed; headquarters only."""

    route_base = "/rulebook/draft"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"submit": _("Send into review")}
    form = DraftForm
    form_title = _("Draft of a rule book")
    checked_on_leaving: ClassVar[dict[str, Check]] = {"text": _reads}
    read_roles = (HQ_MARKETING,)
    write_roles = (HQ_MARKETING,)

    def form_get(self, form: DraftForm) -> None:
        """Begin with the text of one's own draft (?own=) or of a version (?version=), else with what is live."""
        own = request.args.get("own", type=int)
        version_id = request.args.get("version", type=int) if own is None else own
        session = self.appbuilder.session
        if version_id is not None:
            version = queries.version(session, version_id)
            form.brand.data, form.text.data = version.brand_id, version.body.text
            form.note.data = version.note if own is not None else None
        elif brand := session.scalars(select(Brand).order_by(Brand.code)).first():
            form.brand.data = brand.id
            form.text.data = live_version(session, brand.code, clock.now()).text

    def form_post(self, form: DraftForm) -> Any:
        """Make the draft, or change one's own, and show it."""
        own = request.args.get("own", type=int)
        text, by, now = _unix(form.text.data), who(), clock.now()
        note = form.note.data or ""
        with work() as session:
            if own is not None:
                version = services.edit_draft(session, version_id=own, text=text, note=note, by=by, now=now)
            else:
                version = services.import_book(session, brand_id=form.brand.data, text=text, note=note, by=by, now=now)
        flash(gettext("Draft %(version)s was written.", version=version), "success")
        return redirect(page_of(version.id))

    @expose("/submit/<int:version_id>", methods=["POST"])
    @has_access
    def submit(self, version_id: int) -> Any:
        """Send one's own draft into review."""

        def step(session: Any) -> int:
            return services.submit(session, version_id=version_id, by=who(), now=clock.now()).id

        return take(step, gettext("It is in review now."), page_of(version_id))
