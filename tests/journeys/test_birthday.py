"""A gold member comes on her birthday."""

from __future__ import annotations

import pytest

from core.testing.browsers import Look
from tests.journeys.conftest import Window
from tests.journeys.till import Till

pytestmark = pytest.mark.browser


def test_a_gold_member_pays_78_percent_on_her_birthday_and_earns_double(window: Window, look: Look) -> None:
    watched = window("cashier", "birthday")
    till = Till(watched)
    till.open()
    till.find("13800000001")
    assert {"zh_Hant_TW": "今天生日", "en": "Birthday today"}[look.language] in watched.text("#till-member")
    watched.keep("found")
    till.scan("KNIT-M")
    till.expect_due("780.00")
    watched.page.click(".why summary")
    assert {"zh_Hant_TW": "7.8 折", "en": "78 %"}[look.language] in watched.text(".waterfall")
    watched.keep("price")
    till.go("pay")
    assert "1,560" in watched.text(".totals")
    watched.keep("pay")
    till.pay()
    assert "780.00" in watched.text(".receipt .totals")
    assert "1,560" in watched.text(".receipt .totals")
    watched.keep("receipt")
