"""Goods that come back at the till: which, for how much, with what consequences, approved by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from addons.sales.domain.returning import Sold
from addons.sales.services import Rehearsed, require_takeable, take_back
from addons.stores.queries import StorePlace, place
from addons.till import queries
from addons.till.domain import OpenReturn
from addons.till.services import find_receipts, new_key, read_lines, return_key, return_request
from addons.till.views import words
from addons.till.views.brought_back import effects, forget_return, keep_return, open_return, rehearsed
from addons.till.views.opened import keep, open_basket
from core import clock, settings
from core.db.session import work
from core.errors import Refusal
from core.web.lists.acting import told
from core.web.posting import who
from core.web.roles import STORES
from core.web.security.second import second_person
from core.web.views import GuibinPage, expose, has_access

_TYPED = 80
_NOTE = 200


def approver(store_id: int) -> str:
    """Return who approved at this screen, "" where nobody was asked; refuses like `second_person`."""
    login, password = request.form.get("approver", "").strip()[:_TYPED], request.form.get("password", "")
    if not login and not password:
        return ""
    code = request.form.get("code", "")[:_TYPED]
    return second_person(login, password, code, permission="approve", view="ReturnView", store_id=store_id)


class TillReturnView(GuibinPage):
    """Returns, swaps, exchanges and corrected prices."""

    route_base = "/returns"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"exchange": lazy_gettext("Exchange")}
    default_view = "page"
    read_roles = STORES
    write_roles = STORES

    @expose("/")
    @has_access
    def page(self) -> Any:
        """Show the receipt that is open, or ask for one."""
        return self._page()

    @expose("/find", methods=["POST"])
    @has_access
    def find(self) -> Any:
        """Open a receipt of the brand by its whole number; who asked is kept, also where there is none.

        Of several with one number the cashier chooses the store that is printed on it.
        """
        at, now = self._required(), clock.now()
        number = request.form.get("number", "").strip()[:_TYPED]
        with work() as session:  # who asked is kept, also where the answer is no
            try:
                sold_in = request.form.get("store", type=int)
                found = find_receipts(session, store_id=at.id, number=number, by=who(), now=now, sold_in=sold_in)
            except Refusal as problem:
                flash(told(problem), "danger")
                return self._page(status=problem.status, number=number)
        if len(found) > 1:
            return self._page(number=number, several=[(place(self._session(), one.store_id), one) for one in found])
        keep_return(OpenReturn(at.id, new_key(), found[0].id))
        return redirect(url_for("TillReturnView.page"), 303)

    @expose("/leave", methods=["POST"])
    @has_access
    def leave(self) -> Any:
        """Give it up; nothing came back."""
        forget_return()
        return redirect(url_for("TillReturnView.page"), 303)

    @expose("/preview", methods=["POST"])
    @has_access
    def preview(self) -> Any:
        """Show what it would come to, in the page or, without a script, as the page."""
        back = self._typed()
        if request.headers.get("HX-Request") != "true":
            return redirect(url_for("TillReturnView.page"), 303)
        return render_template("till/return_effect.html", alone=True, **self._effect(back))

    @expose("/confirm", methods=["POST"])
    @has_access
    def confirm(self) -> Any:
        """Take the goods back: once, whatever is clicked; a "no" keeps what was typed."""
        back = self._typed()
        try:
            back.told = request.form.get("told", type=int)
            back.approved_by = approver(back.store_id)
            asked = return_request(back, cashier=who())
            key = return_key(request.form.get("key", ""), asked.as_plain(), {"approved_by": back.approved_by})
            answer = take_back(asked, key=key, now=clock.now()).answer
        except Refusal as problem:
            flash(told(problem), "danger")
            return self._page(status=problem.status)
        forget_return()
        return redirect(url_for("ReturnSlipView.slip", return_id=answer["return_id"]), 303)

    @expose("/exchange", methods=["POST"])
    @has_access
    def exchange(self) -> Any:
        """Go on to the till with what comes back; both are posted with the payment."""
        back = self._typed()
        try:
            back.told = request.form.get("told", type=int)
            back.approved_by = approver(back.store_id)
            require_takeable(return_request(back, cashier=who()), now=clock.now())
        except Refusal as problem:
            flash(told(problem), "danger")
            return self._page(status=problem.status)
        keep_return(back)
        self._serve_holder(back)
        return redirect(url_for("TillView.till"), 303)

    # -- what stands behind -------------------------------------------------------------------------------------------

    def _session(self) -> Any:
        return self.appbuilder.session

    def _serve_holder(self, back: OpenReturn) -> None:
        """Let the member whose receipt it is buy what is taken in exchange."""
        basket, _stores = open_basket(self._session(), clock.now())
        sold = queries.receipt_sold(self._session(), back.receipt_id)
        if basket is not None and sold is not None and sold.member is not None and basket.member_id is None:
            basket.serve(sold.member.id)
            keep(basket)

    def _required(self) -> StorePlace:
        at = self._at()
        if at is None:
            abort(redirect(url_for("TillView.till"), 303))
        return at

    def _at(self) -> StorePlace | None:
        basket, _stores = open_basket(self._session(), clock.now())
        return None if basket is None else place(self._session(), basket.store_id)

    def _typed(self) -> OpenReturn:
        """Return the open return with what was typed, and keep it; without one the page asks for a receipt."""
        back = open_return(self._required().id)
        if back is None:
            abort(redirect(url_for("TillReturnView.page"), 303))
        sold = queries.receipt_sold(self._session(), back.receipt_id)
        try:
            back.lines = read_lines(request.form, [line.line_no for line in sold.lines] if sold else [])
        except Refusal as problem:
            flash(told(problem), "danger")
        back.reason = request.form.get("reason", "")[:_TYPED]
        back.note = request.form.get("note", "").strip()[:_NOTE]
        back.told, back.approved_by = None, ""
        keep_return(back)
        return back

    def _page(self, *, status: int = 200, number: str = "", several: Sequence[tuple[StorePlace, Sold]] = ()) -> Any:
        at = self._at()
        session, title = self._session(), gettext("Returns and exchanges")
        if at is None:
            _basket, stores = open_basket(session, clock.now())
            return self.render_template("till/choose.html", title=title, stores=stores)
        back = open_return(at.id)
        sold = None if back is None else queries.receipt_sold(session, back.receipt_id)
        shown: dict[str, Any] = {"back": back, "sold": sold, "at": at, "number": number, "words": words}
        shown["several"] = several
        if back is not None and sold is not None:
            shown |= self._effect(back)
        shown["unreceipted"] = settings.value(session, "sales.without_receipt") != "refuse"
        page = self.render_template("till/return.html", title=title, **shown)
        return make_response(page, status)

    def _effect(self, back: OpenReturn) -> dict[str, Any]:
        """Return what the pane of consequences shows."""
        seen, problem = self._seen(back, clock.now())
        return {
            "back": back,
            "seen": seen,
            "problem": problem,
            "effects": effects(seen) if seen is not None else [],
            "currency": place(self._session(), back.store_id).currency,
            "words": words,
        }

    @staticmethod
    def _seen(back: OpenReturn, now: datetime) -> tuple[Rehearsed | None, str]:
        if not back.lines:
            return None, ""
        try:
            return rehearsed(back, now), ""
        except Refusal as problem:
            return None, told(problem)
