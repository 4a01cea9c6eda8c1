"""The tills that may call the API."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, g, redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from addons.pos import services
from addons.pos.models import Till
from addons.pos.views.words import READERS
from core import clock
from core.db.session import work
from core.web import formats
from core.web.forms import PlainText
from core.web.people import person
from core.web.posting import who
from core.web.roles import FRANCHISE_ADMIN, HQ
from core.web.views import GuibinInterface, GuibinView, action


class PosTillView(GuibinView):
    """Tills of other makers; a credential is shown once, when it is made."""

    datamodel = GuibinInterface(Till)
    read_roles = READERS
    write_roles = (FRANCHISE_ADMIN, *HQ)
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "renew", "revoke"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action_post"})
    empty_text = _("No till is connected.")
    empty_how = _("Add one to get its credential; it is shown once.")
    offered_when: ClassVar[dict[str, Any]] = {"revoke": lambda till: till.active}
    list_title, show_title, add_title, edit_title = (
        _("Connected tills"),
        _("Connected till"),
        _("Connect a till"),
        _("Connected till"),
    )
    list_columns = ["name", "store", "key_id", "active", "last_used_at", "created_at"]
    show_columns = [*list_columns, "created_by", "renewed_at", "renewed_by", "old_until", "revoked_at", "revoked_by"]
    search_columns = ["name", "store", "key_id", "active", "created_at"]
    order_columns = ["name", "active", "last_used_at", "created_at"]
    base_order = ("id", "desc")
    add_columns = ["store", "name"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "name": StringField(
            _("Name of the till"),
            validators=[DataRequired(), Length(max=60)],
            widget=PlainText(),
            description=_("How you tell it from the others of the store, for example: till 2, ground floor."),
        )
    }
    label_columns = {
        "name": _("Name of the till"),
        "store": _("Store"),
        "key_id": _("Credential number"),
        "active": _("May call"),
        "last_used_at": _("Last call"),
        "created_at": _("Connected at"),
        "created_by": _("Connected by"),
        "renewed_at": _("Credential renewed at"),
        "renewed_by": _("Credential renewed by"),
        "old_until": _("Old secret good until"),
        "revoked_at": _("Revoked at"),
        "revoked_by": _("Revoked by"),
    }
    formatters_columns = {
        "active": formats.yes_no,
        "created_by": person,
        "renewed_by": person,
        "revoked_by": person,
        "last_used_at": formats.moment,
        "created_at": formats.moment,
        "renewed_at": formats.moment,
        "old_until": formats.moment,
        "revoked_at": formats.moment,
    }

    def create(self, form: Any) -> Any:
        """Make the credential and keep it for the page that follows, nowhere else."""
        with work() as session:
            made = services.add_till(
                session, store_id=form.store.data.id, name=form.name.data, by=who(), now=clock.now()
            )
        g.pos_new_till = made
        return made.till

    def post_add_redirect(self) -> Any:
        """Show the credential this once, in the answer itself: it goes through no session and no address."""
        return self._credential(gettext("The till is connected"), g.pos_new_till)

    def _credential(self, title: str, made: services.NewTill) -> Any:
        return self.render_template("pos/credential.html", title=title, made=made)

    @action(
        "renew",
        _("Renew the credential"),
        _("The till gets another secret; the old one stays good for a while. Renew it?"),
        "fa-key",
        multiple=False,
    )
    def renew(self, till: Till) -> Any:
        """Make another secret and show it this once."""
        with work() as session:
            made = services.renew_credential(session, till_id=till.id, by=who(), now=clock.now())
        return self._credential(gettext("The credential was renewed"), made)

    @action("revoke", _("Revoke"), _("The till is refused from its next call on. Revoke it?"), "fa-ban", multiple=False)
    def revoke(self, till: Till) -> Any:
        """Take back the credential."""
        with work() as session:
            services.revoke_till(session, till_id=till.id, by=who(), now=clock.now())
        flash(gettext("The credential was revoked."), "success")
        return redirect(self.get_redirect())
