"""Screens of the tiers: who is close, who climbed, cards to convert, grants by two persons."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.validators import DataRequired

from addons.stores.models import Brand
from addons.tiers import queries, services
from addons.tiers.models import Credit, Grant, TierChange
from core import clock, settings
from core.db.posting import Operation, post
from core.periods import local_day
from core.policy.live import live_program
from core.web import formats
from core.web.forms import PlainSelect
from core.web.posting import key_field, post_form, who
from core.web.record_pages import opens
from core.web.roles import CARING, EVERYBODY, HQ, NOBODY, STORES
from core.web.views import Entry, GuibinInterface, GuibinPage, GuibinView, ReadOnlyView, action, expose, has_access

REASONS = {
    "purchase": ("good", _("Purchase")),
    "review": ("good", _("Nightly review")),
    "grant": ("accent", _("Grant by headquarters")),
    "grant_ended": ("quiet", _("Grant ended")),
    "merge": ("quiet", _("Members merged")),
    "return": ("bad", _("Goods came back")),
    "downgrade": ("bad", _("After notice")),
}
KINDS = {
    "purchase": ("good", _("Purchase")),
    "return": ("bad", _("Return")),
    "correction": ("quiet", _("Corrected")),
    "merge": ("quiet", _("Members merged")),
}
CONVERSIONS = {
    "": ("warn", _("Waits for the card")),
    "card": ("good", _("Card converted")),
    "automatic": ("quiet", _("By itself")),
    "at_once": ("quiet", _("At once")),
    "withdrawn": ("bad", _("Withdrawn")),
}
GRANT_STATES = {
    "asked": ("warn", _("Waits for a second person")),
    "approved": ("good", _("Approved")),
    "refused": ("bad", _("Refused")),
    "ended": ("quiet", _("Ended")),
}
LABELS = {
    "amount": _("Net spend"),
    "amount_left": _("Receipt still counts"),
    "asked_at": _("Asked at"),
    "asked_by": _("Asked by"),
    "at": _("When"),
    "card_state": _("Card conversion"),
    "conversion_due": _("Holds by itself from"),
    "converted_at": _("Holds since"),
    "converted_by": _("Card conversion"),
    "credit": _("Spent in half a year"),
    "day": _("Day"),
    "decided_at": _("Decided at"),
    "decided_by": _("Decided by"),
    "ends_on": _("Last day"),
    "kind": _("Kind"),
    "member": _("Member"),
    "points": _("Points"),
    "reason": _("Reason"),
    "receipt_id": _("Receipt"),
    "rule": _("Rule"),
    "state": _("State"),
    "sold_at": _("Sold at"),
    "store": _("Store"),
    "tier": _("Tier"),
    "tier_after": _("To"),
    "tier_before": _("From"),
    "withdrawn_at": _("Withdrawn at"),
}
FORMATS = {
    "amount": formats.money,
    "amount_left": formats.money,
    "asked_at": formats.moment,
    "at": formats.moment,
    "card_state": formats.state_chip(CONVERSIONS),
    "conversion_due": formats.day,
    "converted_at": formats.moment,
    "converted_by": formats.state_chip(CONVERSIONS),
    "credit": formats.money,
    "day": formats.day,
    "decided_at": formats.moment,
    "ends_on": formats.day,
    "kind": formats.state_chip(KINDS),
    "member": opens("member"),
    "points": formats.points,
    "receipt_id": opens("receipt"),
    "sold_at": formats.moment,
    "tier": formats.tier_chip,
    "tier_after": formats.tier_chip,
    "tier_before": formats.tier_chip,
    "withdrawn_at": formats.moment,
}
BY_MEMBER: dict[str, tuple[str, ...]] = {"member": ("name", "number")}


class CreditView(ReadOnlyView):
    """What counts towards a tier."""

    datamodel = GuibinInterface(Credit)
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Tier credit"), _("Tier credit"), _("Credit"), _("Credit")
    list_columns = ["day", "member", "kind", "amount", "points", "store", "receipt_id"]
    show_columns = [*list_columns, "amount_left", "sold_at", "at"]
    search_columns = ["day", "member", "kind", "amount", "store", "receipt_id"]
    order_columns = ["day", "amount"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS


class TierChangeView(GuibinView):
    """Who climbed, and whose card waits to be converted (MEM-12)."""

    datamodel = GuibinInterface(TierChange)
    empty_text = _("Nobody has climbed yet. Who buys enough in half a year climbs by itself.")
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "convert"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete", "action_post"})
    offered_when: ClassVar[dict[str, Any]] = {"convert": lambda change: change.converted_at is None}
    list_title, show_title, add_title, edit_title = _("Upgrades"), _("Upgrade"), _("Upgrade"), _("Upgrade")
    list_columns = ["day", "member", "tier_before", "tier_after", "reason", "card_state", "conversion_due", "store"]
    show_columns = [*list_columns, "credit", "rule", "decided_at", "converted_at", "withdrawn_at"]
    search_columns = ["day", "member", "tier_after", "reason", "converted_by", "conversion_due", "store"]
    order_columns = ["day", "conversion_due"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS | {"reason": formats.state_chip(REASONS)}

    @action(
        "convert", _("Convert the card"), _("Give the member the card of the new tier?"), "fa-id-card", multiple=False
    )
    def convert(self, row: TierChange) -> Any:
        """Do the formality: the tier holds and the member gets the next card number of the store."""
        by = who()
        request = {"member_id": row.member_id, "store_id": row.store_id, "change": row.id, "by": by}

        def command(session: Session) -> dict[str, Any]:
            now = clock.now()
            card = services.convert_card(session, member_id=row.member_id, store_id=row.store_id, by=by, now=now)
            return {"number": card.number, "tier": card.tier}

        key = f"tiers.convert:{row.id}:{clock.now().isoformat(timespec='seconds')}"
        answer = post(Operation("tiers.convert", key, request), command).answer
        flash(gettext("The new card is %(number)s.", number=answer["number"]), "success")
        return redirect(self.get_redirect())


def _tiers_to_grant() -> list[tuple[str, Any]]:
    return [("gold", _("Gold")), ("diamond", _("Diamond"))]


class GrantView(GuibinView):
    """Tiers given by headquarters: one asks, another decides (C27)."""

    datamodel = GuibinInterface(Grant)
    empty_text = _("No tier was granted. Headquarters asks for one here, and another person approves it.")
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action_post"})
    offered_when: ClassVar[dict[str, Any]] = {
        "approve": lambda grant: grant.state == "asked" and grant.asked_by != who(),
        "refuse": lambda grant: grant.state == "asked",
    }
    list_title, show_title, add_title, edit_title = _("Grants"), _("Grant"), _("Ask for a grant"), _("Grant")
    list_columns = ["asked_at", "member", "tier", "state", "ends_on", "asked_by", "decided_by"]
    show_columns = [*list_columns, "tier_before", "reason", "decided_at", "store"]
    search_columns = ["asked_at", "member", "tier", "state", "ends_on", "asked_by", "decided_by"]
    order_columns = ["asked_at", "ends_on"]
    base_order = ("id", "desc")
    add_columns = ["member", "tier", "reason", "ends_on", "key"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "tier": SelectField(_("Tier"), choices=_tiers_to_grant, widget=PlainSelect(), validators=[DataRequired()]),
        "key": key_field(),
    }
    add_row_message = _("Another person must approve the grant now.")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS | {"state": formats.state_chip(GRANT_STATES)}

    def create(self, form: Any) -> Grant:
        """Ask for a grant."""
        request = {
            "member_id": form.member.data.id if form.member.data else 0,
            "tier": form.tier.data,
            "reason": form.reason.data or "",
            "ends_on": form.ends_on.data.isoformat(),
            "by": who(),
        }
        ends_on = form.ends_on.data

        def command(session: Session) -> dict[str, Any]:
            asked = {name: value for name, value in request.items() if name != "ends_on"}
            return {"id": services.request_grant(session, ends_on=ends_on, now=clock.now(), **asked)}

        answer = post_form("tiers.grant", form.key.data or "", request, command).answer
        found: Grant = self.datamodel.get(answer["id"])
        return found

    @action("approve", _("Approve"), _("Approve this grant?"), "fa-check", multiple=False)
    def approve(self, row: Grant) -> Any:
        """Approve as the second person."""
        return self._decide(row, approve=True)

    @action("refuse", _("Refuse"), _("Refuse this grant?"), "fa-xmark", multiple=False)
    def refuse(self, row: Grant) -> Any:
        """Refuse as the second person."""
        return self._decide(row, approve=False)

    def _decide(self, row: Grant, *, approve: bool) -> Any:
        by = who()

        def command(session: Session) -> dict[str, Any]:
            grant = services.decide_grant(session, grant_id=row.id, approve=approve, by=by, now=clock.now())
            return {"state": grant.state}

        request = {"grant_id": row.id, "approve": approve, "by": by}
        post(Operation("tiers.decide_grant", f"tiers.decide_grant:{row.id}:{approve}:{by}", request), command)
        self.datamodel.session.expire_all()
        return redirect(self.get_redirect())


_MOST_WAITING = 200
_WAITING = (
    select(TierChange)
    .where(TierChange.converted_at.is_(None))
    .order_by(TierChange.conversion_due, TierChange.id)
    .limit(_MOST_WAITING)
)


class NearUpgradePage(GuibinPage):
    """Who is close to the next tier, and who reached it and only needs the card: to be called today (TIER-09)."""

    route_base = "/near-upgrades"
    default_view = "list"
    write_roles = NOBODY

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show the members of the person's stores who miss little, with the last day it is enough."""
        session = self.appbuilder.session
        day = local_day(clock.now())
        within = settings.value(session, "tiers.near_upgrade_within")
        found = [
            near
            for brand in session.scalars(select(Brand).order_by(Brand.id))
            for near in _near(session, brand, day, within)
        ]
        return self.render_template(
            "tiers/near.html",
            title=gettext("Close to an upgrade"),
            rows=found,
            within=within,
            waiting=session.scalars(_WAITING).all(),
        )


