"""The pages a person finds in the menu, with a record and a form of each list."""

from __future__ import annotations

import re

from flask import Flask, url_for

from core.testing.screens import Browser
from core.web.crud import Crud
from tests.product.walk import Walk
from tests.product.world import Place


def addresses(product: Flask, person: Browser) -> list[str]:
    """Return the addresses in the person's menu, the home page first."""
    text = person.get("/").text.partition("<main")[0]
    found = ["/"]
    for view in product.extensions["appbuilder"].baseviews:
        address = _first(product, view)
        if address and f'href="{address}"' in text and address not in found:
            found.append(address)
    return found


def _first(product: Flask, view: object) -> str:
    default = getattr(view, "default_view", "")
    endpoint = f"{getattr(view, 'endpoint', '')}.{default}"
    rules = [rule for rule in product.url_map.iter_rules() if rule.endpoint == endpoint and not rule.arguments]
    if not rules or rules[0].endpoint.startswith(("LoginView", "UtilView", "LanguageView")):
        return ""
    with product.test_request_context():
        return str(url_for(endpoint))


def links_of_home(person: Browser) -> list[str]:
    """Return where the home page leads."""
    text = person.get("/").text.partition("<main")[2].partition("</main>")[0]
    return sorted(set(re.findall(r'href="(/[^"]*)"', text)))


def of_records(product: Flask, person: Browser, place: Place) -> dict[str, str]:
    """Return the pages of a record, of the form to change it and of the form for a new one, of every list."""
    walk = Walk(product, place)
    found: dict[str, str] = {}
    for view in product.extensions["appbuilder"].baseviews:
        if not isinstance(view, Crud):
            continue
        wanted = [f"{view.route_base}/{verb}/{row}" for verb in ("show", "edit") for row in walk.rows_of(view)[:1]]
        answers = {address: person.get(address) for address in (*wanted, f"{view.route_base}/add")}
        found |= {address: answer.text for address, answer in answers.items() if answer.status_code == 200}
    return found
