"""The words stores adds to the language of rules: what the store does and does not do."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Effect, Fact, Kind, Text

FACTS: tuple[Fact, ...] = (
    Fact(
        "stores.no_discount",
        Kind.YES_NO,
        Text("鐵價不議門市", "铁价不议门店", "Firm-price store"),
        neutral=False,
        help=Text(
            "不打折，以積分倍數代替。",
            "不打折，以积分倍数代替。",
            "Prices are firm: points are multiplied instead.",
        ),
        place="stores",
    ),
)
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "stores.firm_price_specials",
        "yes_no",
        False,
        Text("鐵價不議門市也賣特價", "铁价不议门店也卖特价", "Special prices hold in firm-price stores too"),
        Text(
            "關閉時一律按定價。任何規則都不能在這些門市減價；以積分倍數代替（規則 firm-price-points）。",
            "关闭时一律按定价。任何规则都不能在这些门店减价；以积分倍数代替（规则 firm-price-points）。",
            "When off, the list price is paid. No rule takes anything off there; points are multiplied instead.",
        ),
        decision="C35",
        quotation="鐵價不議",
        alternatives=(
            Text(
                "公開特價照賣，只不給會員折扣",
                "公开特价照卖，只不给会员折扣",
                "Public specials hold, only members' rates do not",
            ),
        ),
    ),
)
