"""The till: who buys, what, for how much, and why. Every button works as a plain form; htmx makes it quick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from addons.membership.models import CHANNELS, SEXES, Member
from addons.membership.services import register_prospect
from addons.membership.services.errors import OtherStoresClosed
from addons.sales.domain.prepared import Prepared
from addons.sales.services import checkout, quote
from addons.stores.queries import StorePlace, place, specials_hold
from addons.till import queries
from addons.till.domain import FOUND_AT_ONCE, PAYMENTS, Basket
from addons.till.services import (
    Asked,
    Found,
    NobodyThere,
    find_customer,
    let_go,
    new_key,
    posting_key,
    rehearse_enrolment,
    sale_request,
    take_step,
)
from addons.till.views import words
from addons.till.views.brought_back import forget_return, open_exchange, post_exchange, priced_in_exchange
from addons.till.views.customer import Customer, customer
from addons.till.views.enrolling import checks
from addons.till.views.opened import begin_anew, keep, open_basket
from addons.till.views.priced import Shown, shown
from addons.till.views.vouchers import VoucherSteps, offered
from core import clock
from core.db.posting import DatabaseBusy
from core.db.session import reading, work
from core.errors import Refusal
from core.periods import local_day
from core.policy.live import Live, live_program
from core.web.leaving import answer_plain
from core.web.lists.acting import told
from core.web.posting import post_form, who
from core.web.roles import STORES
from core.web.views import GuibinPage, expose, has_access

#: What is asked at enrolment; `referred_by` is a phone or card number.
PROFILE = (
    "phone",
    "name",
    "birthday",
    "birthday_lunar",
    "birthday_declined",
    "sex",
    "district",
    "street",
    "recruited_by",
    "recruited_note",
    "number",
)
_TYPED = 80  # letters of a search
#: What an answer shows that the next page would have forgotten: what was found, and what was typed in vain.
_SEEN_ONCE = ("found", "products", "enrolling", "stepping", "handing", "in_vain")


@dataclass(slots=True)
class _Counter:
    """One request at a till: the basket, where it stands, and the rules in force."""

    basket: Basket
    at: StorePlace
    live: Live
    now: datetime
    day: date


class TillView(VoucherSteps, GuibinPage):
    """The till."""

    route_base = "/till"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "till": lazy_gettext("Look at"),
        "clear": lazy_gettext("Empty the basket"),
        "enrol": lazy_gettext("Enrol"),
        "find": lazy_gettext("Find the customer"),
        "hand_over": lazy_gettext("Hand out"),
        "leave": lazy_gettext("Do not enrol after all"),
        "line": lazy_gettext("Say how many"),
        "member": lazy_gettext("Choose the customer"),
        "add": lazy_gettext("Put goods into the basket"),
        "pay": lazy_gettext("Take payment"),
        "payment": lazy_gettext("Choose how it is paid"),
        "products": lazy_gettext("Find goods"),
        "step": lazy_gettext("Take a step for the customer"),
        "vouchers": lazy_gettext("Choose vouchers"),
    }
    default_view = "till"
    read_roles = STORES
    write_roles = STORES

    # -- looking ------------------------------------------------------------------------------------------------------

    @expose("/")
    @has_access
    def till(self) -> Any:
        """Show the till of one's store; of several, ask which."""
        return self._page(wanted=request.args.get("store", type=int))

    @expose("/products")
    @has_access
    def products(self) -> Any:
        """Give the products that fit what was typed so far."""
        counter = self._counter()
        typed = request.args.get("q", "").strip()[:_TYPED]
        found = () if counter is None else self._products(counter, typed)
        specials = counter is None or specials_hold(self._session(), counter.at)
        shown = {"products": found, "typed": typed, "specials": specials, "at_once": FOUND_AT_ONCE}
        return render_template("till/found.html", **shown)

    # -- the customer -------------------------------------------------------------------------------------------------

    @expose("/find", methods=["POST"])
    @has_access
    def find(self) -> Any:
        """Find the customer by phone, card or name."""
        typed = request.form.get("q", "").strip()[:_TYPED]
        counter = self._required()
        found = self._found(counter, typed) if typed else Found()
        if found.member is not None:
            self._serve(counter, found.member.id)
            return self._answer("member")
        return self._answer("member", found=found, typed=typed)

    @expose("/member", methods=["POST"])
    @has_access
    def member(self) -> Any:
        """Serve a member of one's own stores who was found by name, or nobody."""
        counter = self._required()
        wanted = request.form.get("member_id", type=int)
        if wanted is not None and self._session().scalar(select(Member.id).where(Member.id == wanted)) is None:
            abort(404)
        self._serve(counter, wanted)
        return self._answer("member")

    def _serve(self, counter: _Counter, member_id: int | None) -> None:
        """Say who buys; the vouchers of somebody else are free again."""
        let_go(counter.basket, counter.basket.vouchers, now=counter.now)
        counter.basket.serve(member_id)
        keep(counter.basket)

    @expose("/enrol", methods=["POST"])
    @has_access
    def enrol(self) -> Any:
        """Begin a file from a phone number, or make a member of the customer with this sale (MEM-08, MEM-10)."""
        counter = self._required()
        basket, typed = counter.basket, {name: request.form.get(name, "").strip()[:160] for name in PROFILE}
        before = basket.enrol
        try:
            if request.form.get("how") == "prospect":
                self._serve(counter, self._begin_file(counter, typed))
            else:
                self._enrol_with_sale(counter, typed)
        except Refusal as problem:
            flash(told(problem), "danger")
            basket.enrol = before
            return self._answer("member", enrolling=typed | {"referred_by": request.form.get("referred_by", "")})
        keep(basket)
        return self._answer("member")

    @expose("/check/enrol", methods=["POST"])
    @has_access
    @permission_name("enrol")
    def check_enrol(self) -> Response:
        """Say what is wrong with a field of the enrolment that was left; nothing is saved."""
        counter = self._required()
        typed = {name: request.form.get(name, "").strip()[:160] for name in PROFILE}
        answer = make_response(answer_plain(typed, checks(counter.basket.store_id, counter.day)))
        answer.headers["Till"] = "field"
        return answer

    @expose("/leave", methods=["POST"])
    @has_access
    def leave(self) -> Any:
        """Do not enrol after all; what was typed stays in the form."""
        counter = self._required()
        typed, counter.basket.enrol = counter.basket.enrol, None
        keep(counter.basket)
        return self._answer("member", enrolling=typed)

    @expose("/step/<string:step>", methods=["POST"])
    @has_access
    def step(self, step: str) -> Any:
        """Convert the card, confirm a visit or exchange points of the customer at the till."""
        counter = self._required()
        if counter.basket.member_id is None or step not in ("convert_card", "visit", "exchange"):
            abort(404)
        member_id, store_id, by = counter.basket.member_id, counter.basket.store_id, who()
        values = {
            name: request.form[name] for name in ("number", "invited", "quantity", "choice") if request.form.get(name)
        }
        asked = Asked(member_id, store_id, by, counter.now, values)
        plain = {"member_id": member_id, "store_id": store_id, "by": by, **values}
        try:
            key = request.form.get("step_key", "")
            done = post_form(f"till.{step}", key, plain, lambda s: take_step(s, step=step, asked=asked)).answer
            flash(words.done(step, done), "success")
        except Refusal as problem:
            flash(told(problem), "danger")
            return self._answer("member", stepping=values)
        return self._answer("member")

    # -- the basket ---------------------------------------------------------------------------------------------------

    @expose("/add", methods=["POST"])
    @has_access
    def add(self) -> Any:
        """Add a product by its code, or the only one that fits; else show those that fit."""
        counter = self._required()
        typed = request.form.get("q", "").strip()[:_TYPED]
        found = self._products(counter, typed)
        if len(found) != 1:
            return self._answer("basket", products=found, typed=typed)
        counter.basket.add(found[0].product.code)
        keep(counter.basket)
        return self._answer("basket", added=found[0].product.code)

    @expose("/line", methods=["POST"])
    @has_access
    def line(self) -> Any:
        """Say how many pieces of a product there are."""
        counter = self._required()
        product, more = request.form.get("product", ""), request.form.get("more", type=int)
        quantity = request.form.get("quantity", type=int)
        if more is not None and quantity is not None:
            quantity += more
        if quantity is not None:
            counter.basket.set_quantity(product, max(0, quantity))
            keep(counter.basket)
        return self._answer("basket")

    @expose("/payment", methods=["POST"])
    @has_access
    def payment(self) -> Any:
        """Say how the money is paid."""
        counter = self._required()
        if request.form.get("payment") in PAYMENTS:
            counter.basket.payment = request.form["payment"]
            keep(counter.basket)
        return self._answer("basket")

    @expose("/clear", methods=["POST"])
    @has_access
    def clear(self) -> Any:
        """Give the basket up, and what was to come back in exchange; its vouchers are free again."""
        counter = self._required()
        let_go(counter.basket, counter.basket.vouchers, now=counter.now)
        forget_return()
        begin_anew(counter.basket)
        return redirect(url_for("TillView.till"), 303)

    @expose("/pay", methods=["POST"])
    @has_access
    def pay(self) -> Any:
        """Take the payment: once, whatever is clicked; a "no" keeps the basket."""
        counter = self._required()
        key, basket = request.form.get("key", ""), counter.basket
        paid = self._paid_before(key)
        if paid is not None:
            return self._receipt(counter, paid)
        if key != basket.key:
            flash(gettext("The basket was changed elsewhere. Please look at it again."), "warning")
            return self._page(status=409)
        try:
            answer = self._sold(counter, request.form.get("told", type=int))
        except Refusal as problem:
            if not isinstance(problem, DatabaseBusy):
                basket.key = new_key()  # a "no" is kept under its key too
            keep(basket)
            flash(told(problem), "danger")
            return self._page(status=problem.status)
        return self._receipt(counter, answer)

    @staticmethod
    def _sold(counter: _Counter, told_: int | None) -> dict[str, Any]:
        """Post the sale, with the return where goods are taken in exchange."""
        basket, back = counter.basket, open_exchange(counter.basket.store_id)
        if back is not None:
            return post_exchange(back, basket, told_, counter.now)
        request_ = sale_request(basket, cashier=who(), told=told_)
        return checkout(request_, key=posting_key(basket.key), now=counter.now).answer

    def _receipt(self, counter: _Counter, answer: dict[str, Any]) -> Response:
        begin_anew(counter.basket)
        if "return" in answer:
            forget_return()
            slip = url_for("ReturnSlipView.slip", return_id=answer["return"]["return_id"])
            return redirect(slip, 303)  # type: ignore[return-value]
        page = url_for("ReceiptPageView.receipt", receipt_id=answer["receipt_id"])
        return redirect(page, 303)  # type: ignore[return-value]

    def _paid_before(self, key: str) -> dict[str, Any] | None:
        """Return the answer that this basket got, if it was paid already."""
        answer = queries.answer_under(self._session(), posting_key(key)) if key else {}
        sale = answer.get("sale", answer)
        return answer if sale and queries.receipt_with(self._session(), sale["receipt_id"]) is not None else None

    # -- what stands behind -------------------------------------------------------------------------------------------

    def _session(self) -> Any:
        return self.appbuilder.session

    def _counter(self, wanted: int | None = None) -> _Counter | None:
        now = clock.now()
        basket, _stores = open_basket(self._session(), now, wanted)
        if basket is None:
            return None
        at = place(self._session(), basket.store_id)
        return _Counter(basket, at, live_program(self._session(), at.brand_code, now), now, local_day(now, at.zone))

    def _required(self) -> _Counter:
        counter = self._counter()
        if counter is None:
            abort(redirect(url_for("TillView.till"), 303))
        return counter

    def _products(self, counter: _Counter, typed: str) -> list[queries.FoundProduct]:
        return queries.products_like(self._session(), counter.at.brand_id, typed, counter.day)

    def _found(self, counter: _Counter, typed: str) -> Found:
        """Find a customer; who asked is kept even where the answer is no."""
        with work() as session:
            try:
                return find_customer(session, store_id=counter.basket.store_id, typed=typed, by=who(), now=counter.now)
            except OtherStoresClosed as problem:
                flash(told(problem), "danger")
                return Found()

    def _begin_file(self, counter: _Counter, typed: dict[str, str]) -> int:
        store_id = counter.basket.store_id
        plain: dict[str, Any] = {"phone": typed["phone"], "name": typed["name"]}

        def command(session: Any) -> dict[str, Any]:
            return {"id": register_prospect(session, store_id=store_id, now=counter.now, **plain).id}

        key = request.form.get("step_key", "")
        number: int = post_form("till.prospect", key, plain | {"store_id": store_id}, command).answer["id"]
        return number

    def _enrol_with_sale(self, counter: _Counter, typed: dict[str, str]) -> None:
        """Keep the profile with the basket, once it was seen that the enrolment will do."""
        typed |= {"sex": typed["sex"] if typed["sex"] in SEXES else SEXES[0]}
        typed |= {"recruited_by": typed["recruited_by"] if typed["recruited_by"] in CHANNELS else CHANNELS[0]}
        referred_by = request.form.get("referred_by", "").strip()[:_TYPED]
        if referred_by:
            friend = self._found(counter, referred_by).member
            if friend is None:
                raise NobodyThere(typed=referred_by)
            typed |= {"referrer_id": str(friend.id), "recruited_by": "referral"}
        counter.basket.enrol = {name: value for name, value in typed.items() if value}
        with reading() as session:  # nothing of it is committed
            rehearse_enrolment(session, basket=counter.basket, by=who(), now=counter.now)

    # -- answers ------------------------------------------------------------------------------------------------------

    def _answer(self, pane: str, **more: Any) -> Any:
        """Answer a form: with the pane it changes, or with the whole page where there is no script."""
        if request.headers.get("HX-Request") != "true":
            return (
                self._page(**more)
                if any(more.get(name) for name in _SEEN_ONCE)
                else redirect(url_for("TillView.till"), 303)
            )
        shown_ = self._shown(self._required(), **more)
        answer = make_response(render_template(f"till/{pane}_answer.html", **shown_))
        answer.headers["Till"] = "added" if "added" in more else pane
        return answer

    def _page(self, *, wanted: int | None = None, status: int = 200, **more: Any) -> Any:
        counter = self._counter(wanted)
        title = gettext("Checkout")
        if counter is None:
            _basket, stores = open_basket(self._session(), clock.now())
            return self.render_template("till/choose.html", title=title, stores=stores)
        page = self.render_template("till/till.html", title=title, **self._shown(counter, **more))
        answer = make_response(page, status)
        answer.headers["Till"] = "page"
        return answer

    def _shown(self, counter: _Counter, **more: Any) -> dict[str, Any]:
        """Return what the panes show; vouchers that cannot be used are put back."""
        session, basket = self._session(), counter.basket
        buyer = self._buyer(counter)
        priced, problem = self._priced(counter, buyer)
        _basket, stores = open_basket(session, counter.now)
        return {
            "basket": basket,
            "at": counter.at,
            "specials": specials_hold(session, counter.at),
            "double_points": counter.at.doubles_points(counter.day),
            "stores": stores,
            "customer": buyer,
            "vouchers": offered(session, basket, () if buyer is None else buyer.tender, counter.at, counter.now),
            "quote": priced,
            "problem": problem,
            "key": basket.key,
            "credit": None if (back := open_exchange(basket.store_id)) is None else back.told,
            "step_key": new_key(),
            "found": more.get("found"),
            "products": more.get("products") or (),
            "typed": more.get("typed", ""),
            "added": more.get("added", ""),
            "enrolling": more.get("enrolling"),
            "stepping": more.get("stepping") or {},
            "handing": more.get("handing"),
            "in_vain": more.get("in_vain", ""),
            "words": words,
            "at_once": FOUND_AT_ONCE,
        }

    def _buyer(self, counter: _Counter) -> Customer | None:
        if counter.basket.member_id is None:
            return None
        book = counter.live.program.book
        found = customer(self._session(), counter.basket.member_id, counter.at, book, counter.now)
        if found is None:
            counter.basket.serve(None)
            keep(counter.basket)
        return found

    def _priced(self, counter: _Counter, buyer: Customer | None) -> tuple[Shown | None, str]:
        """Return the quote, or the sentence that says why there is none."""
        basket = counter.basket
        if not basket.lines:
            return None, ""
        try:
            prepared = self._quoted(counter)
        except Refusal as problem:
            return None, told(problem)
        styles = {product.style_id for product in prepared.products}
        return shown(prepared, queries.style_names(self._session(), styles), buyer), ""

    def _quoted(self, counter: _Counter) -> Prepared:
        """Price the basket; a voucher that is refused, or that the rules do not take, is taken back with a word."""
        basket = counter.basket
        try:
            prepared = self._ask(counter)
        except Refusal as problem:
            if not basket.vouchers:
                raise
            flash(told(problem), "danger")
            self._note(counter, problem)
            self._put_back(counter, basket.vouchers)
            return self._ask(counter)
        if prepared.untaken:
            ends = ", ".join(f"…{code[-4:]}" for code in prepared.untaken)
            flash(gettext("Not usable on this receipt: %(vouchers)s", vouchers=ends), "warning")
            self._put_back(counter, prepared.untaken)
        return prepared

    def _put_back(self, counter: _Counter, codes: list[str]) -> None:
        basket = counter.basket
        let_go(basket, codes, now=counter.now)
        basket.vouchers = [code for code in basket.vouchers if code not in codes]
        keep(basket)

    def _ask(self, counter: _Counter) -> Prepared:
        back = open_exchange(counter.basket.store_id)
        if back is not None:
            return priced_in_exchange(back, counter.basket, counter.now)
        return quote(self._session(), sale_request(counter.basket, cashier=who()), counter.now)
