"""The till by its forms: from scan to receipt, and every "no" on the way."""

from __future__ import annotations

import re
from collections.abc import Callable

from addons.till.tests.counter import Counter
from core.testing.screens import Browser

At = Callable[[str], Browser]
HX = {"HX-Request": "true"}


def hidden(page: str, name: str) -> str:
    """Return a hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_an_anonymous_sale_from_scan_to_receipt(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    answer = cashier.post("/till/add", {"q": "JEANS-30"}, headers=HX)
    assert answer.status_code == 200
    assert answer.headers["Till"] == "added"
    assert "899.00" in answer.text
    assert "<html" not in answer.text
    page = cashier.get("/till/").text
    sold = cashier.post("/till/pay", {"key": hidden(page, "key"), "told": hidden(page, "told")})
    assert sold.status_code == 303
    receipt = cashier.get(sold.location).text
    assert "S1-0000001" in receipt
    assert "899.00" in receipt
    assert "JEANS-30" not in cashier.get("/till/").text
