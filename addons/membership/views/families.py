"""Members who belong together."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _

from addons.membership import services
from addons.membership.models import Family, Member
from addons.membership.views.members import MemberView
from addons.membership.views.words import BY_MEMBER
from core import clock
from core.db.session import work
from core.web.forms import LookupField
from core.web.posting import who
from core.web.roles import NOBODY, STORES
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView


class RelativeView(ReadOnlyView):
    """The members of a family."""

    datamodel = GuibinInterface(Member)
    record_kind = "member"
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
    empty_text = _("No families yet: two members make one.")
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
