"""Screens of the points ledger, of visits and of referrals; value moves through postings alone."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from addons.membership.queries import TillMember
from addons.membership.services import identify
from addons.points import queries, services
from addons.points.models import Account, Entry, Lot, Referral, Visit
from addons.stores.models import Store
from addons.stores.queries import place
from core import clock
from core.db.session import reading, work
from core.errors import NotFound
from core.periods import local, local_day
from core.policy.live import live_program
from core.web import formats
from core.web.forms import PlainSelect, PlainText
from core.web.posting import key_field, post_form, who
from core.web.record_pages import opens
from core.web.roles import CARING, EVERYBODY, NOBODY, STORES
from core.web.views import Entry as MenuEntry
from core.web.views import GuibinForm, GuibinInterface, GuibinView, ReadOnlyView
from rules.event import Event, Place

KINDS = {
    "purchase": ("good", _("Purchase")),
    "bonus": ("good", _("Bonus points")),
    "visit": ("good", _("Visit")),
    "referral": ("good", _("Referral")),
    "adjust": ("warn", _("Correction")),
    "spend": ("quiet", _("Spent")),
    "exchange": ("accent", _("Exchanged for vouchers")),
    "mature": ("good", _("Waiting is over")),
    "cancel": ("bad", _("Cancelled")),
    "hold": ("warn", _("Held at a till")),
    "release": ("quiet", _("Held no more")),
    "expire": ("quiet", _("Expired")),
    "reverse": ("bad", _("Taken back")),
    "settle": ("quiet", _("Debt paid")),
    "transfer": ("quiet", _("Given within the family")),
    "merge": ("quiet", _("Members merged")),
    "write_off": ("quiet", _("Written off")),
    "collect": ("bad", _("Collected")),
    "debt": ("bad", _("Debt")),
}
STATES = {
    "issued": ("quiet", _("Points issued")),
    "pending": ("warn", _("Pending")),
    "available": ("good", _("Available")),
    "reserved": ("warn", _("Held")),
    "redeemed": ("accent", _("Points redeemed")),
    "expired": ("quiet", _("Expired")),
    "reversed": ("bad", _("Taken back")),
    "transferred": ("quiet", _("Changed hands")),
    "settled": ("quiet", _("Debts paid")),
    "adjusted": ("warn", _("Corrected")),
    "queued": ("bad", _("To be decided")),
    "written_off": ("quiet", _("Written off")),
}
REFERRAL_STATES = {
    "pending": ("warn", _("Pending")),
    "released": ("good", _("Given")),
    "cancelled": ("bad", _("Cancelled")),
}
LABELS = {
    "at": _("When"),
    "balance": _("Balance"),
    "balance_after": _("Balance after"),
    "change": _("Change of the balance"),
    "confirmed_by": _("Confirmed by"),
    "day": _("Day"),
    "due_on": _("Waits until"),
    "earned": _("Points received"),
    "earned_on": _("Earned on"),
    "entries": _("Entries"),
    "expires_on": _("Expiry day"),
    "first_net": _("First receipt, net"),
    "friend": _("Friend"),
    "from_state": _("From state"),
    "invited": _("By invitation"),
    "kind": _("Kind"),
    "lot_id": _("Lot"),
    "member": _("Member"),
    "number": _("Entry number"),
    "origin_id": _("Lot it came from"),
    "pending": _("Pending"),
    "points": _("Points"),
    "reason": _("Reason"),
    "ref": _("Reference number"),
    "receipt_id": _("Receipt"),
    "referrer": _("Referred by"),
    "released_at": _("Given at"),
    "remaining": _("Left"),
    "reserved": _("Held"),
    "reversed": _("Taken back"),
    "rule": _("Rule"),
    "source": _("Source"),
    "spent": _("Points gone"),
    "state": _("State"),
    "store": _("Store"),
    "to_state": _("To state"),
}
FORMATS = {
    "friend": opens("member"),
    "member": opens("member"),
    "receipt_id": opens("receipt"),
    "referrer": opens("member"),
    "at": formats.moment,
    "balance": formats.points,
    "balance_after": formats.points,
    "change": formats.points,
    "day": formats.day,
    "due_on": formats.day,
    "earned": formats.points,
    "earned_on": formats.day,
    "entries": formats.count,
    "expires_on": formats.day,
    "first_net": formats.money,
    "from_state": formats.state_chip(STATES),
    "invited": formats.yes_no,
    "kind": formats.state_chip(KINDS),
    "pending": formats.points,
    "points": formats.points,
    "released_at": formats.moment,
    "remaining": formats.points,
    "reserved": formats.points,
    "reversed": formats.points,
    "source": formats.state_chip(KINDS),
    "spent": formats.points,
    "to_state": formats.state_chip(STATES),
}
BY_MEMBER: dict[str, tuple[str, ...]] = {"member": ("name", "number")}


class EntryView(ReadOnlyView):
    """Every movement of points."""

    datamodel = GuibinInterface(Entry)
    empty_text = _("No points yet: they come with purchases and visits.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Points ledger"), _("Points entry"), _("Entry"), _("Entry")
    list_columns = ["at", "member", "kind", "from_state", "to_state", "points", "balance_after", "store", "rule"]
    show_columns = [*list_columns, "change", "number", "lot_id", "receipt_id", "reason", "ref", "day"]
    search_columns = [
        "at",
        "day",
        "member",
        "kind",
        "from_state",
        "to_state",
        "points",
        "store",
        "lot_id",
        "receipt_id",
        "rule",
    ]
    order_columns = ["at", "points", "balance_after", "receipt_id"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS


class LotView(ReadOnlyView):
    """Points by where they came from, with what is left of them."""

    datamodel = GuibinInterface(Lot)
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Lots of points"), _("Lot of points"), _("Lot"), _("Lot")
    list_columns = [
        "earned_on",
        "member",
        "source",
        "points",
        "pending",
        "remaining",
        "reserved",
        "expires_on",
        "store",
    ]
    show_columns = [*list_columns, "reversed", "due_on", "receipt_id", "origin_id", "rule"]
    search_columns = [
        "earned_on",
        "expires_on",
        "due_on",
        "member",
        "source",
        "store",
        "receipt_id",
        "pending",
        "remaining",
    ]
    order_columns = ["earned_on", "expires_on", "points", "remaining"]
    base_order = ("id", "desc")
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS


class InSight(BaseFilter):
    """Accounts of the members a person may see: an account itself belongs to no store."""

    name = "in sight"
    arg_name = "in_sight"

    def apply(self, query: Any, _value: Any) -> Any:
        """Limit the query; the members in it are limited to the person's stores like every query."""
        return query.join(Account.member)


