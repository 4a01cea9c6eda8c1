"""The words stores adds to the language of rules: what the store does and does not do."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Kind, Text

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
        "stores.cross_market",
        "choice",
        "convert",
        Text("其他幣別的消費", "其他币种的消费", "Spend in another currency"),
        Text(
            "門市幣別與品牌幣別不同時，升等累計、積分與介紹獎勵如何計算；匯率在「匯率」頁按日期設定。",
            "门店币种与品牌币种不同时，升级累计、积分与介绍奖励如何计算；汇率在“汇率”页按日期设定。",
            "How tier credit, points and referrals count where a store's money is not the brand's; rates are dated.",
        ),
        choices=(
            Choice("convert", Text("按當日匯率換算", "按当日汇率换算", "Converted at the rate of the day")),
            Choice("same", Text("照數字計，不換算", "照数字计，不换算", "The number as it stands")),
            Choice("nothing", Text("不計", "不计", "Not at all")),
        ),
        decision="C34",
        quotation="每消費1元積1分",
        alternatives=(
            Text(
                "照數字計；不計；每市場一個品牌，各有規則書與門檻",
                "照数字计；不计；每市场一个品牌，各有规则书与门槛",
                "As it stands; not at all; a brand a market, with its own book and thresholds",
            ),
        ),
    ),
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
