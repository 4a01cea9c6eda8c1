"""Cards, the numbers stores may give, quotas and those who wait."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from addons.membership import services
from addons.membership.models import Card, CardSegment, TierQuota, WaitingEntry
from addons.membership.services.errors import QuotaFull
from addons.membership.views.words import BY_MEMBER, CARDS, TIERS, WAITING, choice, line
from core import clock
from core.db.scope import current_scope
from core.db.session import work
from core.web import formats
from core.web.forms import PlainNumber
from core.web.leaving import Check
from core.web.posting import key_field, post_form, who
from core.web.record_pages import opens
from core.web.roles import HQ, MANAGERS, STORES
from core.web.views import GuibinInterface, GuibinView, action

_STEPS = {"replace": _("Replace by a new card"), "close": _("Close for good")}


def _number_fits(session: Session, form: Any) -> None:
    """Refuse a card number as the services do: of the store and tier where they are known, else by its digits."""
    number = services.as_printed(form.card_number.data)
    replaced = session.get(Card, key) if (key := getattr(form, "_id", None)) else None
    store_id = replaced.store_id if replaced else getattr(form.store.data, "id", None)
    tier = replaced.tier if replaced else getattr(form.member.data, "tier", "")
    if store_id and tier and current_scope().may_write(store_id):
        services.check_card_number(session, store_id=store_id, tier=tier, number=number)


class CardView(GuibinView):
    """Cards of one's stores: issued here, activated, lost, replaced, closed (MEM-06)."""

    datamodel = GuibinInterface(Card)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = [
        "can_list",
        "can_show",
        "can_add",
        "can_edit",
        "can_lookup",
        "activate",
        "lose",
    ]
    exclude_route_methods: Any = frozenset({"delete"})
    list_title, show_title, add_title, edit_title = (
        _("Cards"),
        _("Member's card"),
        _("Issue a card"),
        _("Replace or close a card"),
    )
    list_columns = ["number", "member", "tier", "status", "store", "issued_at", "activated_at"]
    show_columns = [*list_columns, "series", "ended_at"]
    search_columns = ["number", "member", "tier", "status", "store", "issued_at", "activated_at"]
    order_columns = ["number", "tier", "status", "issued_at", "activated_at"]
    base_order = ("id", "desc")
    add_columns = ["member", "store", "card_number", "wait", "key"]
    edit_columns = ["step", "card_number", "reason", "key"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "card_number": line(_("Number on the card"), 24, help=_("Empty takes the next number of the store.")),
        "wait": BooleanField(_("Put on the waiting list if all cards are given out")),
        "key": key_field(),
    }
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {
        "step": choice(_("What to do"), _STEPS),
        "card_number": line(_("Number on the new card"), 24, help=_("Empty takes the next number of the store.")),
        "reason": line(_("Reason"), 200, help=_("Needed to close a card.")),
        "key": key_field(),
    }
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    checked_on_leaving: ClassVar[dict[str, Check]] = {"card_number": _number_fits}
    label_columns = {
        "number": _("Card number"),
        "member": _("Member"),
        "tier": _("Tier"),
        "status": _("State"),
        "store": _("Store"),
        "series": _("Series"),
        "issued_at": _("Issued at"),
        "activated_at": _("Activated"),
        "ended_at": _("Out of use since"),
        "card_number": _("Number on the card"),
        "step": _("What to do"),
        "reason": _("Reason"),
        "wait": _("Put on the waiting list if all cards are given out"),
    }
    formatters_columns = {
        "member": opens("member"),
        "tier": formats.tier_chip,
        "status": formats.state_chip(CARDS),
        "issued_at": formats.moment,
        "activated_at": formats.moment,
        "ended_at": formats.moment,
        "series": formats.text,
    }

    add_button = _("Issue the card")
    offered_when: ClassVar[dict[str, Any]] = {
        "activate": lambda card: card.status == "issued",
        "lose": lambda card: card.status in ("issued", "active"),
    }

    def create(self, form: Any) -> Any:
        """Issue the first card of a member; where the quota is full, the member may wait (C26)."""
        request = {
            "member_id": form.member.data.id,
            "store_id": form.store.data.id,
            "number": (form.card_number.data or "").strip() or None,
            "by": who(),
        }

        def command(session: Session) -> dict[str, Any]:
            return {"id": services.issue_card(session, now=clock.now(), **request).id}

        try:
            answer = post_form("membership.issue", form.key.data or "", request, command).answer
        except QuotaFull as full:
            if form.wait.data:
                self._wait(request, full.tier)
            raise
        return self.datamodel.get(answer["id"])

    @staticmethod
    def _wait(request: dict[str, Any], tier: str) -> None:
        with work() as session:
            services.wait_for_card(
                session, member_id=request["member_id"], store_id=request["store_id"], tier=tier, now=clock.now()
            )
        flash(gettext("The member was put on the waiting list."), "info")

    def change(self, item: Any, form: Any) -> None:
        """Replace a card, or close it."""
        if form.step.data == "close":
            with work() as session:
                services.close_card(session, card_id=item.id, reason=form.reason.data or "", now=clock.now(), by=who())
            return
        number = (form.card_number.data or "").strip() or None
        request = {"card_id": item.id, "store_id": item.store_id, "number": number, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            return {"number": services.replace_card(session, now=clock.now(), **request).number}

        answer = post_form("membership.replace", form.key.data or "", request, command).answer
        flash(gettext("The new card is %(number)s. Activate it now.", number=answer["number"]), "info")

    @action("activate", _("Activate"), _("Activate this card?"), "fa-circle-check")
    def activate(self, rows: Any) -> Any:
        """Activate issued cards."""
        self.one_by_one(rows, self._activate)
        return redirect(self.get_redirect())

    @staticmethod
    def _activate(row: Card) -> str:
        number = row.number
        with work() as session:
            services.activate_card(session, card_id=row.id, now=clock.now(), by=who())
        return str(gettext("The card %(number)s is in use now.", number=number))

    @action("lose", _("Report as lost"), _("Block this card?"), "fa-ban", multiple=False)
    def lose(self, row: Card) -> Any:
        """Block a lost card."""
        with work() as session:
            services.report_loss(session, card_id=row.id, now=clock.now(), by=who())
        flash(gettext("The card %(number)s is blocked.", number=row.number), "success")
        return redirect(self.get_redirect())


def _serial(label: Any, help: Any = "") -> IntegerField:  # noqa: A002 - what WTForms calls description
    checks = [InputRequired(), NumberRange(min=1, max=10**18 - 1)]
    return IntegerField(label, validators=checks, widget=PlainNumber(), description=help)


class CardSegmentView(GuibinView):
    """The card numbers each store may give."""

    datamodel = GuibinInterface(CardSegment)
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action", "action_post"})
    list_title, show_title, add_title, edit_title = (
        _("Card numbers"), _("Card numbers"), _("New card numbers"), _("Card numbers")
    )  # fmt: skip
    list_columns = ["store", "tier", "series", "first", "last", "next"]
    show_columns = ["store", "tier", "series", "first", "last", "next"]
    search_columns = ["store", "tier", "series", "first", "last"]
    order_columns = ["tier", "series", "first"]
    base_order = ("first", "asc")
    add_columns = ["store", "tier", "series", "first", "last"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "tier": choice(_("Tier"), TIERS),
        "series": line(_("Series"), 20),
        "first": _serial(_("First number"), _("Without the check digit, which is added.")),
        "last": _serial(_("Last number")),
    }
    label_columns = {
        "store": _("Store"),
        "tier": _("Tier"),
        "series": _("Series"),
        "first": _("First number"),
        "last": _("Last number"),
        "next": _("Next number"),
    }
    formatters_columns = {"tier": formats.tier_chip, "series": formats.text}

    def create(self, form: Any) -> Any:
        """Give a store numbers that nobody has."""
        with work() as session:
            segment = services.open_segment(
                session,
                store_id=form.store.data.id,
                tier=form.tier.data,
                series=(form.series.data or "").strip(),
                first=form.first.data,
                last=form.last.data,
            )
        return self.datamodel.get(segment.id)


class TierQuotaView(GuibinView):
    """How many cards of a tier may be out (MEM-13, C26)."""

    datamodel = GuibinInterface(TierQuota)
    empty_text = _("No quota: cards are given without a limit.")
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    exclude_route_methods: Any = frozenset({"delete", "action", "action_post"})
    list_title, show_title, add_title, edit_title = _("Quotas"), _("Quota"), _("New quota"), _("Edit quota")
    heading_columns = ("tier",)
    list_columns = ["brand", "tier", "series", "for_store", "allowed", "used"]
    show_columns = ["brand", "tier", "series", "for_store", "allowed", "used"]
    search_columns = ["brand", "tier", "series", "for_store"]
    order_columns = ["tier", "allowed", "used"]
    add_columns = ["brand", "tier", "series", "for_store", "allowed"]
    edit_columns = ["allowed"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "tier": choice(_("Tier"), TIERS),
        "series": line(_("Series"), 20, help=_("Empty is for all series.")),
    }
    validators_columns: ClassVar[dict[str, Any]] = {"allowed": [NumberRange(min=0)]}
    description_columns = {"for_store": _("Empty is for the whole brand.")}
    label_columns = {
        "brand": _("Brand"),
        "tier": _("Tier"),
        "series": _("Series"),
        "for_store": _("Store"),
        "allowed": _("Cards allowed"),
        "used": _("Cards out"),
    }
    formatters_columns = {
        "tier": formats.tier_chip,
        "series": formats.text,
        "for_store": formats.text,
        "allowed": formats.count,
        "used": formats.count,
    }

    def create(self, form: Any) -> Any:
        """Set a quota; cards that are out already are counted."""
        store = form.for_store.data
        with work() as session:
            quota = services.set_quota(
                session,
                brand_id=form.brand.data.id,
                tier=form.tier.data,
                series=(form.series.data or "").strip(),
                store_id=store.id if store else None,
                allowed=form.allowed.data,
            )
        return self.datamodel.get(quota.id)

    def change(self, item: Any, form: Any) -> None:
        """Change how many are allowed."""
        with work() as session:
            services.set_quota(
                session,
                brand_id=item.brand_id,
                tier=item.tier,
                series=item.series,
                store_id=item.for_store_id,
                allowed=form.allowed.data,
            )


class WaitingEntryView(GuibinView):
    """Who waits for a card, first come first served."""

    datamodel = GuibinInterface(WaitingEntry)
    empty_text = _("Nobody waits for a card: no quota is full.")
    write_roles = MANAGERS
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "leave"]
    exclude_route_methods: Any = frozenset({"edit", "delete"})
    list_title, show_title, add_title, edit_title = (
        _("Waiting list"), _("Waiting list"), _("Put on the waiting list"), _("Waiting list")
    )  # fmt: skip
    heading_columns = ("member", "tier")
    list_columns = ["since", "member", "tier", "status", "store", "ended_at"]
    show_columns = ["since", "member", "tier", "series", "status", "store", "ended_at"]
    search_columns = ["since", "member", "tier", "status", "store"]
    order_columns = ["since", "tier", "status"]
    base_order = ("since", "asc")
    add_columns = ["member", "store", "tier"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"tier": choice(_("Tier"), TIERS)}
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": BY_MEMBER}
    label_columns = {
        "since": _("Waits since"),
        "member": _("Member"),
        "tier": _("Tier"),
        "series": _("Series"),
        "status": _("State"),
        "store": _("Store"),
        "ended_at": _("Waited until"),
    }
    formatters_columns = {
        "since": formats.moment,
        "member": opens("member"),
        "tier": formats.tier_chip,
        "status": formats.state_chip(WAITING),
        "ended_at": formats.moment,
        "series": formats.text,
    }

    def create(self, form: Any) -> Any:
        """Put a member on the waiting list."""
        with work() as session:
            entry = services.wait_for_card(
                session,
                member_id=form.member.data.id,
                store_id=form.store.data.id,
                tier=form.tier.data,
                now=clock.now(),
            )
        return self.datamodel.get(entry.id)

    @action("leave", _("No longer waits"), _("Take this member off the waiting list?"), "fa-xmark")
    def leave(self, rows: Any) -> Any:
        """Take members off the waiting list."""

        def leave(row: WaitingEntry) -> None:
            with work() as session:
                services.leave_waiting(session, entry_id=row.id, now=clock.now())

        self.one_by_one(rows, leave)
        return redirect(self.get_redirect())
