"""What is kept of members and never changed: their answers, what was corrected, who looked for them."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms.validators import Optional

from addons.membership import services
from addons.membership.models import Consent, Lookup, Member, MemberChange
from addons.membership.views.words import BY_MEMBER, FIELDS, LOOKUPS, PURPOSES, choice, line
from core import clock
from core.db.session import work
from core.web import formats
from core.web.forms import LookupField
from core.web.people import person
from core.web.posting import who
from core.web.record_pages import opens
from core.web.roles import HQ, MANAGERS, NOBODY, STORES
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView


class MemberChangeView(ReadOnlyView):
    """Who changed what in a member's file, and why."""

    datamodel = GuibinInterface(MemberChange)
    write_roles = NOBODY
    empty_text = _("No file was changed yet. What is corrected on a member's page is kept here.")
    list_title, show_title, add_title, edit_title = _("History of members"), _("Change"), _("Change"), _("Change")
    heading_columns = ("member", "field")
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
        "member": opens("member"),
        "field": formats.worded(FIELDS),
        "old": formats.text,
        "new": formats.text,
        "by": person,
        "approved_by": person,
    }


class ConsentView(GuibinView):
    """What members agreed to; a new answer is a new row."""

    datamodel = GuibinInterface(Consent)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action", "action_post"})
    empty_text = _("No answer was recorded yet.")
    empty_how = _("Ask at enrolment, and record it here or on the member's page.")
    list_title, show_title, add_title, edit_title = _("Consents"), _("Consent"), _("Record a consent"), _("Consent")
    heading_columns = ("member", "purpose")
    list_columns = ["at", "member", "purpose", "given", "wording", "by"]
    show_columns = [*list_columns, "guardian", "store"]
    search_columns = ["at", "member", "purpose", "given", "wording", "by", "store"]
    order_columns = ["at", "purpose"]
    base_order = ("id", "desc")
    add_columns = ["member", "purpose", "given", "wording", "guardian"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "purpose": choice(_("Purpose"), PURPOSES),
        "guardian": LookupField(_("Guardian, for a child"), model=Member, validators=[Optional()]),
        "wording": line(_("Version of the text"), 40, needed=True),
    }
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    label_columns = {
        "at": _("When"),
        "member": _("Member"),
        "purpose": _("Purpose"),
        "given": _("Agreed"),
        "wording": _("Version of the text"),
        "by": _("Recorded by"),
        "guardian": _("Guardian, for a child"),
        "store": _("Store"),
    }
    formatters_columns = {
        "at": formats.moment,
        "member": opens("member"),
        "guardian": opens("member"),
        "purpose": formats.worded(PURPOSES),
        "given": formats.yes_no,
        "by": person,
    }

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


class LookupView(ReadOnlyView):
    """Who looked up whom at a till (C31)."""

    datamodel = GuibinInterface(Lookup)
    read_roles = (*MANAGERS, *HQ)
    write_roles = NOBODY
    empty_text = _("No till has looked for a member by card or phone yet.")
    list_title, show_title, add_title, edit_title = _("Members looked up"), _("Look-up"), _("Look-up"), _("Look-up")
    heading_columns = ("at", "how")
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
    formatters_columns = {
        "at": formats.moment,
        "by": person,
        "how": formats.worded(LOOKUPS),
        "member": opens("member"),
    }
