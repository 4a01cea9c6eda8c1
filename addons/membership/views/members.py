"""The members of one's stores: prospects and files."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from flask import redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from addons.membership import services
from addons.membership.models import Member
from addons.membership.views.cards import CardView
from addons.membership.views.file_form import FILE, file_fields, filled, phone_in_sight
from addons.membership.views.records import ConsentView, MemberChangeView
from addons.membership.views.words import (
    BY_MEMBER,
    CHANNELS,
    SEXES,
    STATUSES,
    line,
)
from core import clock
from core.db.session import work
from core.periods import local_day
from core.web import formats
from core.web.leaving import Check
from core.web.posting import key_field, post_form, who
from core.web.roles import STORES
from core.web.views import GuibinInterface, GuibinView, action
from rules.birthday import Birthday


def _lunar(key: int | None) -> str:
    """Write a lunar birthday with the next day on which it is kept."""
    if key is None:
        return formats.EMPTY
    following = Birthday(date.min, key).next(local_day(clock.now()))
    return f"{formats.lunar_day(key)} · {formats.day(following)}"


class MemberView(GuibinView):
    """Members and prospects (MEM-01, MEM-02); their tier, cards and points have screens of their own."""

    datamodel = GuibinInterface(Member)
    record_kind = "member"
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = [
        "can_list",
        "can_show",
        "can_add",
        "can_edit",
        "can_lookup",
        "activate",
        "leave_family",
    ]
    exclude_route_methods: Any = frozenset({"delete"})
    offered_when: ClassVar[dict[str, Any]] = {
        "activate": lambda member: member.status == "prospect",
        "leave_family": lambda member: member.family_id is not None,
    }
    empty_text = _("No members yet.")
    empty_how = _("Enrol the first at the till, or begin a file here.")
    list_title, show_title, add_title, edit_title = _("Members"), _("Member"), _("New member"), _("Edit member")
    list_columns = ["name", "number", "tier", "phone", "status", "birthday", "store", "joined_at"]
    search_columns = [
        "number",
        "name",
        "phone",
        "tier",
        "status",
        "birthday",
        "store",
        "recruited_by",
        "district",
        "joined_at",
        "is_staff",
    ]
    order_columns = ["number", "name", "tier", "birthday", "status", "joined_at"]
    # Contact data stands on one file at a time: no list, and so no exported file, gathers it.
    never_listed = ("email", "district", "street")
    base_order = ("id", "desc")
    show_fieldsets: ClassVar[list[Any]] = [
        (_("Member"), {"fields": ["number", "name", "tier", "status", "store", "brand", "home_market"]}),
        (_("Contact"), {"fields": ["phone", "email", "district", "street"]}),
        (
            _("Person"),
            {"fields": ["birthday", "lunar_birthday", "birthday_declined", "sex", "family", "guardian", "is_staff"]},
        ),
        (
            _("Recruitment"),
            {"fields": ["recruited_by", "recruited_note", "referrer", "joined_at", "activated_at"]},
        ),
    ]
    add_columns = [
        *("phone", "store", "name", "birthday", "birthday_lunar", "birthday_declined"),
        *FILE[2:],
        *("referrer", "key"),
    ]
    edit_columns = [*FILE, "birthday", "birthday_lunar", "guardian", "reason"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        **file_fields(_("With name and birthday (or declined) the person becomes a member at once, else a prospect.")),
        "key": key_field(),
    }
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {
        **file_fields(_("Shortly before it is used it needs a second person: ask under Birthday changes.")),
        "reason": line(_("Reason"), 200, help=_("Needed to change a birthday.")),
    }
    checked_on_leaving: ClassVar[dict[str, Check]] = {"phone": phone_in_sight}
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"referrer": BY_MEMBER, "guardian": BY_MEMBER, "family": ("name",)}
    related_views = [CardView, ConsentView, MemberChangeView]
    label_columns = {
        "number": _("Member number"),
        "name": _("Full name"),
        "tier": _("Tier"),
        "status": _("State"),
        "store": _("Home store"),
        "brand": _("Brand"),
        "home_market": _("Home market"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "district": _("District"),
        "street": _("Street"),
        "birthday": _("Birthday"),
        "birthday_lunar": _("Kept by the lunar calendar"),
        "lunar_birthday": _("Lunar birthday"),
        "birthday_declined": _("Birthday declined"),
        "sex": _("Sex"),
        "family": _("Family"),
        "guardian": _("Guardian"),
        "is_staff": _("Is staff"),
        "recruited_by": _("Recruited by"),
        "recruited_note": _("Which partner or campaign"),
        "referrer": _("Brought by"),
        "joined_at": _("Joined"),
        "activated_at": _("Member since"),
        "reason": _("Reason"),
    }
    formatters_columns = {
        "name": formats.text,
        "tier": formats.tier_or_none,
        "status": formats.state_chip(STATUSES),
        "phone": formats.masked_phone,
        "birthday": formats.day,
        "lunar_birthday": _lunar,
        "birthday_declined": formats.yes_no,
        "sex": formats.worded(SEXES),
        "is_staff": formats.yes_no,
        "recruited_by": formats.worded(CHANNELS),
        "joined_at": formats.local_day,
        "activated_at": formats.moment,
    }

    def create(self, form: Any) -> Any:
        """Begin a file; with name and birthday (or declined) make the person a member (MEM-03, MEM-05)."""
        details = filled(form) | {"store_id": form.store.data.id}
        details["referrer_id"] = form.referrer.data.id if form.referrer.data else None
        birthday, declined, by = form.birthday.data, bool(form.birthday_declined.data), who()
        lunar = bool(form.birthday_lunar.data)
        request = details | {"birthday": [birthday and birthday.isoformat(), lunar, declined], "by": by}

        def command(session: Session) -> dict[str, Any]:
            now = clock.now()
            member = services.register_prospect(session, now=now, **details)
            if member.name and (birthday or declined):
                said = {"birthday": birthday, "birthday_lunar": lunar, "birthday_declined": declined}
                services.activate(session, member_id=member.id, by=by, now=now, **said)
            return {"id": member.id}

        answer = post_form("membership.register", form.key.data or "", request, command).answer
        return self.datamodel.get(answer["id"])

    def change(self, item: Any, form: Any) -> None:
        """Change a file; each change is kept with who and why."""
        changes, birthday, reason = filled(form), form.birthday.data, form.reason.data or ""
        lunar = bool(form.birthday_lunar.data)
        guardian = form.guardian.data.id if form.guardian.data else None
        with work() as session:
            told = {"member_id": item.id, "by": who(), "now": clock.now()}
            services.change_member(session, changes=changes, reason=reason, **told)
            if birthday is not None and (birthday, lunar) != (item.birthday, item.birthday_lunar):
                services.change_birthday(session, to=birthday, lunar=lunar, reason=reason, **told)
            if guardian is not None and guardian != item.guardian_id:
                services.set_guardian(session, guardian_id=guardian, **told)

    @action("activate", _("Make a member"), _("Is the file complete?"), "fa-user-check")
    def activate(self, rows: Any) -> Any:
        """Make prospects with complete files members."""
        self.one_by_one(rows, self._activate)
        return redirect(self.get_redirect())

    @staticmethod
    def _activate(row: Member) -> str:
        name = str(row)
        with work() as session:
            services.activate(
                session, member_id=row.id, birthday_declined=row.birthday_declined, by=who(), now=clock.now()
            )
        return str(gettext("%(member)s is a member now.", member=name))

    @action(
        "leave_family",
        _("Leave the family"),
        _("Take this member out of the family?"),
        "fa-people-arrows",
        multiple=False,
    )
    def leave_family(self, row: Member) -> Any:
        """Take a member out of the family."""
        with work() as session:
            services.leave_family(session, member_id=row.id, by=who(), now=clock.now())
        return redirect(self.get_redirect())
