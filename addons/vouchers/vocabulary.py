"""The words and the decisions vouchers add."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Effect, Fact, Kind, Text

FACTS: tuple[Fact, ...] = (
    Fact(
        "vouchers.coupon",
        Kind.CHOICES,
        Text("出示的折扣券", "出示的折扣券", "Discount coupons presented"),
        neutral=frozenset(),
        help=Text(
            "折扣券的名稱（批量發券的「用途」，或發券規則的名稱）；該券只在規則因它而生效時用掉。",
            "折扣券的名称（批量发券的「用途」，或发券规则的名称）；该券只在规则因它而生效时用掉。",
            "What the coupon is called: the purpose of its batch, or the rule that issued it. It is used up only"
            " where it makes a difference.",
        ),
        place="basket",
    ),
)
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
        "vouchers.gifts_allowed",
        "yes_no",
        True,
        Text("券可以轉贈", "券可以转赠", "Vouchers may be given away"),
        Text(
            "轉給同品牌的另一位會員，換新券號，舊券號作廢，留有紀錄。",
            "转给同品牌的另一位会员，换新券号，旧券号作废，留有记录。",
            "To another member of the brand, under a new code; the old one is void, and who did it is kept.",
        ),
    ),
    Setting(
        "vouchers.split_allowed",
        "yes_no",
        True,
        Text("代金券可以拆分", "代金券可以拆分", "Cash vouchers may be split"),
        Text(
            "拆成數張小額券；因為不找零，拆分會讓客人少作廢一些。",
            "拆成数张小额券；因为不找零，拆分会让客人少作废一些。",
            "Into several smaller ones. As no change is given, splitting first lets the customer forfeit less.",
        ),
    ),
    Setting(
        "vouchers.second_person_from",
        "money",
        1_000_000,
        Text(
            "批量發券需第二人核准的總額",
            "批量发券需第二人核准的总额",
            "Batches of vouchers from this value need a second person",
        ),
        Text(
            "一批券的面額總和達到此數，須由另一位總部人員核准才會發放。",
            "一批券的面额总和达到此数，须由另一位总部人员核准才会发放。",
            "When all vouchers of a batch together are worth so much, somebody else at headquarters must approve it.",
        ),
    ),
    Setting(
        "vouchers.guess_attempts",
        "count",
        5,
        Text("視為猜券號的次數", "视为猜券号的次数", "Unknown codes that look like guessing"),
        Text(
            "同一收銀台在以下分鐘數內試了這麼多個不存在的券號，就會標示。",
            "同一收银台在以下分钟数内试了这么多个不存在的券号，就会标示。",
            "So many codes that do not exist, at one till within the minutes below, are flagged.",
        ),
        at_least=2,
        at_most=1000,
    ),
    Setting(
        "vouchers.guess_minutes",
        "count",
        10,
        Text("猜券號的時間範圍（分鐘）", "猜券号的时间范围（分钟）", "Minutes within which codes are guessed"),
        at_least=1,
        at_most=1440,
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

#: What an entry of the ledger did, by the account it goes to; value that comes back says where it comes from.
_TO = {
    "locked": Text("收銀台鎖定", "收银台锁定", "Held by a till"),
    "redeemed": Text("已使用", "已使用", "Used"),
    "forfeited": Text("不找零作廢", "不找零作废", "Forfeited: no change is given"),
    "expired": Text("已到期", "已到期", "Expired"),
    "void": Text("已取消", "已取消", "Cancelled"),
    "split": Text("拆分為其他券", "拆分为其他券", "Split into others"),
    "transferred": Text("轉贈出去", "转赠出去", "Given away"),
}
_FROM = {
    "issued": Text("發放", "发放", "Issued"),
    "locked": Text("收銀台解除鎖定", "收银台解除锁定", "Let go by the till"),
    "redeemed": Text("退回", "退回", "Given back"),
    "forfeited": Text("連同作廢部分退回", "连同作废部分退回", "Given back with the rest"),
    "split": Text("由另一張券拆分", "由另一张券拆分", "Split off another one"),
    "transferred": Text("由會員轉贈取得", "由会员转赠取得", "Received from a member"),
}


def step_text(from_state: str, to_state: str) -> Text:
    """Return what an entry of the ledger did."""
    comes = to_state in ("outstanding", "locked") and from_state in _FROM
    return _FROM[from_state] if comes else _TO[to_state]
