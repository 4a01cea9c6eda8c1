"""What the menu offers can be opened, and is short for those who have no time to look around."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core.testing.screens import Browser
from core.web import roles
from tests.product.menu import addresses

BrowserFor = Callable[[str], Browser]


@pytest.mark.parametrize("role", roles.ALL)
def test_whatever_the_menu_offers_opens(product: Flask, browser_for: BrowserFor, role: str) -> None:
    person = browser_for(role)
    offered = addresses(product, person)
    assert len(offered) > 4
    assert {path: status for path in offered if (status := person.get(path).status_code) != 200} == {}


def test_a_cashier_finds_the_till_without_scrolling(product: Flask, browser_for: BrowserFor) -> None:
    offered = addresses(product, browser_for(roles.CASHIER))
    assert "/till/" in offered
    assert len(offered) <= 23
    assert browser_for(roles.CASHIER).get("/brandview/list/").status_code == 200  # found through a store, not the menu
