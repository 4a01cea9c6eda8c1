"""Who looks after which stores."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release

from addons.stores import services
from addons.stores.models import Franchisee, Region, Store, UserScope
from addons.stores.views.words import KINDS, told_place, told_user
from core.db.session import reading, work
from core.web import formats
from core.web.forms import PlainSelect
from core.web.roles import HQ, SYSTEM_ADMIN
from core.web.views import GuibinInterface, GuibinView


def _users() -> list[SelectChoice]:
    with reading() as session:
        people = session.execute(select(User.id, User.username).where(User.active).order_by(User.username))
        return [SelectChoice(key, name) for key, name in people]


def _targets() -> list[SelectChoice]:
    """The stores, franchisees and regions one may be put in charge of."""
    with reading() as session:
        kinds: tuple[tuple[str, Any], ...] = (("store", Store), ("franchisee", Franchisee), ("region", Region))
        found = [
            SelectChoice(f"{kind}:{row.id}", f"{KINDS[kind]}: {row.name}")
            for kind, model in kinds
            for row in session.scalars(select(model).order_by(model.code))
        ]
    return [*(SelectChoice(f"{kind}:", str(KINDS[kind])) for kind in ("hq", "auditor")), *found]


class UserScopeView(GuibinView):
    """Who looks after which stores; given and taken back by headquarters."""

    datamodel = GuibinInterface(UserScope)
    read_roles = (*HQ, SYSTEM_ADMIN)
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_delete"]
    exclude_route_methods: Any = frozenset({"edit", "action", "action_post"})
    list_title, show_title, add_title, edit_title = (
        _("Responsibilities"), _("Responsibility"), _("New responsibility"), _("Responsibility")
    )  # fmt: skip
    list_columns = ["user_id", "kind", "place"]
    show_columns = ["user_id", "kind", "place"]
    search_columns = ["kind"]
    order_columns = ["kind"]
    add_columns = ["user", "target"]
    heading_columns = ("user_id", "kind")
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "user": SelectField(_("User"), coerce=int, choices=_users, widget=PlainSelect()),
        "target": SelectField(_("Looks after"), choices=_targets, widget=PlainSelect()),
    }
    label_columns = {
        "user_id": _("User"),
        "user": _("User"),
        "kind": _("Looks after"),
        "place": _("Store, franchisee or region"),
        "target": _("Looks after"),
    }
    formatters_columns = {"kind": formats.worded(KINDS), "user_id": told_user, "place": told_place}

    def create(self, form: Any) -> Any:
        """Grant what was chosen."""
        kind, _colon, target = form.target.data.partition(":")
        with work() as session:
            granted = services.grant_scope(
                session, user_id=form.user.data, kind=kind, target_id=int(target) if target else None
            )
        return self.datamodel.get(granted.id)

    def remove(self, item: Any) -> None:
        """Take it back."""
        with work() as session:
            services.revoke_scope(session, user_id=item.user_id, kind=item.kind, target_id=item.target_id)