def _near(session: Session, brand: Brand, day: Any, within: int) -> list[queries.NearUpgrade]:
    program = live_program(session, brand.code, clock.now()).program
    return services.near_upgrade(session, day, within, program, brand_id=brand.id)


def _tiles(session: Session) -> list[dict[str, Any]]:
    """Return how many cards wait to be converted, for those who may do it."""
    waits = TierChange.converted_at.is_(None), TierChange.withdrawn_at.is_(None)
    waiting = session.scalar(select(func.count(TierChange.id)).where(*waits))
    return [
        {
            "title": gettext("Cards to convert"),
            "value": waiting or 0,
            "link": "/near-upgrades/",
            "waits": ("convert", "TierChangeView"),
        }
    ]


TILES = (_tiles,)

VIEWS = (
    Entry(NearUpgradePage, name="Close to an upgrade", category="Today", icon="fa-stairs", order=30, reads=EVERYBODY),
    Entry(TierChangeView, name="Upgrades", category="Today", icon="fa-ranking-star", order=31, reads=EVERYBODY),
    Entry(
        CreditView,
        name="Tier credit",
        category="Members",
        icon="fa-chart-line",
        order=50,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(
        GrantView,
        name="Tier grants",
        category="Members",
        icon="fa-gem",
        order=51,
        reads=EVERYBODY,
        writes=HQ,
        listed=CARING,
    ),
)
