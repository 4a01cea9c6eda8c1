"""The ledger on screen: balances, lots, entries, rewards for friends; nobody writes value by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from addons.points import services
from addons.points.models import Account, Entry, Lot, Referral
from addons.points.views.words import BY_MEMBER, FORMATS, LABELS, REFERRAL_STATES
from core import clock
from core.web import formats
from core.web.posting import post_action, who
from core.web.roles import NOBODY, STORES
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView, action


class EntryView(ReadOnlyView):
    """Every movement of points."""

    datamodel = GuibinInterface(Entry)
    empty_text = _("No points yet: they come with purchases and visits.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Points ledger"), _("Points entry"), _("Entry"), _("Entry")
    heading_columns = ("kind", "points")
    list_columns = [
        "at",
        "member",
        "kind",
        "points",
        "from_state",
        "to_state",
        "balance_after",
        "store",
        "receipt_id",
    ]
    show_columns = [*list_columns, "ruled", "digest", "change", "number", "lot", "reason", "ref", "day"]
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
    show_columns = [*list_columns, "reversed", "due_on", "receipt_id", "origin_id", "ruled", "digest"]
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


class AccountView(GuibinView):
    """The balance of each member; whoever asks gets vouchers for her points (C17)."""

    datamodel = GuibinInterface(Account)
    write_roles = STORES
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "exchange"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete", "action_post"})
    base_filters = [["balance", InSight, ""]]
    list_title, show_title, add_title, edit_title = (
        _("Points balances"),
        _("Points balance"),
        _("Balance"),
        _("Balance"),
    )
    heading_columns = ("member",)
    list_columns = ["member", "balance", "pending", "reserved", "earned", "spent", "entries"]
    show_columns = list_columns
    search_columns = ["balance", "pending", "reserved", "earned"]
    order_columns = ["balance", "pending", "earned", "spent"]
    label_columns, formatters_columns = LABELS, FORMATS

    @action("exchange", _("Points to vouchers"), _("Exchange points for vouchers?"), "fa-ticket", multiple=False)
    def exchange(self, row: Account) -> Any:
        """Give vouchers for purchase points in the member's own store, because she asks for them."""
        store_id = row.member.store_id if row.member else 0
        member_id, by = row.member_id, who()

        def command(session: Session) -> dict[str, int]:
            done = services.request_exchange(session, member_id=member_id, store_id=store_id, now=clock.now())
            return {"points": sum(one.points for one in done), "count": sum(len(one.codes) for one in done)}

        request = {"member_id": member_id, "store_id": store_id, "by": by}
        answer = post_action("points.exchange", request, command).answer
        self.datamodel.session.expire_all()
        flash(gettext("%(count)s vouchers for %(points)s points.", **answer), "success")
        return redirect(self.get_redirect())


class ReferralView(ReadOnlyView):
    """Rewards for bringing friends."""

    datamodel = GuibinInterface(Referral)
    write_roles = NOBODY
    empty_text = _("Nobody was brought by a member yet. Say who brought a customer when you enrol her at the till.")
    list_title, show_title, add_title, edit_title = _("Referrals"), _("Referral"), _("Referral"), _("Referral")
    heading_columns = ("friend", "state")
    list_columns = ["at", "referrer", "friend", "first_net", "points", "state", "due_on", "store"]
    show_columns = [*list_columns, "released_at", "receipt_id", "ruled"]
    search_columns = ["at", "referrer", "friend", "state", "due_on", "store"]
    order_columns = ["at", "points", "due_on"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"referrer": ("name", "number"), "friend": ("name", "number")}
    label_columns, formatters_columns = LABELS, FORMATS | {"state": formats.state_chip(REFERRAL_STATES)}
