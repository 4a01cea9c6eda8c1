"""The settings of settlement."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Text

FACTS: tuple[Fact, ...] = ()
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "settlement.point_value",
        "money",
        10,
        Text("一積分的清算價值", "一积分的清算价值", "What a point is worth in settlement"),
        Text(
            "3000 積分換 300 元，即每分 0.10 元。改變後只影響之後的積分。",
            "3000 积分换 300 元，即每分 0.10 元。改变后只影响之后的积分。",
            "3000 points are 300 yuan: 0.10 a point. A change counts for points from then on.",
        ),
        decision="C19",
        quotation="派發本品牌300元代金券,同時積分減掉3000分",
        alternatives=(Text("按實際兌換率每年檢討", "按实际兑换率每年检讨", "Reviewed each year by what is redeemed"),),
        at_most=1000,
    ),
    Setting(
        "settlement.points_funded_by",
        "choice",
        "issuing_store",
        Text("消費積分由誰承擔", "消费积分由谁承担", "Who bears purchase points"),
        Text(
            "活動與規則另給的積分，按該規則的分攤比例。",
            "活动与规则另给的积分，按该规则的分摊比例。",
            "Points that a rule gives beyond the purchase are shared as the rule says.",
        ),
        choices=(
            Choice("issuing_store", Text("發放的門市", "发放的门店", "The store that gives them")),
            Choice("hq", Text("總部", "总部", "Headquarters")),
        ),
    ),
)
