"""The words and the decisions vouchers add."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Effect, Fact, Text

FACTS: tuple[Fact, ...] = ()
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "vouchers.valid_days",
        "count",
        180,
        Text("券的有效天數", "券的有效天数", "Days a voucher is good for"),
        Text(
            "規則沒有寫明天數時採用；發放當天不計，最後一天仍可使用。",
            "规则没有写明天数时采用；发放当天不计，最后一天仍可使用。",
            "Where the rule does not say; the day of issue is not counted, the last day is.",
        ),
        decision="C18",
        quotation="派發本品牌300元代金券",
        alternatives=(
            Text("90 天、一年", "90 天、一年", "90 days, one year"),
            Text(
                "每單張數與最低消費在規則方案中設定",
                "每单张数与最低消费在规则方案中设定",
                "Vouchers a receipt and the least spend are set in the rule book",
            ),
        ),
        at_least=1,
        at_most=3650,
    ),
)
