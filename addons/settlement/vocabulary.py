"""The settings of settlement."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Text

FACTS: tuple[Fact, ...] = ()
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "settlement.points_funded_by",
        "choice",
        "issuing_store",
        Text("消費積分由誰承擔", "消费积分由谁承担", "Who bears purchase points"),
        Text(
            "活動與規則另給的積分，按該規則的分攤比例。改變後只影響次日起獲得的積分。",
            "活动与规则另给的积分，按该规则的分摊比例。改变后只影响次日起获得的积分。",
            "Points that a rule gives beyond the purchase are shared as the rule says. A change counts for points "
            "earned from the next day on.",
        ),
        choices=(
            Choice("issuing_store", Text("發放的門市", "发放的门店", "The store that gives them")),
            Choice("hq", Text("總部", "总部", "Headquarters")),
        ),
    ),
)
