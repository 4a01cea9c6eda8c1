"""A manager begins a file with a number that somebody has: it is said beside the field as soon as she leaves it."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Window
from tests.journeys.shop import PEOPLE
from tests.product.test_pages_in_browser import AXE, JUDGE

pytestmark = pytest.mark.browser


def test_a_number_that_is_taken_is_said_when_the_field_is_left(window: Window) -> None:
    watched = window("manager", "leaving")
    page = watched.page
    watched.open("/memberview/add")
    page.fill("#phone", PEOPLE["regular"][1])
    page.keyboard.press("Tab")
    page.wait_for_selector(".field.has-error:has(#phone) .field-error")
    assert PEOPLE["regular"][1] in watched.text(".field:has(#phone) .field-error")
    watched.keep("taken")
    page.evaluate(AXE)
    assert page.evaluate(JUDGE) == []
    assert page.get_attribute("#phone", "aria-describedby") == "phone-said"
    page.fill("#phone", "13900139777")
    page.keyboard.press("Tab")
    page.wait_for_selector(".field:not(.has-error) #phone")
    assert page.get_attribute("#phone", "aria-invalid") is None
