"""A member climbs to gold and to diamond by what she buys; each card is converted at the till."""

from __future__ import annotations

import pytest

from core.db.scope import system_scope
from core.db.session import reading
from core.testing.browsers import Look, Watched
from tests.journeys.conftest import Window
from tests.journeys.shop import Shop, tier_of
from tests.journeys.till import Till

pytestmark = pytest.mark.browser
PHONE_NUMBER = "13800000002"
GOLD = {"zh_Hant_TW": "金卡", "en": "Gold card"}
DIAMOND = {"zh_Hant_TW": "鑽石卡", "en": "Diamond card"}


def test_a_member_climbs_to_gold_and_to_diamond_and_pays_85_percent(window: Window, look: Look, shop: Shop) -> None:
    watched = window("cashier", "climbing")
    till = Till(watched)
    member = shop.members["climber"]
    till.open()
    buy(till, "SUIT-170", due="3,134.05")  # 3,299.00 at 9.5
    assert GOLD[look.language] in watched.text(".news")
    watched.keep("gold-reached")
    assert holds(member) == "ordinary"  # the tier waits for the card
    convert(till, watched, "gold")
    assert holds(member) == "gold"
    till.scan("SUIT-170", "SUIT-170")
    till.expect_due("5,938.20")  # 6,598.00 at 9
    watched.keep("gold-price")
    till.pay()
    assert DIAMOND[look.language] in watched.text(".news")
    watched.keep("diamond-reached")
    convert(till, watched, "diamond")
    assert holds(member) == "diamond"
    till.scan("KNIT-M")
    till.expect_due("850.00")
    watched.page.click(".why summary")
    assert {"zh_Hant_TW": "8.5 折", "en": "85 %"}[look.language] in watched.text(".waterfall")
    watched.keep("diamond-price")
    till.pay()
    watched.keep("diamond-receipt")
    watched.open(f"/till/member/{member}")
    assert DIAMOND[look.language] in watched.text(".file-head")
    watched.keep("member")


def buy(till: Till, *codes: str, due: str) -> None:
    """Let her buy; another basket is begun by the button on the receipt."""
    till.find(PHONE_NUMBER)
    till.scan(*codes)
    till.expect_due(due)
    till.pay()


def convert(till: Till, watched: Watched, tier: str) -> None:
    """Find her again, be told that the card is due, and convert it."""
    watched.page.click("a[href='/till/']:visible")
    watched.page.wait_for_url("**/till/")
    till.find(PHONE_NUMBER)
    watched.page.wait_for_selector("form[action$='/step/convert_card']")
    watched.keep(f"{tier}-due")
    till.convert_card()
    watched.page.wait_for_selector(f".customer .chip-{tier}")
    watched.keep(f"{tier}-converted")


def holds(member_id: int) -> str:
    """Return the tier the member pays at."""
    with system_scope("tests"), reading() as session:
        return tier_of(session, member_id)
