"""Birthdays that need two persons, and two files that become one."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField
from wtforms.validators import InputRequired

from addons.membership import services
from addons.membership.models import BirthdayRequest, Member, WaitingEntry
from addons.membership.views.words import BY_MEMBER, REQUESTS, line
from core import clock
from core.db.session import work
from core.errors import NotFound
from core.web import formats
from core.web.forms import PlainDate
from core.web.leaving import Check
from core.web.posting import key_field, post_form, who
from core.web.record_pages import opens
from core.web.roles import HQ, MANAGERS, NOBODY, STORES
from core.web.two_persons import waits_for_me
from core.web.views import GuibinForm, GuibinInterface, GuibinView, action


class BirthdayRequestView(GuibinView):
    """Birthdays to be changed shortly before they are used: one asks, another decides (C14)."""

    datamodel = GuibinInterface(BirthdayRequest)
    write_roles = (*STORES, *HQ)
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"edit", "delete"})
    offered_when: ClassVar[dict[str, Any]] = dict.fromkeys(("approve", "refuse"), waits_for_me)
    empty_text = _("No birthday waits. Shortly before it is used, a birthday is changed here by two persons.")
    list_title, show_title, add_title, edit_title = (
        _("Birthday changes"), _("Birthday change"), _("Ask for a birthday change"), _("Birthday change")
    )  # fmt: skip
    heading_columns = ("member", "after")
    list_columns = ["asked_at", "member", "before", "after", "after_lunar", "state", "asked_by", "decided_by"]
    show_columns = [*list_columns, "before_lunar", "reason", "decided_at", "store"]
    search_columns = ["asked_at", "member", "state", "asked_by", "decided_by", "store"]
    order_columns = ["asked_at", "state"]
    base_order = ("id", "desc")
    add_columns = ["member", "after", "lunar", "reason"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "after": DateField(_("Right birthday"), validators=[InputRequired()], widget=PlainDate()),
        "lunar": BooleanField(_("Kept by the lunar calendar")),
        "reason": line(_("Reason"), 200, needed=True),
    }
    add_button = _("Ask for it")
    add_row_message = _("Another person must approve the birthday now.")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    label_columns = {
        "asked_at": _("Asked at"),
        "member": _("Member"),
        "before": _("Before"),
        "before_lunar": _("Lunar before"),
        "after": _("Right birthday"),
        "after_lunar": _("Right lunar birthday"),
        "lunar": _("Kept by the lunar calendar"),
        "state": _("State"),
        "asked_by": _("Asked by"),
        "decided_by": _("Decided by"),
        "decided_at": _("Decided at"),
        "reason": _("Reason"),
        "store": _("Store"),
    }
    formatters_columns = {
        "asked_at": formats.moment,
        "decided_at": formats.moment,
        "member": opens("member"),
        "before": formats.day,
        "before_lunar": formats.lunar_day,
        "after": formats.day,
        "after_lunar": formats.lunar_day,
        "state": formats.state_chip(REQUESTS),
        "decided_by": formats.text,
    }

    def create(self, form: Any) -> Any:
        """Ask for the change."""
        asked = {"to": form.after.data, "lunar": bool(form.lunar.data), "reason": form.reason.data}
        asked |= {"by": who(), "now": clock.now()}
        with work() as session:
            made = services.ask_birthday_change(session, member_id=form.member.data.id, **asked)
        return self.datamodel.get(made.id)

    @action("approve", _("Approve"), _("Approve this birthday?"), "fa-check")
    def approve(self, rows: Any) -> Any:
        """Approve as the second person."""
        return self._decide(rows, approve=True)

    @action("refuse", _("Refuse"), _("Refuse this change?"), "fa-xmark")
    def refuse(self, rows: Any) -> Any:
        """Refuse as the second person."""
        return self._decide(rows, approve=False)

    def _decide(self, rows: Any, *, approve: bool) -> Any:
        def decide(row: BirthdayRequest) -> None:
            with work() as session:
                services.decide_birthday_change(session, request_id=row.id, approve=approve, by=who(), now=clock.now())

        self.one_by_one(rows, decide)
        return redirect(self.get_redirect())


def _known(field: str) -> Check:
    """Return the check that a field holds the number of a member in sight."""

    def check(session: Session, form: Any) -> None:
        _id_of(session, form[field].data.strip())

    return check


class MergeForm(DynamicForm):
    """Which file goes into which, and why."""

    goes = line(_("Member number of the file that goes"), 20, needed=True)
    stays = line(_("Member number of the file that stays"), 20, needed=True)
    reason = line(_("Reason"), 200, needed=True, help=_("Cards, points and vouchers move; this cannot be undone."))
    key = key_field()


class MergeView(GuibinForm):
    """Two files that are one person become one."""

    form = MergeForm
    form_title = _("Merge two members")
    button = _("Merge")
    question = _("Merge the two files? This cannot be undone.")
    checked_on_leaving: ClassVar[dict[str, Check]] = {"goes": _known("goes"), "stays": _known("stays")}
    read_roles = NOBODY
    write_roles = (*MANAGERS, *HQ)

    def form_get(self, form: Any) -> None:
        """Fill in what a link names."""
        form.goes.data, form.stays.data = request.args.get("goes", ""), request.args.get("stays", "")

    def form_post(self, form: Any) -> None:
        """Merge them."""
        session = self.appbuilder.session
        numbers = {name: getattr(form, name).data.strip() for name in ("goes", "stays")}
        ids = {name: _id_of(session, number) for name, number in numbers.items()}
        asked = {"from_id": ids["goes"], "into_id": ids["stays"], "reason": form.reason.data, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            return {"id": services.merge_members(session, now=clock.now(), **asked).id}

        post_form("membership.merge", form.key.data or "", asked, command)
        flash(gettext("%(goes)s is part of %(stays)s now.", **numbers), "success")


def _id_of(session: Any, number: str) -> int:
    found: int | None = session.scalar(select(Member.id).where(Member.number == number))
    if found is None:
        raise NotFound(what="member", which=number[:20])
    return found


def waiting_tiles(session: Any) -> list[dict[str, Any]]:
    """Return how many members there are, who waits for a card, and which birthdays wait for a second person."""
    counted = (
        (gettext("Members"), select(func.count(Member.id)).where(Member.status == "active"), "/memberview/list/", None),
        (
            gettext("Waiting for a card"),
            select(func.count(WaitingEntry.id)).where(WaitingEntry.status == "waiting"),
            "/waitingentryview/list/",
            ("leave", "WaitingEntryView"),
        ),
        (
            gettext("Birthdays to approve"),
            select(func.count(BirthdayRequest.id)).where(BirthdayRequest.state == "asked"),
            "/birthdayrequestview/list/",
            ("approve", "BirthdayRequestView"),
        ),
    )
    return [
        {"title": title, "value": session.scalar(counting) or 0, "link": link, "waits": waits}
        for title, counting, link, waits in counted
    ]
