"""The members of one's stores: prospects, files, families, their history."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.validators import Optional

from addons.membership import services
from addons.membership.models import Consent, Family, Lookup, Member, MemberChange
from addons.membership.views.cards import CardView
from addons.membership.views.words import (
    BY_MEMBER,
    CHANNELS,
    FIELDS,
    LOOKUPS,
    PURPOSES,
    SEXES,
    STATUSES,
    TIERS,
    any_of,
    choice,
    line,
    tier_or_none,
    worded,
)
from core import clock
from core.db.session import work
from core.web import formats
from core.web.forms import LookupField, PlainDate
from core.web.posting import key_field, post_form, who
from core.web.roles import HQ, MANAGERS, NOBODY, STORES
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView, action


class MemberChangeView(ReadOnlyView):
    """Who changed what in a member's file, and why."""

    datamodel = GuibinInterface(MemberChange)
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("History of members"), _("Change"), _("Change"), _("Change")
    list_columns = ["at", "member", "field", "old", "new", "reason", "by", "approved_by"]
    show_columns = [*list_columns, "store"]
    search_columns = ["at", "member", "field", "by", "approved_by", "store"]
    order_columns = ["at", "field", "by"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    label_columns = {
        "at": _("When"),
        "member": _("Member"),
        "field": _("Field"),
        "old": _("Before"),
        "new": _("After"),
        "reason": _("Reason"),
        "by": _("Changed by"),
        "approved_by": _("Approved by"),
        "store": _("Store"),
    }
    formatters_columns = {
        "at": formats.moment,
        "field": worded(FIELDS),
        "old": formats.text,
        "new": formats.text,
        "approved_by": formats.text,
    }


class ConsentView(GuibinView):
    """What members agreed to; a new answer is a new row."""

    datamodel = GuibinInterface(Consent)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action", "action_post"})
    list_title, show_title, add_title, edit_title = _("Consents"), _("Consent"), _("Record a consent"), _("Consent")
    list_columns = ["at", "member", "purpose", "given", "wording", "by"]
    show_columns = [*list_columns, "guardian_id", "store"]
    search_columns = ["at", "member", "purpose", "given", "wording", "by", "store"]
    order_columns = ["at", "purpose"]
    base_order = ("id", "desc")
    add_columns = ["member", "purpose", "given", "wording", "guardian"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "purpose": choice(_("Purpose"), PURPOSES),
        "guardian": LookupField(_("Guardian, for a child"), model=Member, validators=[Optional()]),
        "wording": line(_("Version of the text"), 40, needed=True),
    }
    search_form_extra_fields: ClassVar[dict[str, Any]] = {"purpose": any_of(_("Purpose"), PURPOSES)}
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    label_columns = {
        "at": _("When"),
        "member": _("Member"),
        "purpose": _("Purpose"),
        "given": _("Agreed"),
        "wording": _("Version of the text"),
        "by": _("Recorded by"),
        "guardian_id": _("Number of the guardian's file"),
        "guardian": _("Guardian, for a child"),
        "store": _("Store"),
    }
    formatters_columns = {"at": formats.moment, "purpose": worded(PURPOSES), "given": formats.yes_no}

    def create(self, form: Any) -> Any:
        """Keep the answer."""
        guardian = form.guardian.data
        with work() as session:
            consent = services.record_consent(
                session,
                member_id=form.member.data.id,
                purpose=form.purpose.data,
                given=bool(form.given.data),
                wording=form.wording.data,
                guardian_id=guardian.id if guardian else None,
                by=who(),
                now=clock.now(),
            )
        return self.datamodel.get(consent.id)


def _day(label: Any, help: Any) -> DateField:  # noqa: A002 - what WTForms calls description
    return DateField(label, validators=[Optional()], widget=PlainDate(), description=help)


_FILE = ("name", "phone", "sex", "email", "district", "street", "recruited_by", "recruited_note", "is_staff")


def _file_fields(help: Any) -> dict[str, Any]:  # noqa: A002 - of the birthday
    return {
        "name": line(_("Full name"), 80),
        "phone": line(_("Phone"), 30, needed=True, help=_("With +86, +852, +853 or +886 if it is from elsewhere.")),
        "email": line(_("E-mail"), 120),
        "district": line(_("District"), 80),
        "street": line(_("Street"), 160),
        "recruited_note": line(_("Which partner or campaign"), 120),
        "sex": choice(_("Sex"), SEXES, default="unknown"),
        "recruited_by": choice(_("Recruited by"), CHANNELS),
        "birthday": _day(_("Birthday"), help),
    }


def _file(form: Any, names: tuple[str, ...] = _FILE) -> dict[str, Any]:
    return {name: getattr(form, name).data or ("" if name != "is_staff" else False) for name in names}


class MemberView(GuibinView):
    """Members and prospects (MEM-01, MEM-02); their tier, cards and points have screens of their own."""

    datamodel = GuibinInterface(Member)
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
    exclude_route_methods: Any = frozenset({"delete", "action_post"})
    list_title, show_title, add_title, edit_title = _("Members"), _("Member"), _("New member"), _("Edit member")
    list_columns = ["number", "name", "tier", "phone", "birthday", "status", "store", "joined_at"]
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
        (_("Person"), {"fields": ["birthday", "birthday_declined", "sex", "family", "guardian", "is_staff"]}),
        (
            _("Recruitment"),
            {"fields": ["recruited_by", "recruited_note", "referrer", "joined_at", "activated_at"]},
        ),
    ]
    add_columns = ["phone", "store", "name", "birthday", "birthday_declined", *_FILE[2:], "referrer", "key"]
    edit_columns = [*_FILE, "birthday", "guardian", "reason"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        **_file_fields(_("With name and birthday (or declined) the person becomes a member at once, else a prospect.")),
        "key": key_field(),
    }
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {
        **_file_fields(_("Shortly before it is used it needs a second person: ask under Birthday changes.")),
        "reason": line(_("Reason"), 200, help=_("Needed to change a birthday.")),
    }
    search_form_extra_fields: ClassVar[dict[str, Any]] = {
        "tier": any_of(_("Tier"), TIERS),
        "status": any_of(_("State"), STATUSES),
        "recruited_by": any_of(_("Recruited by"), CHANNELS),
    }
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
        "tier": tier_or_none,
        "status": formats.state_chip(STATUSES),
        "phone": formats.masked_phone,
        "birthday": formats.day,
        "birthday_declined": formats.yes_no,
        "sex": worded(SEXES),
        "is_staff": formats.yes_no,
        "recruited_by": worded(CHANNELS),
        "joined_at": formats.moment,
        "activated_at": formats.moment,
    }

    def create(self, form: Any) -> Any:
        """Begin a file; with name and birthday (or declined) make the person a member (MEM-03, MEM-05)."""
        details = _file(form) | {"store_id": form.store.data.id}
        details["referrer_id"] = form.referrer.data.id if form.referrer.data else None
        birthday, declined, by = form.birthday.data, bool(form.birthday_declined.data), who()
        request = details | {"birthday": birthday and birthday.isoformat(), "declined": declined, "by": by}

        def command(session: Session) -> dict[str, Any]:
            now = clock.now()
            member = services.register_prospect(session, now=now, **details)
            if member.name and (birthday or declined):
                services.activate(
                    session, member_id=member.id, birthday=birthday, birthday_declined=declined, by=by, now=now
                )
            return {"id": member.id}

        answer = post_form("membership.register", form.key.data or "", request, command).answer
        return self.datamodel.get(answer["id"])

    def change(self, item: Any, form: Any) -> None:
        """Change a file; each change is kept with who and why."""
        changes, birthday, reason = _file(form), form.birthday.data, form.reason.data or ""
        guardian = form.guardian.data.id if form.guardian.data else None
        with work() as session:
            told = {"member_id": item.id, "by": who(), "now": clock.now()}
            services.change_member(session, changes=changes, reason=reason, **told)
            if birthday is not None and birthday != item.birthday:
                services.change_birthday(session, to=birthday, reason=reason, **told)
            if guardian is not None and guardian != item.guardian_id:
                services.set_guardian(session, guardian_id=guardian, **told)

    @action("activate", _("Make a member"), _("Is the file complete?"), "fa-user-check", multiple=False)
    def activate(self, row: Member) -> Any:
        """Make a prospect with a complete file a member."""
        with work() as session:
            services.activate(
                session, member_id=row.id, birthday_declined=row.birthday_declined, by=who(), now=clock.now()
            )
        flash(gettext("%(member)s is a member now.", member=str(row)), "success")
        return redirect(self.get_redirect())

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


