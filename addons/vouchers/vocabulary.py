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
    Setting(
        "vouchers.lock_minutes",
        "count",
        15,
        Text("收銀台鎖券分鐘數", "收银台锁券分钟数", "Minutes a till holds a voucher"),
        Text(
            "選用的券在結帳前鎖定這麼久，期間別的收銀台不能使用；到時自動解鎖。",
            "选用的券在结账前锁定这么久，期间别的收银台不能使用；到时自动解锁。",
            "Once chosen, no other till can use it for so long; after that it is free by itself.",
        ),
        at_least=1,
        at_most=240,
    ),
    Setting(
        "vouchers.restored_days",
        "count",
        30,
        Text("退回券的有效天數", "退回券的有效天数", "Days a voucher given back is good for"),
        Text(
            "退貨退回的券若已過期，從退貨日起再給這麼多天；未過期的照原日期。",
            "退货退回的券若已过期，从退货日起再给这么多天；未过期的照原日期。",
            "If its last day was over when goods came back, counted from that day; else its last day stays.",
        ),
        at_least=1,
        at_most=3650,
    ),
)
