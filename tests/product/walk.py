"""Every address of the product with keys of one store: what there is to be asked, and what must not come back."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from pypdf import PdfReader
from sqlalchemy import inspect, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms import BooleanField, DateField, DecimalField, Field, IntegerField, SelectField
from wtforms.fields.choices import SelectFieldBase

from addons.till.services import STEPS
from core.db.base import Base, metadata
from core.db.scope import OfStoreOrAll, SharedWithScope, StoreScoped, system_scope
from core.db.session import engine, reading
from core.testing.screens import Browser
from core.web import roles
from core.web.crud import Crud
from core.web.languages import TRADITIONAL
from core.web.lists.page import ListPage
from tests.product.world import BRAND, Place

#: Files that everybody gets, and the pages that would end the walk.
LEFT_OUT = ("static", "LoginView.")
#: What every list does in the same way: asked of all of them for one role, of a few for the others.
ALIKE = ("keep_filter", "drop_filter", "choose_columns", "export", "lookup")
FEW = (
    "MemberView", "ReceiptView", "CardView", "AccountView", "StoreView",
    "AccountsView", "DuplicatesPage", "ExpiringPage", "NearUpgradePage",
)  # fmt: skip
#: Answers that say "no" before anything is done.
REFUSED = (401, 403, 404, 405)
#: What forms of pages without a form class may ask for.
ASKED = (
    "member", "member_id", "card", "card_id", "q", "typed", "phone", "number", "voucher", "code", "store", "store_id",
    "receipt", "receipt_id", "reason", "name", "quantity", "product", "place", "role", "username", "value", "since",
)  # fmt: skip


@dataclass
class Asking:
    """One question: an address, how it is asked, and what is sent along."""

    endpoint: str
    method: str
    address: str
    body: dict[str, Any] = field(default_factory=dict)

    def sends(self, text: str) -> bool:
        """Tell whether a text is part of the question, so that an answer may repeat it."""
        sent = [self.address, *(str(v) for value in self.body.values() for v in _listed(value))]
        return any(text in part for part in sent)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Walk:
    """The addresses of the product, filled in with what is in a store."""

    def __init__(self, app: Flask, place: Place, *, keys: int = 1, whole: bool = False) -> None:
        self.app = app
        self.place = place
        self.keys = keys
        self.whole = whole
        self.views = {view.endpoint: view for view in app.extensions["appbuilder"].baseviews}

    def questions(self) -> Iterator[Asking]:
        """Yield every address with every method, each argument filled in with keys of the store."""
        for rule in sorted(self.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
            if any(rule.endpoint.startswith(part) or rule.endpoint.endswith(".static") for part in LEFT_OUT):
                continue
            if not self.whole and rule.endpoint.endswith(ALIKE) and rule.endpoint.split(".")[0] not in FEW:
                continue
            for values in self._values(rule):
                address = self._address(rule, values)
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    yield from self._asked(rule, method, address)

    def _asked(self, rule: Rule, method: str, address: str) -> Iterator[Asking]:
        if method == "GET":
            yield Asking(rule.endpoint, method, address)
            return
        view = self.views[rule.endpoint.split(".")[0]]
        name = rule.endpoint.split(".")[1]
        if name == "action_post":
            for action in view.actions:
                yield Asking(rule.endpoint, method, address, {"action": action, "rowid": self.rows_of(view)})
            return
        yield Asking(rule.endpoint, method, address, self.form(view, name))

    # -- arguments ----------------------------------------------------------------------------------------------------

    def _address(self, rule: Rule, values: dict[str, Any]) -> str:
        with self.app.test_request_context():
            built = self.app.url_map.bind("").build(rule.endpoint, values, force_external=False)
        return str(built)

    def _values(self, rule: Rule) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{}]
        for name in sorted(rule.arguments):
            found = [{**one, name: value} for one in found for value in self._argument(rule.endpoint, name)]
        return found

    def _argument(self, endpoint: str, name: str) -> list[Any]:
        """Return what an argument may be; a new one must be said here, or nobody would have tried it."""
        view, place = self.views[endpoint.partition(".")[0]], self.place
        if isinstance(view, Crud):
            known: dict[str, list[Any]] = {
                "pk": self.rows_of(view),
                "column": sorted(self.relations(view)),
                "name": list(view.actions),
                "kind": ["csv", "xlsx"],
                "filter_id": [1],
            }
        else:
            known = {
                "user_id": place.users[:1],
                "receipt_id": place.receipts[:1],
                "return_id": place.returns[:1],
                "member_id": place.members[:1],
                "version_id": [1],
                "number": [place.receipt],
                "code": [BRAND],
                "step": sorted(STEPS),
                "locale": [TRADITIONAL],
                "name": self._named(endpoint),
                "verb": ["install", "uninstall"],
                "job_id": [1],
                "column": ["name"],
                "voucher_id": place.vouchers[:1],
                "batch_id": [place.batch],
                "franchisee_id": [place.franchisee],
                "currency": ["CNY"],
                "month": ["2026-05"],
                "kind": ["csv", "xlsx"],
                "filter_id": [1],
            }
        assert name in known, f"{endpoint}: say in the walk what <{name}> stands for"
        return known[name]

    @staticmethod
    def _named(endpoint: str) -> list[str]:
        """Return a role, an addon or a setting; no addon that is there, for the walk must not take it away."""
        if endpoint.startswith("MatrixView"):
            return [roles.CASHIER]
        return ["nothing"] if endpoint.startswith("AddonsView") else ["tiers.window_months"]

    @staticmethod
    def relations(view: Any) -> set[str]:
        """Return the columns of a view's forms and filters that point to one other row."""
        named = {*view.search_columns, *view.add_columns, *view.edit_columns}
        return {column for column in named if view.datamodel.is_relation_many_to_one(column)}

    def rows_of(self, view: Any) -> list[Any]:
        """Return keys of rows behind a view that belong to the store; any rows where all stores share them."""
        if isinstance(view, ListPage):
            first, second, *_rest = self.place.members
            return [f"{first}-{second}"]  # of the pairs that look alike; other such lists act on nothing
        return self.keys_of(view.datamodel.obj)

    def keys_of(self, model: Any) -> list[int]:
        """Return keys of rows of a class that belong to the store."""
        key = model.__mapper__.primary_key[0]
        wanted = select(getattr(model, model.__mapper__.get_property_by_column(key).key)).order_by(key)
        if issubclass(model, StoreScoped | OfStoreOrAll):
            wanted = wanted.where(model.store_id == self.place.store)
        elif hasattr(model, "member_id"):
            wanted = wanted.where(model.member_id.in_(self.place.members))
        elif model.__tablename__ == "ab_user":
            wanted = wanted.where(model.id.in_(self.place.users))
        with system_scope("tests"), reading() as session:
            return list(session.scalars(wanted.limit(self.keys)))

    # -- forms --------------------------------------------------------------------------------------------------------

    def form(self, view: Any, name: str) -> dict[str, Any]:
        """Return what a form asks for, filled in with the store's rows and numbers."""
        if isinstance(view, Crud) and name in ("add", "edit"):
            made = getattr(view, f"{name}_form")
        else:
            made = getattr(view, "form", None)
        if made is None or not isinstance(made, type):
            return {name: self._text(name) for name in ASKED}
        with self.app.test_request_context(), system_scope("tests"):
            fields = [found for found in made() if found.name != "csrf_token"]
            return {found.name: self._filled(view, found) for found in fields}

    def _filled(self, view: Any, found: Field) -> Any:
        datamodel = getattr(view, "datamodel", None)
        if isinstance(found, SelectField):
            return next((str(choice[0]) for choice in found.iter_choices() if choice[0]), "")
        model = getattr(found, "model", None)
        if model is None and datamodel is not None and datamodel.is_relation(found.name):
            model = datamodel.get_related_model(found.name)
        if model is not None:
            return str(next(iter(self.keys_of(model)), 1))
        if isinstance(found, SelectFieldBase):
            return "1"
        return self._plain(found)

    def _plain(self, found: Field) -> str:
        if isinstance(found, BooleanField):
            return "y"
        if isinstance(found, DateField) or found.name.endswith(("_on", "_from", "_until", "day")):
            return "2026-06-01"
        if isinstance(found, (IntegerField, DecimalField)):
            return "1"
        return self._text(found.name)

    def _text(self, name: str) -> str:
        """Return what is typed into a field so named: keys and numbers of the store."""
        place = self.place
        known = {
            "member_id": str(place.members[0]), "card_id": str(place.cards[0]), "store_id": str(place.store),
            "store": str(place.store), "receipt_id": str(place.receipts[0]), "receipt": place.receipt,
            "card": place.card, "voucher": place.voucher, "code": place.voucher, "quantity": "1", "product": "COAT-M",
            "goes": place.number, "stays": place.number, "role": roles.CASHIER, "place": f"store:{place.store}",
            "since": "2026-06-01", "key": "", "step_key": "",
        }  # fmt: skip
        numbered = ("member", "q", "typed", "number", "referrer", "who")
        return known.get(name, place.number if name in numbered else "x1y2")


