"""Batches of vouchers: asked for, decided by a second person, issued with their progress, taken to the print house."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from addons.catalog.models import Category
from addons.membership.models import TIERS
from addons.stores.models import Store
from addons.stores.queries import currencies
from addons.stores.queries import place as place_of
from addons.vouchers import queries, services
from addons.vouchers.domain import typed
from addons.vouchers.jobs import issue_next
from addons.vouchers.models import Batch
from addons.vouchers.views import words
from addons.vouchers.views.lists import FORMATS, LABELS
from core import clock, jobs
from core.config import broker_url
from core.db.posting import Operation, post
from core.db.session import reading, work
from core.errors import Invalid, Refusal
from core.ids import unguessable
from core.periods import local_day
from core.web import formats
from core.web.forms import MoneyField, PlainArea, PlainNumber, PlainSelect, PlainText
from core.web.leaving import Check
from core.web.lists import files
from core.web.people import person
from core.web.posting import KEY_LETTERS, key_field, post_form, who
from core.web.roles import HQ
from core.web.two_persons import waits_for_me
from core.web.views import GuibinInterface, GuibinPage, GuibinView, action, expose, has_access

STOPPED_AT_ONCE = 1000  # vouchers cancelled in one transaction


def _choices(words_: dict[str, tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(code, label) for code, (_kind, label) in words_.items()]


_CATEGORIES = select(Category).where(Category.archived_at.is_(None)).order_by(Category.name)


def _categories() -> list[tuple[str, str]]:
    with reading() as session:
        return [(row.code, row.name) for row in session.scalars(_CATEGORIES)]


def _stores() -> list[tuple[str, str]]:
    with reading() as session:
        return [(str(store.id), store.name) for store in session.scalars(select(Store).order_by(Store.name))]


def _tiers() -> list[tuple[str, Any]]:
    return [(tier, formats.tier_chip(tier).striptags()) for tier in TIERS]


def _days_in_order(_session: Session, form: Any) -> None:
    """Refuse with Invalid a last day before the first."""
    if form.valid_from.data and form.valid_until.data < form.valid_from.data:
        raise Invalid(field="valid_until", problem="the last day is before the first")


def _products_known(session: Session, form: Any) -> None:
    """Refuse with NotFound the first product that is not in the catalogue of the brand of the store."""
    if form.store.data is not None:
        brand_id = place_of(session, form.store.data.id).brand_id
        services.require_products(session, _lines(form.products), brand_id)


class VoucherBatchView(GuibinView):
    """Who asked for which vouchers and why."""

    datamodel = GuibinInterface(Batch)
    read_roles = HQ
    write_roles = HQ
    empty_text = _("No batch of vouchers yet.")
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_lookup", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action_post"})
    offered_when: ClassVar[dict[str, Any]] = dict.fromkeys(("approve", "refuse"), waits_for_me)
    list_title, show_title, add_title, edit_title = (
        _("Batches of vouchers"),
        _("Batch of vouchers"),
        _("New batch of vouchers"),
        _("Batch of vouchers"),
    )
    list_columns = ["asked_at", "name", "kind", "value", "count", "issued", "state", "valid_until", "asked_by"]
    show_columns = [
        "name", "reason", "kind", "title", "value", "count", "issued", "binding", "state", "held_up", "valid_from",
        "valid_until", "terms", "pattern", "budget", "store", "asked_by", "asked_at", "decided_by", "decided_at",
    ]  # fmt: skip
    show_template = "vouchers/batch.html"
    amounts_in = staticmethod(currencies)
    search_columns = ["asked_at", "name", "kind", "state", "valid_until", "asked_by", "decided_by"]
    order_columns = ["asked_at", "value", "count", "valid_until"]
    base_order = ("id", "desc")
    add_button = _("Ask for the batch")
    add_fieldsets: ClassVar[list[tuple[Any, dict[str, Any]]]] = [
        (_("What it is"), {"fields": ["name", "reason", "kind", "value", "title"]}),
        (_("For whom"), {"fields": ["binding", "count", "members", "tiers"]}),
        (
            _("When and where it is good"),
            {"fields": ["valid_from", "valid_until", "min_spend", "categories", "products", "stores"]},
        ),
        (_("How it is issued"), {"fields": ["store", "budget", "pattern", "key"]}),
    ]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "name": StringField(_("Name"), validators=[InputRequired(), Length(max=80)], widget=PlainText()),
        "reason": StringField(_("Why"), validators=[InputRequired(), Length(max=200)], widget=PlainText()),
        "kind": SelectField(_("Kind"), choices=lambda: _choices(words.KINDS), widget=PlainSelect()),
        "value": MoneyField(
            _("Value of each"),
            validators=[Optional()],
            description=_("Nothing for a discount coupon: a rule says what it takes off."),
        ),
        "title": StringField(
            _("For what"),
            validators=[Length(max=120)],
            widget=PlainText(),
            description=_("The article of a gift, or what the voucher is called on paper."),
        ),
        "binding": SelectField(_("Whose"), choices=lambda: _choices(words.BINDINGS), widget=PlainSelect()),
        "count": IntegerField(
            _("How many"),
            validators=[Optional()],
            widget=PlainNumber(),
            description=_("For vouchers that are nobody's yet."),
        ),
        "members": TextAreaField(
            _("Members"),
            widget=PlainArea(),
            description=_("Member numbers, phones or cards, one a line; each gets a voucher."),
        ),
        "tiers": SelectMultipleField(
            _("All members of these tiers"), choices=_tiers, widget=PlainSelect(multiple=True)
        ),
        "min_spend": MoneyField(_("Least spend"), validators=[Optional()]),
        "categories": SelectMultipleField(
            _("Only for these goods"),
            choices=_categories,
            widget=PlainSelect(multiple=True),
            description=_("With all that is part of them."),
        ),
        "products": TextAreaField(
            _("Only for these products"),
            widget=PlainArea(),
            description=_("Codes of products, or of styles for all their sizes and colours, one a line."),
        ),
        "stores": SelectMultipleField(_("Only in these stores"), choices=_stores, widget=PlainSelect(multiple=True)),
        "pattern": StringField(
            _("Pattern of the codes"),
            validators=[Length(max=20)],
            widget=PlainText(),
            description=_("Empty for the usual one: fixed letters, ? for each random letter, # for the check letter."),
        ),
        "key": key_field(),
    }
    checked_on_leaving: ClassVar[dict[str, Check]] = {
        "pattern": words.pattern_fits,
        "valid_until": _days_in_order,
        "products": _products_known,
    }
    add_row_message = _("The batch was kept.")
    label_columns = LABELS | {
        "asked_at": _("Asked at"),
        "asked_by": _("Asked by"),
        "binding": _("Whose"),
        "budget": _("Budget"),
        "count": _("How many"),
        "decided_at": _("Decided at"),
        "decided_by": _("Decided by"),
        "held_up": _("Why it stopped"),
        "issued": _("Issued so far"),
        "name": _("Name"),
        "pattern": _("Pattern of the codes"),
        "reason": _("Why"),
        "state": _("State"),
        "store": _("Owed by the store"),
        "terms": _("Good for"),
        "value": _("Value of each"),
    }
    formatters_columns = FORMATS | {
        "asked_at": formats.moment,
        "decided_at": formats.moment,
        "binding": formats.state_chip(words.BINDINGS),
        "budget": formats.text,
        "count": formats.count,
        "asked_by": person,
        "decided_by": person,
        "held_up": words.held_up,
        "issued": formats.count,
        "state": formats.state_chip(words.BATCH_STATES),
        "terms": words.limits_of,
        "title": formats.text,
    }

    def create(self, form: Any) -> Batch:
        """Ask for the batch; it is issued from its own page."""
        now = clock.now()
        store_id = form.store.data.id
        budget_id = None if form.budget.data is None else form.budget.data.id
        with reading() as session:
            at = place_of(session, store_id)
            members = _named(session, at.brand_id, form) if form.binding.data == "member" else []
        if form.binding.data == "member" and not members:
            raise Invalid(field="members", problem="name the members or their tiers, or choose that it is nobody's yet")
        wanted = services.Wanted(
            store_id=store_id,
            name=form.name.data,
            reason=form.reason.data,
            kind=form.kind.data,
            value=form.value.data or 0,
            valid_until=form.valid_until.data,
            binding=form.binding.data,
            count=form.count.data or 0,
            members=members,
            title=form.title.data or "",
            valid_from=form.valid_from.data,
            pattern=typed(form.pattern.data or ""),
            limits=_limits(form),
            budget_id=budget_id,
        )

        def command(session: Session) -> dict[str, Any]:
            batch = services.ask_batch(session, wanted, day=local_day(now, at.zone), now=now, by=who())
            return {"id": batch.id}

        asked = {name: str(form[name].data) for name in self.add_columns if name not in ("key", "budget", "store")}
        answer = post_form("vouchers.batch", form.key.data or "", asked | {"store": store_id}, command).answer
        found: Batch = self.datamodel.get(answer["id"])
        return found

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """Show a batch with what is to be done with it."""
        widgets = self._show(pk)
        batch = self._row(pk)
        title = str(self.show_title)
        return self.render_template(
            self.show_template, pk=pk, title=title, widgets=widgets, related_views=(), batch=batch
        )

    def post_add_redirect(self) -> Any:
        """Go to the list, where the batch is the first."""
        return redirect(url_for("VoucherBatchView.list"))

    @action("approve", _("Approve"), _("Approve this batch?"), "fa-check", multiple=False)
    def approve(self, row: Batch) -> Any:
        """Approve as the second person."""
        return self._decide(row, approve=True)

    @action("refuse", _("Refuse"), _("Refuse this batch?"), "fa-xmark", multiple=False)
    def refuse(self, row: Batch) -> Any:
        """Refuse as the second person."""
        return self._decide(row, approve=False)

    def _decide(self, row: Batch, *, approve: bool) -> Any:
        with work() as session:
            services.decide_batch(session, batch_id=row.id, approve=approve, by=who(), now=clock.now())
        self.datamodel.session.expire_all()
        return redirect(self.get_redirect())


def _limits(form: Any) -> services.Limits:
    return services.Limits(
        form.min_spend.data or 0,
        tuple(int(key) for key in form.stores.data) if form.stores.data else None,
        tuple(form.categories.data) if form.categories.data else None,
        tuple(_lines(form.products)) or None,
    )


def _lines(field: Any) -> list[str]:
    """Return what was typed line by line."""
    return [line.strip() for line in (field.data or "").splitlines() if line.strip()]


def _named(session: Session, brand_id: int, form: Any) -> list[int]:
    """Return the members of a batch, each once; refuses with Invalid for the first that nobody is called."""
    listed = _lines(form.members)
    found = queries.members_named(session, brand_id, listed)
    missing = [key for key in listed if key not in found]
    if missing:
        raise Invalid(field="members", problem=gettext("Nobody is called %(key)s.", key=missing[0][:40]))
    in_tiers = queries.members_in_tiers(session, brand_id, form.tiers.data) if form.tiers.data else []
    return list(dict.fromkeys([*(found[key] for key in listed), *in_tiers]))


class VoucherBatchPage(GuibinPage):
    """Issuing a batch, taking its codes away, stopping it."""

    route_base = "/voucher-batches"
    title = _("Running of a batch")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"codes": _("Take the codes"), "issue": _("Issue"), "stop": _("Stop")}
    default_view = "issue"
    read_roles = ()
    write_roles = HQ

    @expose("/<int:batch_id>/issue", methods=["POST"])
    @has_access
    def issue(self, batch_id: int) -> Any:
        """Issue the next part here and now, or let a worker issue all of it; the page asks again until it is done."""
        batch = self._batch(batch_id)
        try:
            if broker_url() is not None and batch.issued == 0:
                jobs.ask("vouchers.issue_batches", {})
            else:
                issue_next(batch.id, batch.issued, by=who())
        except Refusal as problem:
            flash(words.told(problem), "danger")
            return self._back(batch_id)
        if request.headers.get("HX-Request") == "true":
            self.appbuilder.session.expire_all()
            return self.render_template("vouchers/progress.html", batch=self._batch(batch_id))
        return self._back(batch_id)

    @expose("/<int:batch_id>/codes/<string:kind>", methods=["POST"])
    @has_access
    def codes(self, batch_id: int, kind: str) -> Response:
        """Give the codes as a file for a print house; who took them is written down."""
        if kind not in files.KINDS:
            kind = "csv"
        now = clock.now()
        with work() as session:
            batch = services.note_download(session, batch_id=batch_id, file=kind, now=now, by=who())
            rows = [code._asdict() for code in queries.codes_of(session, batch_id)]
            name = batch.name
        columns = [
            ("code", gettext("Code"), None),
            ("value", gettext("Value"), formats.money),
            ("valid_from", gettext("Valid from"), formats.day),
            ("valid_until", gettext("Valid until"), formats.day),
            ("title", gettext("For what"), None),
            ("member", gettext("Member"), None),
        ]
        return files.answer(kind, files.name_of(f"vouchers-{batch_id}", kind, now), name, columns, rows)

    @expose("/<int:batch_id>/stop", methods=["POST"])
    @has_access
    def stop(self, batch_id: int) -> Any:
        """Issue nothing more of a batch and cancel what is left of its vouchers."""
        batch, reason = self._batch(batch_id), request.form.get("reason", "").strip()[:200]
        total = 0
        try:
            while cancelled := self._stopped(batch.id, reason):
                total += cancelled
        except Refusal as problem:
            flash(words.told(problem), "danger")
            return self._back(batch_id)
        flash(gettext("Stopped; %(count)s vouchers were cancelled.", count=f"{total:,}"), "success")
        return self._back(batch_id)

    def _stopped(self, batch_id: int, reason: str) -> int:
        now, by = clock.now(), who()

        def command(session: Session) -> dict[str, int]:
            return services.stop_part(
                session,
                batch_id=batch_id,
                reason=reason,
                limit=STOPPED_AT_ONCE,
                day=local_day(now),
                now=now,
                by=by,
            )

        key = f"vouchers.stop:{batch_id}:{unguessable(KEY_LETTERS)}"
        asked = {"batch": batch_id, "reason": reason, "by": by}
        return int(post(Operation("vouchers.stop", key, asked), command).answer["cancelled"])

    def _batch(self, batch_id: int) -> Batch:
        from flask import abort

        found = self.appbuilder.session.scalar(select(Batch).where(Batch.id == batch_id))
        if found is None:
            abort(404)
        return found  # type: ignore[no-any-return]

    def _back(self, batch_id: int) -> Any:
        return redirect(url_for("VoucherBatchView.show", pk=batch_id), 303)
