"""Lines in dispute: the franchisee says why, and another person at headquarters decides with an answer."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from addons.settlement import services
from addons.settlement.models import Dispute, Entry
from addons.settlement.views.words import STATES, WHAT
from core import clock
from core.errors import NotFound
from core.money import yuan
from core.web import formats
from core.web.forms import PlainText
from core.web.people import person
from core.web.posting import key_field, post_form, who
from core.web.roles import FRANCHISE_ADMIN, HQ, NOBODY
from core.web.views import GuibinForm, GuibinInterface, GuibinView

_REASON = 400


def _line(entry: Entry) -> Any:
    """Write what is disputed, and lead to it."""
    words = gettext("%(amount)s, %(kind)s", amount=yuan(entry.amount), kind=WHAT[entry.what][1])
    return formats.link(url_for("SettlementEntryView.show", pk=entry.id), words)


class DisputeView(GuibinView):
    """What franchisees do not agree with, and what became of it; answered on its edit page."""

    datamodel = GuibinInterface(Dispute)
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_edit", "can_lookup"]
    exclude_route_methods: Any = frozenset({"add", "delete", "action", "action_post"})
    empty_text = _("No line is disputed.")
    list_title, show_title, add_title, edit_title = _("Disputed lines"), _("Dispute"), _("Dispute"), _("Decide")
    heading_columns = ("store", "entry")
    list_columns = ["asked_at", "store", "entry", "reason", "state", "asked_by", "answer", "decided_by"]
    show_columns = [*list_columns, "decided_at"]
    search_columns = ["asked_at", "store", "state", "asked_by", "decided_by"]
    order_columns = ["asked_at", "state"]
    base_order = ("id", "desc")
    edit_button = _("Answer the dispute")
    offered_when: ClassVar[dict[str, Any]] = {"edit": lambda dispute: dispute.state == "asked"}
    edit_shows = ("entry", "store", "reason", "asked_by", "asked_at")
    label_columns = {
        "accept": _("The line is taken back"),
        "answer": _("Answer"),
        "asked_at": _("When"),
        "asked_by": _("Asked by"),
        "decided_at": _("Decided at"),
        "decided_by": _("Decided by"),
        "entry": _("Settlement line"),
        "reason": _("Reason"),
        "state": _("State"),
        "store": _("Store"),
    }
    edit_columns = ["accept", "answer"]
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {
        "accept": BooleanField(_("The line is taken back"), description=_("A counter entry in the open month.")),
        "answer": StringField(_("Answer"), validators=[InputRequired(), Length(max=_REASON)], widget=PlainText()),
    }
    formatters_columns = {
        "asked_at": formats.moment,
        "asked_by": person,
        "decided_at": formats.moment,
        "decided_by": person,
        "entry": _line,
        "state": formats.state_chip(STATES),
    }

    def change(self, item: Dispute, form: Any) -> None:
        """Decide as the second person."""
        request = {"dispute_id": item.id, "accept": bool(form.accept.data), "answer": form.answer.data, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            services.decide(session, now=clock.now(), **request)
            return {"accepted": request["accept"]}

        post_form("settlement.decide", str(item.id), request, command)
        self.datamodel.session.expire_all()


class DisputeForm(GuibinForm):
    """A franchisee disputes one line."""

    form_title = _("Dispute this line")
    button = _("Dispute")
    read_roles = NOBODY
    write_roles = (FRANCHISE_ADMIN,)

    class form(DynamicForm):  # noqa: N801 - Flask-AppBuilder's name
        """Which line, and why."""

        entry = HiddenField()
        reason = StringField(
            _("What is not right"), validators=[InputRequired(), Length(max=_REASON)], widget=PlainText()
        )
        key = key_field()

    def form_get(self, form: Any) -> None:
        """Name the line of the address."""
        form.entry.data = request.args.get("entry", "")

    def form_post(self, form: Any) -> Any:
        """Keep what is said; headquarters see it among the disputed lines."""
        number = form.entry.data or ""
        if not number.isascii() or not number.isdecimal() or len(number) > 15:
            raise NotFound(what="line", which=number[:20])
        asked = {"entry_id": int(number), "reason": form.reason.data, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            return {"id": services.dispute(session, now=clock.now(), **asked)}

        post_form("settlement.dispute", form.key.data or "", asked, command)
        flash(gettext("Headquarters will answer."), "success")
        return redirect(url_for("DisputeView.list"))