# -- answers ----------------------------------------------------------------------------------------------------------


def readable(answer: TestResponse) -> str:
    """Return what can be read in an answer: text as it is, the words of a PDF, the cells of a workbook."""
    kind = answer.mimetype or ""
    if kind == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    if answer.data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            return "\n".join(file.read(name).decode("utf-8", "replace") for name in file.namelist())
    return answer.text


def leaked(asking: Asking, answer: TestResponse, place: Place) -> list[str]:
    """Return the texts of a store that an answer holds although nobody sent them."""
    text = readable(answer)
    return sorted(mark for mark in place.texts if mark in text and not asking.sends(mark))


def fingerprint(place: Place, *, whole: bool = False) -> dict[str, str]:
    """Return what is stored of a store and of what all stores share, table by table; `whole`: of everything."""
    found = {}
    with engine().connect() as connection:
        for mapper in _mappers():
            table = mapper.local_table
            rows = select(table)
            if not whole and not issubclass(mapper.class_, SharedWithScope):
                rows = rows.where(table.c.store_id == place.store)
            stored = connection.execute(rows.order_by(*table.primary_key)).all()
            found[table.name] = hashlib.sha256(repr(stored).encode()).hexdigest()
        users = metadata.tables.get("ab_user")
        if users is not None:
            theirs = select(users.c.id, users.c.active, users.c.password, users.c.epoch).where(
                users.c.id.in_(place.users)
            )
            found["ab_user"] = repr(connection.execute(theirs).all())
    return found


