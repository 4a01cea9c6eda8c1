"""What tills hold, and what went from one member of a family to another."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from addons.points import services
from addons.points.models import Hold, Transfer
from addons.points.views.words import BY_MEMBER, FORMATS, HOLD_STATES, LABELS, TRANSFERS
from core import clock
from core.web import formats
from core.web.posting import post_action, who
from core.web.roles import NOBODY, STORES
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView, action


class HoldView(GuibinView):
    """Points that tills hold, or held."""

    datamodel = GuibinInterface(Hold)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "release"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete"})
    empty_text = _("No till has held points yet.")
    list_title, show_title, add_title, edit_title = _("Points held at tills"), _("Held points"), _("Hold"), _("Hold")
    heading_columns = ("member", "points")
    list_columns = ["at", "member", "points", "state", "until", "spent", "store", "by"]
    show_columns = [*list_columns, "ended_at", "ref"]
    search_columns = ["at", "member", "state", "until", "store", "by"]
    order_columns = ["at", "until", "points"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    label_columns = LABELS | {"spent": _("Spent")}
    formatters_columns = FORMATS | {"state": formats.state_chip(HOLD_STATES)}

    @action("release", _("Release"), _("Let these points be spent again?"), "fa-lock-open")
    def release(self, rows: Any) -> Any:
        """Free what is held."""
        self.one_by_one(rows, self._release)
        self.datamodel.session.expire_all()
        return redirect(self.get_redirect())

    @staticmethod
    def _release(row: Hold) -> None:
        hold_id, by = row.id, who()

        def command(session: Session) -> dict[str, int]:
            return {"balance": services.release(session, hold_id=hold_id, now=clock.now())}

        request = {"hold_id": hold_id, "by": by}
        post_action("points.release", request, command)


class TransferView(ReadOnlyView):
    """What members gave to others of their family, and what others drew to spend it with their own."""

    datamodel = GuibinInterface(Transfer)
    write_roles = NOBODY
    empty_text = _("No points went from one member of a family to another yet.")
    list_title, show_title, add_title, edit_title = (
        _("Points within families"),
        _("Points within a family"),
        _("Transfer"),
        _("Transfer"),
    )
    heading_columns = ("giver", "points")
    list_columns = ["at", "kind", "giver", "taker", "points", "store", "by"]
    show_columns = list_columns
    search_columns = ["at", "day", "kind", "giver", "taker", "points", "store", "by"]
    order_columns = ["at", "points"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"giver": ("name", "number"), "taker": ("name", "number")}
    label_columns = LABELS
    formatters_columns = FORMATS | {"kind": formats.state_chip(TRANSFERS)}
