"""What is done with a member who presents herself: visits, vouchers for points, points within the family."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, NumberRange

from addons.membership.queries import TillMember
from addons.membership.services import identify
from addons.membership.services.members import normal_phone
from addons.points import services
from addons.points.models import Visit
from addons.points.views.words import BY_MEMBER, FORMATS, LABELS
from addons.stores.models import Store
from addons.stores.queries import place, places
from core import clock
from core.db.session import reading, work
from core.errors import NotFound
from core.policy.live import live_program
from core.web.forms import PlainNumber, PlainSelect, PlainText
from core.web.leaving import Check
from core.web.posting import key_field, post_form, who
from core.web.roles import NOBODY, STORES
from core.web.views import GuibinForm, GuibinInterface, GuibinView


def _who_fields() -> dict[str, Any]:
    return {
        "card": StringField(
            _("Card number"), widget=PlainText(), description=_("Scan or type the card, or the phone.")
        ),
        "phone": StringField(_("Phone"), widget=PlainText()),
        "key": key_field(),
    }


def _is_phone(name: str) -> Check:
    """Return the check that a field holds a phone number; whose it is, is not looked up before the form is sent."""

    def check(session: Session, form: Any) -> None:
        store = form.store.data
        at = places(session).get(getattr(store, "id", store))
        normal_phone(form[name].data.strip(), at.market if at else "")

    return check


def _presented(session: Session, card_field: Any, phone_field: Any, store_id: int) -> TillMember:
    """Return the member who presents a card or a phone number, of whichever store (C31); who asked is kept."""
    card, phone = (card_field.data or "").strip(), (phone_field.data or "").strip()
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
    add_button = _("Confirm the visit")
    empty_text = _("No visits yet.")
    empty_how = _("Confirm them here, at the till or on the member's page.")
    list_title, show_title, add_title, edit_title = _("Visits"), _("Visit"), _("Confirm a visit"), _("Visit")
    list_columns = ["at", "member", "invited", "points", "store", "confirmed_by"]
    show_columns = [*list_columns, "not_given", "ruled"]
    search_columns = ["at", "day", "member", "invited", "store", "confirmed_by", "not_given"]
    order_columns = ["at", "points"]
    base_order = ("id", "desc")
    add_columns = ["card", "phone", "store", "invited", "key"]
    add_form_extra_fields = _who_fields()
    checked_on_leaving: ClassVar[dict[str, Check]] = {"phone": _is_phone("phone")}
    lookups = BY_MEMBER
    label_columns, formatters_columns = LABELS, FORMATS

    def create(self, form: Any) -> Visit:
        """Confirm the visit of whoever presents a card or a phone number, and say what it gave."""
        store_id, invited, by = form.store.data.id, bool(form.invited.data), who()
        with work() as session:
            member = _presented(session, form.card, form.phone, store_id)
        request = {"member_id": member.id, "store_id": store_id, "invited": invited, "by": by}

        def command(session: Session) -> dict[str, Any]:
            now = clock.now()
            live = live_program(session, place(session, store_id).brand_code, now)
            visited = services.record_visit(
                session,
                member_id=member.id,
                store_id=store_id,
                invited=invited,
                confirmed_by=by,
                now=now,
                program=live.program,
                digest=live.digest,
            )
            return visited._asdict()

        answer = post_form("points.visit", form.key.data or "", request, command).answer
        flash(
            gettext("%(points)s points, balance %(balance)s.", **{k: answer[k] for k in ("points", "balance")}), "info"
        )
        if answer["not_given"]:
            flash(
                gettext("%(points)s points are not given: the budget is used up.", points=answer["not_given"]),
                "warning",
            )
        found: Visit = self.datamodel.get(answer["visit_id"])
        return found


def _stores_in_sight() -> list[tuple[int, str]]:
    with reading() as session:
        return [(store.id, store.name) for store in session.scalars(select(Store).order_by(Store.name))]


class ExchangeForm(DynamicForm):
    """Who asks, for how many vouchers, and in which store."""

    card = _who_fields()["card"]
    phone = _who_fields()["phone"]
    quantity = IntegerField(
        _("How many vouchers"), default=1, widget=PlainNumber(), validators=[DataRequired(), NumberRange(min=1)]
    )
    store = SelectField(_("Store"), coerce=int, choices=_stores_in_sight, widget=PlainSelect())
    key = key_field()


class ExchangeView(GuibinForm):
    """A member asks for vouchers for her purchase points (C17)."""

    form = ExchangeForm
    form_title = _("Exchange points")
    button = _("Exchange points")
    checked_on_leaving: ClassVar[dict[str, Check]] = {"phone": _is_phone("phone")}
    read_roles = NOBODY
    write_roles = STORES

    def form_post(self, form: Any) -> None:
        """Exchange what the rules allow."""
        store_id = form.store.data
        with work() as session:
            member = _presented(session, form.card, form.phone, store_id)
        asked = {"member_id": member.id, "store_id": store_id, "quantity": form.quantity.data}
        request = {**asked, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            done = services.request_exchange(session, **asked, now=clock.now())
            return {"points": sum(e.points for e in done), "count": sum(len(e.codes) for e in done)}

        answer = post_form("points.exchange", form.key.data or "", request, command).answer
        flash(gettext("%(count)s vouchers for %(points)s points.", **answer), "success")


class TransferForm(DynamicForm):
    """Who gives, to whom, how many points, in which store."""

    card = StringField(
        _("Card number of who gives them"), widget=PlainText(), description=_("Scan or type the card, or the phone.")
    )
    phone = StringField(_("Phone of who gives them"), widget=PlainText())
    to_card = StringField(_("Card number of who gets them"), widget=PlainText())
    to_phone = StringField(_("Phone of who gets them"), widget=PlainText())
    points = IntegerField(_("Points"), widget=PlainNumber(), validators=[DataRequired()])
    store = SelectField(_("Store"), coerce=int, choices=_stores_in_sight, widget=PlainSelect())
    key = key_field()


class TransferFormView(GuibinForm):
    """A member gives points to somebody of her family."""

    form = TransferForm
    form_title = _("Give points within the family")
    button, question = _("Give the points"), _("Give these points to the other member?")
    checked_on_leaving: ClassVar[dict[str, Check]] = {n: _is_phone(n) for n in ("phone", "to_phone")}
    read_roles = NOBODY
    write_roles = STORES

    def form_post(self, form: Any) -> None:
        """Give the points."""
        store_id = form.store.data
        with work() as session:
            giver = _presented(session, form.card, form.phone, store_id)
            taker = _presented(session, form.to_card, form.to_phone, store_id)
        asked = {"from_id": giver.id, "into_id": taker.id, "points": form.points.data}
        asked |= {"store_id": store_id, "by": who()}

        def command(session: Session) -> dict[str, Any]:
            return services.transfer(session, **asked, now=clock.now())._asdict()

        answer = post_form("points.transfer", form.key.data or "", asked, command).answer
        flash(
            gettext("%(points)s points given, %(left)s left.", points=answer["points"], left=answer["left"]), "success"
        )