def _mappers() -> list[Any]:
    """Return the classes of the product; tests of the frame bring tables of their own."""
    there = set(inspect(engine()).get_table_names())
    scoped = [m for m in Base.registry.mappers if issubclass(m.class_, (StoreScoped, SharedWithScope))]
    return [mapper for mapper in scoped if mapper.class_.__tablename__ in there]


def ask(browser: Browser, asking: Asking) -> Any:
    """Ask one question; forms carry the token."""
    if asking.method == "POST":
        # A "no" without the frame around it: the pages of errors hold no row, and writing them takes longest.
        return browser.post(asking.address, asking.body, headers={"Accept": "application/json"})
    return browser.client.open(asking.address, method=asking.method, data=asking.body or None)


#: What a till may change in every store of the brand (C31): it holds the voucher a member wants to pay with.
BRAND_WIDE = {"/till/vouchers": frozenset({"vouchers_voucher"})}


class Report:
    """What went wrong on the way."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.shown = 0

    def look(self, asking: Asking, answer: Any, place: Place, texts: set[str] | None = None) -> None:
        """Note a failure and every text of the place."""
        what = f"{asking.method} {asking.address} -> {answer.status_code}"
        self.shown += answer.status_code == 200
        if answer.status_code >= 500:
            self.faults.append(f"{what}: {answer.text[-300:]}")
        found = [mark for mark in leaked(asking, answer, place) if texts is None or mark in texts]
        if found:
            self.faults.append(f"{what} shows {found}")

    def unchanged(self, asking: Asking, before: dict[str, str], after: dict[str, str]) -> None:
        """Note the tables that are not as they were."""
        brand_wide = BRAND_WIDE.get(asking.address, frozenset())
        changed = [table for table, rows in after.items() if rows != before[table] and table not in brand_wide]
        if changed:
            self.faults.append(f"{asking.method} {asking.address} changed {changed}")
