"""Goods without a receipt, where the programme takes them: for a voucher of the member, approved by a second person."""

from __future__ import annotations

from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask import session as kept
from flask_babel import gettext, lazy_gettext

from addons.sales.domain.returning import REASONS, Unreceipted
from addons.sales.services import rehearse_unreceipted, take_back_unreceipted
from addons.stores.queries import StorePlace, place
from addons.till.services import NobodyThere, find_customer, new_key, return_key
from addons.till.views import words
from addons.till.views.opened import open_basket
from addons.till.views.returns import approver
from core import clock, settings
from core.db.session import work
from core.errors import Refusal
from core.web.lists.acting import told
from core.web.posting import who
from core.web.roles import STORES
from core.web.views import GuibinPage, expose, has_access

_FIELDS = ("member", "product", "quantity", "reason", "note")
_PLACE = "till_unreceipted"  # with the session: in which store who was named, and who that is


class UnreceiptedView(GuibinPage):
    """A return without a receipt."""

    route_base = "/returns/unreceipted"
    title = lazy_gettext("Return without a receipt")
    default_view = "page"
    read_roles = STORES
    write_roles = STORES

    @expose("/")
    @has_access
    def page(self) -> Any:
        """Ask for member and goods; not found where goods without a receipt are not taken."""
        return self._page(self._required(), {})

    @expose("/preview", methods=["POST"])
    @has_access
    def preview(self) -> Any:
        """Show what the goods would bring."""
        at, typed = self._required(), self._typed()
        value, problem = None, ""
        try:
            asked = self._asked(at, typed)
            value = rehearse_unreceipted(asked, now=clock.now())["paid_back"]
        except Refusal as refused:
            problem = told(refused)
        if request.headers.get("HX-Request") != "true":
            return self._page(at, typed, value=value, problem=problem)
        return render_template("till/unreceipted_effect.html", value=value, problem=problem, at=at)

    @expose("/confirm", methods=["POST"])
    @has_access
    def confirm(self) -> Any:
        """Take the goods for a voucher: once, whatever is clicked; a "no" keeps what was typed."""
        at, typed = self._required(), self._typed()
        try:
            asked = self._asked(at, typed, approved_by=approver(at.id))
            key = return_key(request.form.get("key", ""), asked.as_plain(), {"approved_by": asked.approved_by})
            answer = take_back_unreceipted(asked, key=key, now=clock.now()).answer
        except Refusal as problem:
            return self._page(at, typed, problem=told(problem), status=problem.status)
        kept.pop(_PLACE, None)
        return redirect(url_for("ReturnSlipView.slip", return_id=answer["return_id"]), 303)

    # -- what stands behind -------------------------------------------------------------------------------------------

    def _required(self) -> StorePlace:
        session = self.appbuilder.session
        basket, _stores = open_basket(session, clock.now())
        if basket is None:
            abort(redirect(url_for("TillView.till"), 303))
        if settings.value(session, "sales.without_receipt") == "refuse":
            abort(404)
        return place(session, basket.store_id)

    @staticmethod
    def _typed() -> dict[str, str]:
        return {name: request.form.get(name, "").strip()[:200] for name in _FIELDS}

    @staticmethod
    def _asked(at: StorePlace, typed: dict[str, str], approved_by: str = "") -> Unreceipted:
        """Return what sales is asked. Refuses with NobodyThere."""
        member_id = _named(at.id, typed["member"])
        pieces = typed["quantity"]
        quantity = int(pieces) if pieces.isascii() and pieces.isdigit() and len(pieces) < 6 else 0
        reason = typed["reason"] or REASONS[-1]
        return Unreceipted(at.id, typed["product"], quantity, member_id, reason, typed["note"], who(), approved_by)

    def _page(
        self, at: StorePlace, typed: dict[str, str], *, value: int | None = None, problem: str = "", status: int = 200
    ) -> Any:
        shown = {"at": at, "typed": typed, "value": value, "problem": problem, "key": new_key(), "words": words}
        page = self.render_template("till/unreceipted.html", title=gettext("Return without receipt"), **shown)
        return make_response(page, status)


def _named(store_id: int, typed: str) -> int:
    """Return the member who was named; that somebody looked is kept once, however often the page counts anew.

    Refuses with NobodyThere.
    """
    seen: list[Any] = kept.get(_PLACE) or []
    if seen[:2] == [store_id, typed]:
        return int(seen[2])
    with work() as session:
        found = find_customer(session, store_id=store_id, typed=typed, by=who(), now=clock.now()).member
    if found is None:
        raise NobodyThere(typed=typed)
    kept[_PLACE] = [store_id, typed, found.id]
    return found.id
