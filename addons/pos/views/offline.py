"""Sales made offline, and what about them does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from addons.pos import services
from addons.pos.models import Conflict, OfflineSale
from addons.pos.views.words import BEARERS, CONFLICTS, READERS, SALES, choice, line
from core import clock
from core.db.session import work
from core.errors import refusals
from core.money import yuan
from core.web import formats
from core.web.posting import key_field, who
from core.web.roles import NOBODY
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView

_STEPS = {"resolve": _("It is settled"), "post": _("Post the sale now")}
_SENTENCES: dict[str, Any] = {
    "limit": _("An offer was used up meanwhile: %(due)s would have been due, %(paid)s was paid."),
    "under_price": _("Rules and prices make it %(due)s, %(paid)s was paid."),
    "over_price": _("Rules and prices make it %(due)s, %(paid)s was paid: the customer gets the difference back."),
    "unknown_member": _("Nobody was found for the card %(card)s; the receipt is without a member."),
    "card_state": _("The card %(card)s is not in use: %(state)s."),
    "pack": _("The pack was over or not this till's: rules and prices of the moment of sale were taken."),
    "clock": _("The till says %(sold_at)s, the sale came in at %(received_at)s."),
}
_SHOWN: dict[str, Callable[[Any], str]] = {
    "due": yuan,
    "paid": yuan,
    "card": lambda card: card or formats.EMPTY,
    "sold_at": lambda text: formats.moment(datetime.fromisoformat(text)),
    "received_at": lambda text: formats.moment(datetime.fromisoformat(text)),
}


def told(story: tuple[str, Mapping[str, Any]]) -> str:
    """Return what does not fit as a sentence in the person's language."""
    kind, facts = story
    if kind in _SENTENCES:
        shown = {name: _SHOWN.get(name, str)(value) for name, value in facts.items()}
        return str(_SENTENCES[kind]) % shown
    refused = refusals().get(str(facts.get("code")))
    return formats.EMPTY if refused is None else refused(**facts["facts"]).worded(gettext)


class PosConflictView(GuibinView):
    """What does not fit about sales made offline: each is looked at by a person, who says why it is settled."""

    datamodel = GuibinInterface(Conflict)
    empty_text = _("Nothing waits: no sale made offline has a conflict.")
    read_roles = READERS
    write_roles = READERS
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_edit", "can_lookup"]
    exclude_route_methods: Any = frozenset({"add", "delete", "action", "action_post"})
    list_title, show_title, add_title, edit_title = (
        _("Conflicts of sales made offline"),
        _("Conflict"),
        _("Conflict"),
        _("Resolve the conflict"),
    )
    heading_columns = ("kind",)
    list_columns = ["found_at", "store", "sale", "kind", "story", "amount", "bearer", "resolved_by"]
    show_columns = [
        "found_at",
        "store",
        "sale",
        "kind",
        "story",
        "amount",
        "bearer",
        "resolved_at",
        "resolved_by",
        "reason",
    ]
    search_columns = ["found_at", "store", "kind", "bearer", "resolved_at"]
    order_columns = ["found_at", "kind", "amount", "bearer"]
    base_order = ("id", "desc")
    edit_columns = ["step", "reason", "key"]
    edit_shows = ("sale", "store", "kind", "story", "amount", "bearer")
    edit_button = _("Resolve the conflict")
    offered_when: ClassVar[dict[str, Any]] = {"edit": lambda conflict: conflict.resolved_at is None}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {
        "step": choice(_("What to do"), _STEPS),
        "reason": line(
            _("Reason"), 200, help=_("How it was settled: kept, and who reads it later must understand it.")
        ),
        "key": key_field(),
    }
    label_columns = {
        "found_at": _("Found at"),
        "store": _("Store"),
        "sale": _("Sale made offline"),
        "kind": _("Kind"),
        "story": _("What does not fit"),
        "amount": _("Amount"),
        "bearer": _("Who bears it"),
        "resolved_at": _("Resolved at"),
        "resolved_by": _("Resolved by"),
        "reason": _("Reason"),
        "step": _("What to do"),
    }
    formatters_columns = {
        "found_at": formats.moment,
        "sale": formats.whole,
        "kind": formats.worded(CONFLICTS),
        "story": told,
        "amount": formats.money,
        "bearer": formats.worded(BEARERS),
        "resolved_at": formats.moment,
        "resolved_by": formats.text,
        "reason": formats.text,
    }
    edit_row_message = _("The conflict is resolved.")

    def prefill_form(self, form: Any, _pk: Any) -> None:
        """Begin with an empty reason: the one that is there is somebody else's."""
        form.reason.data = ""

    def change(self, item: Conflict, form: Any) -> None:
        """Note that it is settled, or post the sale that waits."""
        said: dict[str, Any] = {"reason": form.reason.data or "", "by": who(), "now": clock.now()}
        if form.step.data == "post":
            services.post_held(sale_id=item.sale_id, key=(form.key.data or "")[:24], **said)
            return
        with work() as session:
            services.resolve_conflict(session, conflict_id=item.id, **said)


class PosOfflineSaleView(ReadOnlyView):
    """Sales made offline, with the moment of the sale and the moment it was posted."""

    datamodel = GuibinInterface(OfflineSale)
    empty_text = _("No till has sold offline yet.")
    read_roles = READERS
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = (
        _("Sales made offline"),
        _("Sale made offline"),
        _("Sale made offline"),
        _("Sale made offline"),
    )
    list_columns = ["sold_at", "posted_at", "store", "till", "number", "paid", "state"]
    show_columns = ["sold_at", "received_at", "posted_at", "store", "till", "key", "number", "paid", "state"]
    search_columns = ["sold_at", "store", "till", "number", "key", "state"]
    order_columns = ["sold_at", "posted_at", "number", "paid", "state"]
    base_order = ("id", "desc")
    related_views: ClassVar[list[Any]] = [PosConflictView]
    label_columns = {
        "sold_at": _("Sold at, by the till"),
        "received_at": _("Came in at"),
        "posted_at": _("Posted at"),
        "store": _("Store"),
        "till": _("Till"),
        "key": _("Key of the till"),
        "number": _("Receipt number"),
        "paid": _("Paid in money"),
        "state": _("State"),
    }
    formatters_columns = {
        "sold_at": formats.moment,
        "received_at": formats.moment,
        "posted_at": formats.moment,
        "number": formats.text,
        "paid": formats.money,
        "state": formats.state_chip(SALES),
    }


def tiles(session: Any) -> list[dict[str, Any]]:
    """Return how many conflicts wait for a person."""
    waiting = select(func.count(Conflict.id)).where(Conflict.resolved_at.is_(None))
    return [
        {
            "title": gettext("Conflicts to resolve"),
            "value": session.scalar(waiting) or 0,
            "link": "/posconflictview/list/",
            "waits": ("can_edit", "PosConflictView"),
        }
    ]
