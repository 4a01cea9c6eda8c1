"""Birthdays that need two persons, and two files that become one."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, HiddenField
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
from core.web.people import person
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
    empty_text = _("No birthday waits.")
    empty_how = _("Shortly before it is used, a birthday is changed here by two persons.")
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
        "asked_by": person,
        "decided_by": person,
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
        _member_of(session, form[field].data.strip())

    return check


class MergeForm(DynamicForm):
    """Which file goes into which, and why."""

    goes = line(_("Member number of the file that goes"), 20, needed=True)
    stays = line(_("Member number of the file that stays"), 20, needed=True)
    reason = line(_("Reason"), 200, needed=True, help=_("Cards, points and vouchers move; this cannot be undone."))
    #: The two numbers whose files were shown: only these are merged.
    compared = HiddenField()
    key = key_field()


class MergeView(GuibinForm):
    """Two files that are one person become one, once whoever asks has seen whose files they are."""

    form = MergeForm
    form_title = _("Merge two members")
    question = _("Merge the two files? This cannot be undone.")
    checked_on_leaving: ClassVar[dict[str, Check]] = {"goes": _known("goes"), "stays": _known("stays")}
    read_roles = NOBODY
    write_roles = (*MANAGERS, *HQ)

    def form_get(self, form: Any) -> None:
        """Fill in what a link names, and show these files."""
        form.goes.data, form.stays.data = request.args.get("goes", ""), request.args.get("stays", "")
        if form.goes.data and form.stays.data:
            form.compared.data = _pair(form)

    def form_post(self, form: Any) -> Any:
        """Merge them; numbers whose files were not shown yet are shown first."""
        session = self.appbuilder.session
        ids = {name: _member_of(session, number).id for name, number in _numbers(form).items()}
        if form.compared.data != _pair(form):
            form.compared.data = _pair(form)
            return self.render_template(self.form_template, title=self.form_title, widgets=self._get_edit_widget(form))
        asked = {"from_id": ids["goes"], "into_id": ids["stays"], "reason": form.reason.data, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            return {"id": services.merge_members(session, now=clock.now(), **asked).id}

        post_form("membership.merge", form.key.data or "", asked, command)
        flash(gettext("%(goes)s is part of %(stays)s now.", **_numbers(form)), "success")
        return None

    def _get_edit_widget(self, form: Any = None, exclude_cols: Any = None, widgets: Any = None) -> Any:
        widgets = super()._get_edit_widget(form, exclude_cols, widgets)
        shown = self._files(form) if form.compared.data == _pair(form) else []
        said = (_("Merge"), self.question) if shown else (_("Compare the two files"), "")
        widgets["edit"].template_args.update(shown=shown, button=said[0], question=said[1])
        return widgets

    def _files(self, form: Any) -> list[tuple[Any, Any]]:
        """Return the two files, each in one line; nothing where one is not in the person's stores."""
        titles = {"goes": _("The file that goes"), "stays": _("The file that stays")}
        session = self.appbuilder.session
        found = {name: _find(session, number) for name, number in _numbers(form).items()}
        return (
            [(titles[name], _told(member)) for name, member in found.items() if member] if all(found.values()) else []
        )


def _numbers(form: Any) -> dict[str, str]:
    return {name: (getattr(form, name).data or "").strip() for name in ("goes", "stays")}


def _pair(form: Any) -> str:
    return " ".join(_numbers(form).values())


def _told(member: Member) -> Markup:
    """Write whose file it is: name, number, telephone, birthday, tier and store."""
    name = opens("member")(member)
    born = formats.day(member.birthday) if member.birthday else gettext("no birthday")
    parts = (member.number, formats.masked_phone(member.phone), born, str(member.store))
    return Markup('<b>{}</b> {} <span class="soft">{}</span>').format(
        name, formats.tier_chip(member.tier), " · ".join(filter(None, parts))
    )


def _find(session: Any, number: str) -> Member | None:
    found: Member | None = session.scalar(select(Member).where(Member.number == number))
    return found


def _member_of(session: Any, number: str) -> Member:
    found = _find(session, number)
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
