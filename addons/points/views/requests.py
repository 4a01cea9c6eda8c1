"""What one person asks for and another one decides: corrections by hand, and claims that could not be taken back."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired

from addons.points import services
from addons.points.models import Adjustment, ReasonCode, Review
from addons.points.views.words import BY_MEMBER, FORMATS, LABELS, OUTCOMES, REVIEW_STATES
from core import clock
from core.db.session import reading
from core.web import formats
from core.web.forms import PlainArea, PlainSelect
from core.web.posting import key_field, post_form, who
from core.web.roles import HQ
from core.web.two_persons import REQUEST_STATES, TwoPersons
from core.web.views import GuibinInterface, GuibinView


def _reasons() -> list[tuple[str, str]]:
    with reading() as session:
        wanted = select(ReasonCode).where(ReasonCode.active).order_by(ReasonCode.name)
        return [(reason.code, reason.name) for reason in session.scalars(wanted)]


class AdjustmentView(TwoPersons):
    """Points corrected by hand: a reason from the list, and two persons."""

    datamodel = GuibinInterface(Adjustment)
    write_roles = HQ
    decision = "points.decide_adjustment"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"edit", "delete"})
    empty_text = _("No points were corrected by hand yet.")
    list_title, show_title, add_title, edit_title = (
        _("Points corrections"),
        _("Points correction"),
        _("Ask for a correction"),
        _("Points correction"),
    )
    heading_columns = ("member", "points")
    list_columns = ["asked_at", "member", "points", "reason_code", "state", "asked_by", "decided_by"]
    show_columns = [*list_columns, "note", "decided_at", "store"]
    search_columns = ["asked_at", "member", "points", "code", "state", "store", "asked_by", "decided_by"]
    order_columns = ["asked_at", "points"]
    base_order = ("id", "desc")
    add_columns = ["member", "points", "code", "note", "key"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "code": SelectField(_("Reason"), choices=_reasons, widget=PlainSelect(), validators=[DataRequired()]),
        "note": StringField(_("Note"), widget=PlainArea()),
        "key": key_field(),
    }
    description_columns: ClassVar[dict[str, Any]] = {"points": _("Fewer points with a minus: -300.")}
    add_row_message = _("Another person must approve the correction now.")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS | {"state": formats.state_chip(REQUEST_STATES)}

    def decide(self, session: Session, number: int, *, approve: bool, by: str) -> str:
        """Let the points come or go, or not."""
        row = services.decide_adjustment(session, adjustment_id=number, approve=approve, by=by, now=clock.now())
        return row.state

    def create(self, form: Any) -> Adjustment:
        """Ask for a correction."""
        request = {
            "member_id": form.member.data.id if form.member.data else 0,
            "points": form.points.data or 0,
            "code": form.code.data,
            "note": form.note.data or "",
            "by": who(),
        }

        def command(session: Session) -> dict[str, int]:
            return {"id": services.ask_adjustment(session, **request, now=clock.now())}

        answer = post_form("points.ask_adjustment", form.key.data or "", request, command).answer
        found: Adjustment = self.datamodel.get(answer["id"])
        return found


class ReasonCodeView(GuibinView):
    """Why points may be corrected: the list headquarters keeps."""

    datamodel = GuibinInterface(ReasonCode)
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    exclude_route_methods: Any = frozenset({"delete", "action", "action_post"})
    list_title, show_title, add_title, edit_title = (
        _("Reasons for corrections"),
        _("Reason for corrections"),
        _("New reason"),
        _("Edit the reason"),
    )
    list_columns = ["code", "name", "active"]
    show_columns = list_columns
    search_columns = list_columns
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "active"]
    edit_columns = ["name", "active"]
    label_columns, formatters_columns = LABELS, FORMATS


def _outcomes() -> list[tuple[str, Any]]:
    return [(code, words) for code, (_kind, words) in OUTCOMES.items()]


class ReviewView(TwoPersons):
    """Points beyond the lowest balance (C21): nothing is forgotten by itself."""

    datamodel = GuibinInterface(Review)
    write_roles = HQ
    decision = "points.decide_review"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_edit", "can_lookup", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"add", "delete"})
    empty_text = _("Nothing is to be decided: every point that had to be taken back was.")
    list_title, show_title, add_title, edit_title = (
        _("Points to be decided"),
        _("Points to be decided"),
        _("Points to be decided"),
        _("Propose what becomes of them"),
    )
    heading_columns = ("member", "points")
    list_columns = ["at", "member", "points", "state", "outcome", "asked_by", "decided_by", "store"]
    show_columns = [*list_columns, "reason", "receipt_id", "lot", "asked_at", "decided_at"]
    search_columns = ["at", "member", "points", "state", "outcome", "store", "receipt_id", "asked_by", "decided_by"]
    order_columns = ["at", "points"]
    base_order = ("id", "desc")
    edit_columns = ["outcome", "reason"]
    edit_shows = ("member", "points", "receipt_id", "store", "at")
    edit_button = _("Propose")
    offered_when = TwoPersons.offered_when | {"edit": lambda review: review.decided_by is None}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {
        "outcome": SelectField(_("Proposal"), choices=_outcomes, widget=PlainSelect(), validators=[DataRequired()]),
        "reason": StringField(_("Reason"), widget=PlainArea(), validators=[DataRequired()]),
    }
    edit_row_message = _("Another person must decide now.")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS | {"state": formats.state_chip(REVIEW_STATES)}

    def decide(self, session: Session, number: int, *, approve: bool, by: str) -> str:
        """Write the claim off or collect it as was proposed, or not."""
        return services.decide_review(session, review_id=number, approve=approve, by=by, now=clock.now()).state

    def change(self, item: Any, form: Any) -> None:
        """Propose to write a claim off or to collect it."""
        request = {"review_id": item.id, "outcome": form.outcome.data, "reason": form.reason.data or "", "by": who()}
        now = clock.now()

        def command(session: Session) -> dict[str, str]:
            return {"state": services.propose(session, **request, now=now).state}

        post_form("points.propose", now.isoformat(), request, command)
        self.datamodel.session.expire_all()