class RelativeView(ReadOnlyView):
    """The members of a family."""

    datamodel = GuibinInterface(Member)
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Relatives"), _("Member"), _("New member"), _("Edit member")
    list_columns = ["number", "name", "tier", "birthday", "store"]
    show_columns = ["number", "name", "tier", "birthday", "store"]
    search_columns = ["name", "number"]
    order_columns = ["name"]
    label_columns = {name: MemberView.label_columns[name] for name in show_columns}
    formatters_columns = {name: f for name, f in MemberView.formatters_columns.items() if name in ("tier", "birthday")}


class FamilyView(GuibinView):
    """Members who belong together; two make a family, others join it."""

    datamodel = GuibinInterface(Family)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action", "action_post"})
    list_title, show_title, add_title, edit_title = _("Families"), _("Family"), _("Make a family"), _("Family")
    list_columns = ["name", "store"]
    show_columns = ["name", "store"]
    search_columns = ["name", "store"]
    order_columns = ["name"]
    add_columns = ["name", "store", "first", "second"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "first": LookupField(_("Member"), model=Member),
        "second": LookupField(_("And"), model=Member),
    }
    related_views = [RelativeView]
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"first": BY_MEMBER, "second": BY_MEMBER}
    label_columns = {"name": _("Name of the family"), "store": _("Store"), "first": _("Member"), "second": _("And")}

    def create(self, form: Any) -> Any:
        """Make the two a family, or let one join the other's."""
        chosen = [field.data.id for field in (form.first, form.second) if field.data is not None]
        with work() as session:
            family = services.set_family(
                session,
                store_id=form.store.data.id,
                name=form.name.data,
                member_ids=chosen,
                by=who(),
                now=clock.now(),
            )
        return self.datamodel.get(family.id)


class LookupView(ReadOnlyView):
    """Who looked up whom at a till (C31)."""

    datamodel = GuibinInterface(Lookup)
    read_roles = (*MANAGERS, *HQ)
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Members looked up"), _("Look-up"), _("Look-up"), _("Look-up")
    list_columns = ["at", "by", "how", "member", "store"]
    show_columns = ["at", "by", "how", "member", "store"]
    search_columns = ["at", "by", "how", "member", "store"]
    order_columns = ["at", "by"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    label_columns = {
        "at": _("When"),
        "by": _("Looked up by"),
        "how": _("By means of"),
        "member": _("Member"),
        "store": _("Store that asked"),
    }
    formatters_columns = {"at": formats.moment, "how": worded(LOOKUPS)}