class AccountView(ReadOnlyView):
    """The balance of each member."""

    datamodel = GuibinInterface(Account)
    write_roles = NOBODY
    base_filters = [["balance", InSight, ""]]
    list_title, show_title, add_title, edit_title = (
        _("Points balances"),
        _("Points balance"),
        _("Balance"),
        _("Balance"),
    )
    list_columns = ["member", "balance", "pending", "reserved", "earned", "spent", "entries"]
    show_columns = list_columns
    search_columns = ["balance", "pending", "reserved", "earned"]
    order_columns = ["balance", "pending", "earned", "spent"]
    label_columns, formatters_columns = LABELS, FORMATS


class ReferralView(ReadOnlyView):
    """Rewards for bringing friends."""

    datamodel = GuibinInterface(Referral)
    write_roles = NOBODY
    empty_text = _("Nobody was brought by a member yet. Say who brought a customer when you enrol her at the till.")
    list_title, show_title, add_title, edit_title = _("Referrals"), _("Referral"), _("Referral"), _("Referral")
    list_columns = ["at", "referrer", "friend", "first_net", "points", "state", "due_on", "store"]
    show_columns = [*list_columns, "released_at", "receipt_id", "rule"]
    search_columns = ["at", "referrer", "friend", "state", "due_on", "store"]
    order_columns = ["at", "points", "due_on"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"referrer": ("name", "number"), "friend": ("name", "number")}
    label_columns, formatters_columns = LABELS, FORMATS | {"state": formats.state_chip(REFERRAL_STATES)}


def _who_fields() -> dict[str, Any]:
    return {
        "card": StringField(
            _("Card number"), widget=PlainText(), description=_("Scan or type the card, or the phone.")
        ),
        "phone": StringField(_("Phone"), widget=PlainText()),
        "key": key_field(),
    }


def _presented(session: Session, form: Any, store_id: int) -> TillMember:
    """Return the member who presents a card or a phone number, of whichever store (C31); who asked is kept."""
    card, phone = (form.card.data or "").strip(), (form.phone.data or "").strip()
    member = identify(session, store_id=store_id, by=who(), now=clock.now(), card=card or None, phone=phone or None)
    if member is None:
        raise NotFound(what="member", which=card or phone)
    return member


