"""Every page and endpoint with every role and another store's keys: nothing is seen, nothing changed, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder import ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface

from addons.membership.models import Member
from core.db.scope import SharedWithScope, StoreScoped
from core.testing.screens import Browser
from core.web import roles
from core.web.crud import Crud
from core.web.views import GuibinApi, GuibinForm, GuibinInterface, GuibinModelApi, GuibinPage
from tests.product.walk import Asking, Walk, fingerprint, leaked
from tests.product.world import World

BrowserFor = Callable[[str], Browser]
STRANGER = "stranger"
#: Views of the kernel that need no scope: they show no row of any store.
OF_THE_KERNEL = {"HomeView", "UtilView", "LanguageView", "SecurityApi", "LoginView", "SearchPage", "MyAccountView"}
#: Pages that a stranger may open.
OPEN = {"LoginView.login", "LanguageView.index", "UtilView.back", "SecurityApi.login", "SecurityApi.refresh"}
BINARY = ("application/pdf", "application/zip", "application/vnd")


def outside(views: list[Any]) -> list[str]:
    """Return what stands outside the mechanism that scopes rows: views of another kind, tables of no store."""
    faults = []
    for view in views:
        name = type(view).__name__
        if name in OF_THE_KERNEL:
            continue
        if not isinstance(view, Crud | GuibinForm | GuibinPage | GuibinApi | GuibinModelApi):
            faults.append(f"{name} derives from none of the product's views")
        model = getattr(getattr(view, "datamodel", None), "obj", None)
        if model is None:
            continue
        if not isinstance(view.datamodel, GuibinInterface):
            faults.append(f"{name} reads without the product's interface")
        if not issubclass(model, StoreScoped | SharedWithScope) and model.__name__ not in OF_NO_STORE:
            faults.append(f"{name} shows {model.__name__}, whose rows belong to no store")
    return faults


#: Tables without a store, and why their screens may show them: the view itself limits what it shows.
OF_NO_STORE = {
    "Account": "limited to members of one's stores by a filter of the view",
    "Change": "history of the master data, for headquarters",
}


def test_every_view_stands_within_the_mechanism(product: Flask) -> None:
    assert not outside(product.extensions["appbuilder"].baseviews)


def test_a_view_outside_the_mechanism_is_noticed() -> None:
    class Bare(ModelView):
        datamodel = SQLAInterface(Member)

    assert len(outside([Bare.__new__(Bare)])) == 2


def test_every_address_belongs_to_a_view_or_is_a_file(product: Flask) -> None:
    known = {view.endpoint for view in product.extensions["appbuilder"].baseviews}
    lost = [r.endpoint for r in product.url_map.iter_rules() if r.endpoint.split(".")[0] not in known]
    assert all(endpoint.startswith("static_") or endpoint == "appbuilder.static" for endpoint in lost), lost


def ask(browser: Browser, asking: Asking) -> Any:
    """Ask one question; forms carry the token."""
    if asking.method == "POST":
        return browser.post(asking.address, asking.body)
    return browser.client.open(asking.address, method=asking.method, data=asking.body or None)


@pytest.mark.parametrize("role", [*roles.STORES, STRANGER])
def test_people_of_one_store_meet_nothing_of_another(
    product: Flask, world: World, browser_for: BrowserFor, role: str
) -> None:
    browser = browser_for(role)
    before = fingerprint(world.foreign)
    faults, answered = [], 0
    for asking in Walk(product, world.foreign).questions():
        answer = ask(browser, asking)
        what = f"{asking.method} {asking.address} -> {answer.status_code}"
        if answer.status_code >= 500:
            faults.append(f"{what}: {answer.text[-300:]}")
        if found := leaked(asking, answer, world.foreign):
            faults.append(f"{what} shows {found}")
        if role == STRANGER and answer.status_code == 200 and asking.endpoint not in OPEN:
            faults.append(f"{what} is open to strangers")
        answered += answer.status_code == 200
        if asking.method != "GET":
            after = fingerprint(world.foreign)
            changed = [table for table, rows in after.items() if rows != before[table]]
            faults += [f"{what} changed {changed}"] if changed else []
            before = after
    assert not faults, "\n".join(faults)
    assert role == STRANGER or answered > 40  # the walk got in
