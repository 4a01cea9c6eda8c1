"""A shop with goods, and browsers at its till."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from addons.till.tests.counter import Counter, open_shop
from addons.till.views.opened import PLACE as OPEN_BASKET
from core.testing.screens import Browser, BrowserAs


@pytest.fixture
def shop(product: Flask, now: object) -> Counter:
    """The shop; the day stands still."""
    return open_shop()


@pytest.fixture
def at_till(shop: Counter, browser_as: BrowserAs) -> Callable[[str], Browser]:
    """A browser of a role at the till, with nothing in the basket."""

    def opened(role: str) -> Browser:
        browser = browser_as(role)
        with browser.client.session_transaction() as kept:
            kept.pop(OPEN_BASKET, None)
        browser.get("/till/")
        return browser

    return opened
