"""Tiers given by headquarters, by two persons."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.validators import DataRequired

from addons.tiers import services
from addons.tiers.models import Grant
from addons.tiers.views.words import BY_MEMBER, FORMATS, GRANT_STATES, LABELS
from core import clock
from core.web import formats
from core.web.forms import PlainSelect
from core.web.posting import key_field, post_action, post_form, who
from core.web.roles import HQ
from core.web.two_persons import waits_for_me
from core.web.views import GuibinInterface, GuibinView, action


def _tiers_to_grant() -> list[tuple[str, Any]]:
    return [("gold", _("Gold")), ("diamond", _("Diamond"))]


class GrantView(GuibinView):
    """Tiers given by headquarters: one asks, another decides (C27)."""

    datamodel = GuibinInterface(Grant)
    empty_text = _("No tier was granted. Headquarters asks for one here, and another person approves it.")
    write_roles = HQ
    add_button = _("Ask for it")
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"edit", "delete"})
    offered_when: ClassVar[dict[str, Any]] = dict.fromkeys(("approve", "refuse"), waits_for_me)
    list_title, show_title, add_title, edit_title = _("Grants"), _("Grant"), _("Ask for a grant"), _("Grant")
    heading_columns = ("member", "tier")
    list_columns = ["asked_at", "member", "tier", "state", "ends_on", "asked_by", "decided_by"]
    show_columns = [*list_columns, "tier_before", "reason", "decided_at", "store"]
    search_columns = ["asked_at", "member", "tier", "state", "ends_on", "asked_by", "decided_by"]
    order_columns = ["asked_at", "ends_on"]
    base_order = ("id", "desc")
    add_columns = ["member", "tier", "reason", "ends_on", "key"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "tier": SelectField(_("Tier"), choices=_tiers_to_grant, widget=PlainSelect(), validators=[DataRequired()]),
        "key": key_field(),
    }
    add_row_message = _("Another person must approve the grant now.")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS | {"state": formats.state_chip(GRANT_STATES)}

    def create(self, form: Any) -> Grant:
        """Ask for a grant."""
        request = {
            "member_id": form.member.data.id if form.member.data else 0,
            "tier": form.tier.data,
            "reason": form.reason.data or "",
            "ends_on": form.ends_on.data.isoformat(),
            "by": who(),
        }
        ends_on = form.ends_on.data

        def command(session: Session) -> dict[str, Any]:
            asked = {name: value for name, value in request.items() if name != "ends_on"}
            return {"id": services.request_grant(session, ends_on=ends_on, now=clock.now(), **asked)}

        answer = post_form("tiers.grant", form.key.data or "", request, command).answer
        found: Grant = self.datamodel.get(answer["id"])
        return found

    @action("approve", _("Approve"), _("Approve this grant?"), "fa-check")
    def approve(self, rows: Any) -> Any:
        """Approve as the second person."""
        return self._decide(rows, approve=True)

    @action("refuse", _("Refuse"), _("Refuse this grant?"), "fa-xmark")
    def refuse(self, rows: Any) -> Any:
        """Refuse as the second person."""
        return self._decide(rows, approve=False)

    def _decide(self, rows: Any, *, approve: bool) -> Any:
        self.one_by_one(rows, lambda row: self._decide_one(row, approve=approve))
        self.datamodel.session.expire_all()
        return redirect(self.get_redirect())

    def _decide_one(self, row: Grant, *, approve: bool) -> None:
        grant_id, by = row.id, who()

        def command(session: Session) -> dict[str, Any]:
            grant = services.decide_grant(session, grant_id=grant_id, approve=approve, by=by, now=clock.now())
            return {"state": grant.state}

        request = {"grant_id": grant_id, "approve": approve, "by": by}
        post_action("tiers.decide_grant", request, command)
