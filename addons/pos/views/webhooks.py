"""Who is told what happened, and the messages on their way."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, g, redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField

from addons.pos import services
from addons.pos.domain import webhooks
from addons.pos.models import Delivery, Subscription
from addons.pos.views.words import (
    COVERS,
    DELIVERIES,
    EVENTS,
    READERS,
    choice,
    installation_secret,
    line,
)
from core import clock
from core.db.session import work
from core.web import formats
from core.web.people import person
from core.web.posting import who
from core.web.roles import FRANCHISE_ADMIN, HQ
from core.web.views import GuibinInterface, GuibinView, action

#: A field for each event that can be asked for.
_TICKS = {event.partition(".")[0]: event for event in webhooks.EVENTS}


def _fields() -> dict[str, Any]:
    named = {
        "name": line(_("Name"), 60, help=_("Who is told, for example: stock system of the franchisee.")),
        "url": line(_("Internet address"), 400, help=_("Begins with https://. Messages are sent there by POST.")),
    }
    return named | {tick: BooleanField(EVENTS[event]) for tick, event in _TICKS.items()}


class PosSubscriptionView(GuibinView):
    """Webhooks: addresses that are told of events; a secret is shown once, when it is made."""

    datamodel = GuibinInterface(Subscription)
    empty_text = _("Nobody is told yet.")
    empty_how = _("Add a webhook to let another system know what happens.")
    read_roles = READERS
    write_roles = (FRANCHISE_ADMIN, *HQ)
    base_permissions: ClassVar[list[str]] = [
        "can_list",
        "can_show",
        "can_add",
        "can_edit",
        "can_lookup",
        "renew",
        "trial",
    ]
    exclude_route_methods: Any = frozenset({"delete", "action_post"})
    list_title, show_title, add_title, edit_title = (
        _("Webhooks"),
        _("Webhook"),
        _("New webhook"),
        _("Change the webhook"),
    )
    list_columns = ["name", "store", "covers", "events", "active", "last_sent_at"]
    show_columns = [
        *list_columns,
        "url",
        "key_id",
        "old_until",
        "created_at",
        "created_by",
        "changed_at",
        "changed_by",
    ]
    search_columns = ["name", "store", "url", "active", "created_at"]
    order_columns = ["name", "active", "last_sent_at"]
    base_order = ("id", "desc")
    add_fieldsets: ClassVar[list[Any]] = [
        (_("Who is told"), {"fields": ["store", "covers", "name", "url"]}),
        (_("Told of"), {"fields": [*_TICKS]}),
    ]
    edit_fieldsets: ClassVar[list[Any]] = [
        (_("Who is told"), {"fields": ["name", "url", "active"]}),
        (_("Told of"), {"fields": [*_TICKS]}),
    ]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"covers": choice(_("Covers"), COVERS), **_fields()}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = _fields()
    label_columns = {
        "name": _("Name"),
        "store": _("Store"),
        "covers": _("Covers"),
        "url": _("Internet address"),
        "events": _("Told of"),
        "active": _("In use"),
        "key_id": _("Number of the secret"),
        "old_until": _("Old secret good until"),
        "created_at": _("Made at"),
        "created_by": _("Made by"),
        "changed_at": _("Changed at"),
        "changed_by": _("Changed by"),
        "last_sent_at": _("Last arrived"),
        **{tick: EVENTS[event] for tick, event in _TICKS.items()},
    }
    formatters_columns = {
        "covers": formats.worded(COVERS),
        "events": lambda events: " · ".join(str(EVENTS.get(event, event)) for event in events or ()),
        "active": formats.yes_no,
        "old_until": formats.moment,
        "created_at": formats.moment,
        "changed_at": formats.moment,
        "created_by": person,
        "changed_by": person,
        "last_sent_at": formats.moment,
    }

    def create(self, form: Any) -> Any:
        """Make the subscription; its secret goes to the page that follows, nowhere else."""
        asked = _asked(form) | {"covers": form.covers.data}
        with work() as session:
            made = services.add_subscription(
                session,
                store_id=form.store.data.id,
                asked=asked,
                by=who(),
                now=clock.now(),
                secret=installation_secret(),
            )
        g.pos_new_secret = made
        return made.subscription

    def post_add_redirect(self) -> Any:
        """Show the secret this once, in the answer itself: it goes through no session and no address."""
        return self._secret(gettext("The webhook is made"), g.pos_new_secret)

    def _secret(self, title: str, made: services.NewSecret) -> Any:
        return self.render_template("pos/secret.html", title=title, made=made)

    def prefill_form(self, form: Any, _pk: Any) -> None:
        """Tick the events it is told of."""
        row = self.datamodel.get(_pk)
        for tick, event in _TICKS.items():
            form[tick].data = event in row.events

    def change(self, item: Any, form: Any) -> None:
        """Change name, address, events, or whether it is told at all."""
        asked = _asked(form) | {"active": form.active.data}
        with work() as session:
            services.change_subscription(session, subscription_id=item.id, asked=asked, by=who(), now=clock.now())

    @action(
        "renew",
        _("Renew the secret"),
        _("Messages carry the signatures of both secrets for a while. Renew it?"),
        "fa-key",
        multiple=False,
    )
    def renew(self, row: Subscription) -> Any:
        """Make another secret and show it this once."""
        with work() as session:
            made = services.renew_secret(
                session, subscription_id=row.id, by=who(), now=clock.now(), secret=installation_secret()
            )
        return self._secret(gettext("The secret was renewed"), made)

    @action(
        "trial", _("Send a trial"), _("A message without meaning is sent. Go on?"), "fa-paper-plane", multiple=False
    )
    def trial(self, row: Subscription) -> Any:
        """Put a trial on its way."""
        with work() as session:
            services.send_trial(session, subscription_id=row.id, by=who(), now=clock.now())
        flash(gettext("The trial is on its way; see the messages of webhooks."), "success")
        return redirect(self.get_redirect())


def _asked(form: Any) -> dict[str, Any]:
    events = [event for tick, event in _TICKS.items() if form[tick].data]
    return {"name": form.name.data, "url": form.url.data, "events": events}


class PosDeliveryView(GuibinView):
    """Messages of webhooks: on their way, arrived, given up."""

    datamodel = GuibinInterface(Delivery)
    empty_text = _("No message yet: they follow what happens in stores that have a webhook.")
    read_roles = READERS
    write_roles = (FRANCHISE_ADMIN, *HQ)
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "resend"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete"})
    list_title, show_title, add_title, edit_title = (
        _("Messages of webhooks"),
        _("Message"),
        _("Message"),
        _("Message"),
    )
    heading_columns = ("event", "subscription")
    list_columns = ["created_at", "subscription", "event", "state", "attempts", "status", "due_at", "ended_at"]
    show_columns = [*list_columns, "store", "message", "problem", "body"]
    search_columns = ["created_at", "subscription", "event", "state", "store", "message"]
    order_columns = ["created_at", "event", "state", "attempts", "due_at", "ended_at"]
    base_order = ("id", "desc")
    label_columns = {
        "created_at": _("Happened at"),
        "subscription": _("Webhook"),
        "event": _("Told of"),
        "state": _("State"),
        "attempts": _("Attempts"),
        "status": _("Last answer"),
        "due_at": _("Next attempt"),
        "ended_at": _("Ended at"),
        "store": _("Store"),
        "message": _("Number of the message"),
        "problem": _("Last problem"),
        "body": _("What is sent"),
    }
    formatters_columns = {
        "created_at": formats.moment,
        "event": formats.worded(EVENTS),
        "state": formats.state_chip(DELIVERIES),
        "attempts": formats.count,
        "status": formats.text,
        "due_at": formats.moment,
        "ended_at": formats.moment,
        "problem": formats.text,
    }

    @action("resend", _("Send again"), _("Send it again? The receiver knows it by its number."), "fa-rotate-right")
    def resend(self, rows: Any) -> Any:
        """Put messages on their way again."""
        ids = [row.id for row in (rows if isinstance(rows, list) else [rows])]
        with work() as session:
            services.resend(session, delivery_ids=ids, now=clock.now())
        flash(gettext("The message is on its way again."), "success")
        return redirect(self.get_redirect())