class VisitView(GuibinView):
    """Visits that staff confirmed (C22)."""

    datamodel = GuibinInterface(Visit)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action", "action_post"})
    empty_text = _("No visits yet: confirm them here, at the till or on the member's page.")
    list_title, show_title, add_title, edit_title = _("Visits"), _("Visit"), _("Confirm a visit"), _("Visit")
    list_columns = ["at", "member", "invited", "points", "store", "confirmed_by"]
    show_columns = [*list_columns, "rule"]
    search_columns = ["at", "day", "member", "invited", "store", "confirmed_by"]
    order_columns = ["at", "points"]
    base_order = ("id", "desc")
    add_columns = ["card", "phone", "store", "invited", "key"]
    add_form_extra_fields = _who_fields()
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS

    def create(self, form: Any) -> Visit:
        """Confirm the visit of whoever presents a card or a phone number, and say what it gave."""
        store_id, invited, by = form.store.data.id, bool(form.invited.data), who()
        with work() as session:
            member = _presented(session, form, store_id)
        request = {"member_id": member.id, "store_id": store_id, "invited": invited, "by": by}

        def command(session: Session) -> dict[str, Any]:
            now = clock.now()
            program = live_program(session, place(session, store_id).brand_code, now).program
            visited = services.record_visit(
                session,
                member_id=member.id,
                store_id=store_id,
                invited=invited,
                confirmed_by=by,
                now=now,
                program=program,
            )
            return visited._asdict()

        answer = post_form("points.visit", form.key.data or "", request, command).answer
        flash(
            gettext("%(points)s points, balance %(balance)s.", **{k: answer[k] for k in ("points", "balance")}), "info"
        )
        found: Visit = self.datamodel.get(answer["visit_id"])
        return found


def _stores_in_sight() -> list[tuple[int, str]]:
    with reading() as session:
        return [(store.id, store.name) for store in session.scalars(select(Store).order_by(Store.name))]


class ExchangeForm(DynamicForm):
    """Who asks, and in which store."""

    card = _who_fields()["card"]
    phone = _who_fields()["phone"]
    store = SelectField(_("Store"), coerce=int, choices=_stores_in_sight, widget=PlainSelect())
    key = key_field()


class ExchangeView(GuibinForm):
    """A member asks for vouchers for her purchase points (C17)."""

    form = ExchangeForm
    form_title = _("Exchange points")
    read_roles = NOBODY
    write_roles = STORES

    def form_post(self, form: Any) -> None:
        """Exchange what the rules allow."""
        store_id = form.store.data
        with work() as session:
            member = _presented(session, form, store_id)
        request = {"member_id": member.id, "store_id": store_id, "by": who()}
        answer = post_form("points.exchange", form.key.data or "", request, _exchange(member, store_id)).answer
        flash(gettext("%(count)s vouchers for %(points)s points.", **answer), "success")


def _exchange(member: TillMember, store_id: int) -> Any:
    def command(session: Session) -> dict[str, Any]:
        now = clock.now()
        day = local_day(now)
        at = place(session, store_id)
        program = live_program(session, at.brand_code, now).program
        codes = Place(at.brand_code, at.region, at.franchisee, at.format, at.code)
        points = queries.state_many(session, [member.id], day)[member.id]

        def decide(wanted: services.Candidate) -> list[Any]:
            facts = {
                "member.present": True,
                "member.tier": member.tier or "none",
                "points.balance": points.balance,
                "points.purchase_12m": wanted.purchase_12m,
            }
            asked = [program.decide(Event(kind, local(now), codes, facts)).effects for kind in _EXCHANGE_EVENTS]
            return list(next((effects for effects in asked if effects), ()))

        wanted = services.Candidate(member.id, at.brand_id, store_id, points.purchase_12m, day, now)
        done = services.exchange_on_request(session, wanted, decide)
        return {"points": sum(e.points for e in done), "count": sum(len(e.codes) for e in done)}

    return command


#: The rules for requests first; where there are none, those of the automatic exchange.
_EXCHANGE_EVENTS = ("points_request", "points_review")

VIEWS = (
    MenuEntry(AccountView, name="Points balances", category="Members", icon="fa-coins", order=40, reads=EVERYBODY),
    MenuEntry(
        EntryView, name="Points ledger", category="Members", icon="fa-book", order=41, reads=EVERYBODY, listed=CARING
    ),
    MenuEntry(
        LotView,
        name="Lots of points",
        category="Members",
        icon="fa-layer-group",
        order=42,
        reads=EVERYBODY,
        listed=CARING,
    ),
    MenuEntry(
        ReferralView,
        name="Referrals",
        category="Members",
        icon="fa-user-plus",
        order=43,
        reads=EVERYBODY,
        listed=CARING,
    ),
    MenuEntry(VisitView, name="Visits", category="Today", icon="fa-door-open", order=40, reads=EVERYBODY),
    MenuEntry(ExchangeView, name="Exchange points", category="Today", icon="fa-right-left", order=41),
)
