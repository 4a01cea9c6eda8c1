"""The pages a person finds in the menu, with a record and a form of each list."""

from __future__ import annotations

from flask import Flask

from core.testing.screens import Browser
from core.web.crud import Crud
from tests.product.walk import Walk
from tests.product.world import Place


def addresses(product: Flask, person: Browser) -> list[str]:
    """Return the addresses in the person's menu, the home page first."""
    text = person.get("/").text
    found = ["/"]
    for view in product.extensions["appbuilder"].baseviews:
        address = _first(product, view)
        if address and f'href="{address}"' in text and address not in found:
            found.append(address)
    return found


def _first(product: Flask, view: object) -> str:
    from flask import url_for

    default = getattr(view, "default_view", "")
    endpoint = f"{getattr(view, 'endpoint', '')}.{default}"
    rules = [rule for rule in product.url_map.iter_rules() if rule.endpoint == endpoint and not rule.arguments]
    if not rules or rules[0].endpoint.startswith(("LoginView", "UtilView", "LanguageView")):
        return ""
    with product.test_request_context():
        return str(url_for(endpoint))


def of_records(product: Flask, person: Browser, place: Place) -> list[str]:
    """Return a record, the form to change it and the form for a new one, of every list the person may use."""
    walk, found = Walk(product, place), []
    for view in product.extensions["appbuilder"].baseviews:
        if not isinstance(view, Crud):
            continue
        rows = walk.rows_of(view)[:1]
        wanted = [f"{view.route_base}/show/{row}" for row in rows] + [f"{view.route_base}/edit/{row}" for row in rows]
        found += [address for address in (*wanted, f"{view.route_base}/add") if person.get(address).status_code == 200]
    return found
