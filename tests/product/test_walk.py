"""Every address with every role and another store's keys: nothing is seen, nothing changed, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder import ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface

from addons.membership.models import Member
from core.db import scope
from core.db.scope import OfStoreOrAll, Scope, SharedWithScope, StoreScoped
from core.testing.screens import Browser
from core.web import roles
from core.web.crud import Crud
from core.web.views import GuibinApi, GuibinForm, GuibinInterface, GuibinModelApi, GuibinPage
from tests.product.walk import REFUSED, Report, Walk, ask, fingerprint, leaked
from tests.product.world import OWN, World

BrowserFor = Callable[[str], Browser]
STRANGER = "stranger"
#: Views of the kernel that need no scope: they show no row of any store.
OF_THE_KERNEL = {"HomeView", "UtilView", "LanguageView", "SecurityApi", "LoginView", "SearchPage", "MyAccountView"}
#: Pages that a stranger may open.
OPEN = {"LanguageView.index", "UtilView.back", "SecurityApi.login", "SecurityApi.refresh"}


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


@pytest.mark.parametrize("role", [*roles.STORES, STRANGER])
def test_people_of_one_store_meet_nothing_of_another(
    product: Flask, world: World, browser_for: BrowserFor, role: str
) -> None:
    browser, report = browser_for(role), Report()
    before = fingerprint(world.foreign)
    asking = None
    for asking in Walk(product, world.foreign, whole=role == roles.STORE_MANAGER).questions():
        answer = ask(browser, asking)
        report.look(asking, answer, world.foreign)
        if role == STRANGER and answer.status_code == 200 and asking.endpoint not in OPEN:
            report.faults.append(f"{asking.address} is open to strangers")
        if asking.method != "GET" and answer.status_code not in REFUSED:
            after = fingerprint(world.foreign)
            report.unchanged(asking, before, after)
            before = after
    assert asking is not None
    report.unchanged(asking, before, fingerprint(world.foreign))
    assert not report.faults, "\n".join(report.faults)
    assert role == STRANGER or report.shown > 40  # the walk got in


# -- positive controls ------------------------------------------------------------------------------------------------


def scoped(product: Flask) -> list[Any]:
    """Return the screens over tables whose rows belong to stores."""
    views = product.extensions["appbuilder"].baseviews
    return [v for v in views if isinstance(v, Crud) and issubclass(v.datamodel.obj, StoreScoped | OfStoreOrAll)]


def test_ones_own_rows_are_there(product: Flask, world: World, browser_for: BrowserFor) -> None:
    browser, walk, missing = browser_for(roles.STORE_MANAGER), Walk(product, world.own), []
    for view in scoped(product):
        rows, base = walk.rows_of(view), f"{view.route_base}"
        assert rows, f"{view.endpoint}: make such a row in the world, or the walk tries nothing"
        listed = browser.get(f"{base}/list/")
        if listed.status_code == 403:
            continue
        text = listed.text
        has_page = "can_show" in view.base_permissions  # else its rows lead to a page of another view
        shown = not has_page or browser.get(f"{base}/show/{rows[0]}").status_code == 200
        if not shown or not any(own in text for own in world.own.texts):
            missing.append(base)
    for address in (f"/till/member/{world.own.members[0]}", f"/receipt-decisions/{world.own.receipts[0]}"):
        missing += [] if OWN in browser.get(address).text else [address]
    assert not missing


def test_without_the_guard_of_the_session_the_walk_finds_the_leaks(
    product: Flask, world: World, browser_for: BrowserFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, found = browser_for(roles.STORE_MANAGER), set()
    monkeypatch.setattr(scope, "_provider", lambda: Scope(reads=None, writes=None))
    for asking in Walk(product, world.foreign, whole=True).questions():
        if asking.method == "GET" and asking.endpoint.endswith((".list", ".show", ".edit", ".lookup", ".file")):
            answer = ask(browser, asking)
            if answer.status_code == 403 or leaked(asking, answer, world.foreign):
                found.add(asking.endpoint)
    kept = [view.endpoint for view in scoped(product) if f"{view.endpoint}.list" not in found]
    assert not kept, f"rows of the other store would not be noticed here: {kept}"
    assert {"MemberPageView.file", "MemberView.edit", "VisitView.lookup"} <= found
