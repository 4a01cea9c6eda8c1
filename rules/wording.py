"""The fixed words of sentences about rules, in three languages."""

from __future__ import annotations

from rules.vocabulary import Text


def _same(chinese: str, english: str) -> Text:
    return Text(chinese, chinese, english)


EVENTS = {
    "quote": Text("結帳時", "结账时", "At the till"),
    "checkout": Text("付款後", "付款后", "After payment"),
    "visit": Text("到訪時", "到访时", "On a visit"),
    "enrol": Text("入會時", "入会时", "On joining"),
    "referral": Text("介紹新會員時", "介绍新会员时", "On a referral"),
    "daily": Text("每天", "每天", "Every day"),
    "tier_review": Text("評估等級時", "评估等级时", "When the tier is reviewed"),
    "points_review": Text("評估積分時", "评估积分时", "When points are reviewed"),
    "points_request": Text("會員申請換券時", "会员申请换券时", "When a member asks for vouchers"),
    "contest_award": Text("徵集評獎時", "征集评奖时", "When a contest is judged"),
}

#: Between fact and value; ordered kinds have their own words.
OPERATORS = {
    "is": _same("是", "is"),
    "is_not": _same("不是", "is not"),
    "in": _same("是", "is"),
    "not_in": _same("不是", "is not"),
    "has": _same("包含", "has"),
    "has_not": _same("不包含", "has not"),
    "at_least": Text("不少於", "不少于", "is at least"),
    "more_than": Text("多於", "多于", "is more than"),
    "at_most": Text("不多於", "不多于", "is at most"),
    "less_than": Text("少於", "少于", "is less than"),
}
RATE_OPERATORS = {
    "at_least": Text("不低於", "不低于", "is at least"),
    "more_than": Text("高於", "高于", "is more than"),
    "at_most": Text("不高於", "不高于", "is at most"),
    "less_than": Text("低於", "低于", "is less than"),
}
DAY_OPERATORS = {
    "at_least": Text("不早於", "不早于", "is not before"),
    "more_than": Text("晚於", "晚于", "is after"),
    "at_most": Text("不晚於", "不晚于", "is not after"),
    "less_than": Text("早於", "早于", "is before"),
}

AND = _same("且", " and ")
OR = _same("或", " or ")
LIST = _same("、", ", ")
COMMA = _same("，", ", ")
COLON = _same("：", ": ")
BETWEEN = _same("；", "; ")
STOP = _same("。", ".")
BRACKETS = _same("（{}）", " ({})")
NOT = Text("並非{}", "并非{}", "it is not so that {}")
OFF = Text("（已停用）", "（已停用）", " (switched off)")

ONCE_A_LINE = Text("每行各一次", "每行各一次", "once for each line")

WHEN = Text("若{}", "若{}", "if {}")
ITEMS = Text("對{}的商品", "对{}的商品", "for items whose {}")
TOTALS = {
    ("quantity", "at_least"): Text("這些商品滿 {} 件", "这些商品满 {} 件", "{} pieces of them or more"),
    ("quantity", "at_most"): Text("這些商品至多 {} 件", "这些商品至多 {} 件", "{} pieces of them at most"),
    ("amount", "at_least"): Text("這些商品滿 {}", "这些商品满 {}", "{} of them or more"),
    ("amount", "at_most"): Text("這些商品至多 {}", "这些商品至多 {}", "{} of them at most"),
}
SINCE = Text("{}起", "{}起", "from {}")
UNTIL = Text("至{}", "至{}", "until {}")
YEARLY = Text("每年{}", "每年{}", "every year on {}")
SOLAR_YEAR = _same(" ", "")
LUNAR_YEAR = Text("農曆 ", "农历 ", "the lunar ")
SPAN = Text("{}至{}", "{}至{}", "{} to {}")
MONTH_DAY = Text("{} 月 {} 日", "{} 月 {} 日", "{}/{}")
WEEKDAYS = tuple(
    Text(f"週{chinese}", f"周{chinese}", english)
    for chinese, english in zip("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)
)
STORES = {
    "brands": Text("品牌 {}", "品牌 {}", "brand {}"),
    "regions": Text("區域 {}", "区域 {}", "region {}"),
    "franchisees": Text("加盟商 {}", "加盟商 {}", "franchisee {}"),
    "formats": Text("店型 {}", "店型 {}", "store format {}"),
    "stores": Text("門市 {}", "门店 {}", "store {}"),
}
FORMATS = {
    "boutique": Text("精品店", "精品店", "boutique"),
    "flagship": Text("旗艦店", "旗舰店", "flagship"),
    "outlet": Text("奧特萊斯", "奥特莱斯", "outlet"),
}
LIMITED = {
    "member": Text("每位會員", "每位会员", " per member"),
    "store": Text("每家門市", "每家门店", " per store"),
    "all": Text("全部", "全部", " in all"),
}
PERIODS = {
    "day": Text("每天", "每天", " per day"),
    "month": Text("每月", "每月", " per month"),
    "year": Text("每年", "每年", " per year"),
    "ever": Text("總共", "总共", ""),
}
TIMES = Text("{who}{period}至多 {count} 次", "{who}{period}至多 {count} 次", "limit {count}{who}{period}")
BUDGET = Text("{who}{period}至多 {count}", "{who}{period}至多 {count}", "limit {count}{who}{period}")
YES = _same("是", "yes")
NO = _same("否", "no")
TIMES_POINTS = Text("{} 倍積分", "{} 倍积分", "{} times the points")
DOUBLE_POINTS = Text("雙倍積分", "双倍积分", "double points")
RATE = _same("{} 折", "{} %")
FULL_PRICE = Text("原價", "原价", "100 %")
CURRENCIES = {
    "CNY": _same("{} 元", "CNY {}"),
    "HKD": _same("{} 港元", "HKD {}"),
    "MOP": Text("{} 澳門元", "{} 澳门元", "MOP {}"),
    "TWD": Text("{} 新台幣", "{} 新台币", "TWD {}"),
}

#: Parts of an effect's sentence; a part that names a parameter is left out where that parameter is not given.
_LIMITED = (
    ("min_spend", Text("，消費滿 {min_spend}可用", "，消费满 {min_spend}可用", ", from a spend of {min_spend}")),
    ("categories", Text("，限品類 {categories}", "，限品类 {categories}", ", good for the categories {categories}")),
    ("products", Text("，限款式或商品 {products}", "，限款式或商品 {products}", ", good for the goods {products}")),
)
EFFECTS: dict[str, tuple[tuple[str | None, Text], ...]] = {
    "price.pay_ratio": (
        (None, Text("按{base} {ratio}結算", "按{base} {ratio}结算", "pay {ratio} of the {base}")),
        (
            "list_cap",
            Text(
                "，每天以定價 {list_cap}為限", "，每天以定价 {list_cap}为限", ", for list prices up to {list_cap} a day"
            ),
        ),
    ),
    "price.amount_off": ((None, Text("減 {amount}", "减 {amount}", "take {amount} off")),),
    "price.fixed": ((None, Text("一口價每件 {price}", "一口价每件 {price}", "sell at {price} each")),),
    "price.add_on": (
        (None, Text("加 {price}換購", "加 {price}换购", "sell as an add-on at {price}")),
        ("units", Text("，至多 {units} 件", "，至多 {units} 件", ", at most {units} of them")),
    ),
    "points.earn": ((None, Text("贈 {points} 積分", "赠 {points} 积分", "give {points} points")),),
    "points.earn_share": (
        (None, Text("按{of}的 {ratio} 贈積分", "按{of}的 {ratio} 赠积分", "give points for {ratio} of: {of}")),
        ("cap", Text("，上限 {cap} 分", "，上限 {cap} 分", ", at most {cap}")),
    ),
    "points.multiply": ((None, _same("{ratio}", "{ratio}")),),
    "points.exchange": (
        (
            None,
            Text(
                "每滿 {points} 積分換 {voucher_value}{voucher_kind}一張",
                "每满 {points} 积分换 {voucher_value}{voucher_kind}一张",
                "exchange each {points} points for a {voucher_kind} of {voucher_value}",
            ),
        ),
        ("days", Text("，{days} 天內有效", "，{days} 天内有效", ", valid for {days} days")),
        *_LIMITED,
    ),
    "voucher.issue": (
        (None, Text("發 {value}{kind}一張", "发 {value}{kind}一张", "issue a {kind} of {value}")),
        ("days", Text("，{days} 天內有效", "，{days} 天内有效", ", valid for {days} days")),
        *_LIMITED,
    ),
    "perk.grant": ((None, Text("授予權益 {perk}", "授予权益 {perk}", "grant the perk {perk}")),),
    "tier.raise": ((None, Text("升為{to}", "升为{to}", "raise the tier to {to}")),),
    "deposit.waive": ((None, Text("免收押金", "免收押金", "waive the deposit")),),
    "gift.give": ((None, Text("贈送禮品 {gift}", "赠送礼品 {gift}", "give the gift {gift}")),),
    "task.create": (
        (None, Text("建立任務 {task}", "创建任务 {task}", "create the task {task}")),
        ("days", Text("，{days} 天內完成", "，{days} 天内完成", ", due in {days} days")),
    ),
    "message.send": ((None, Text("發送訊息 {template}", "发送消息 {template}", "send the message {template}")),),
}
#: What the shipped book names, by parameter and code; a code of one's own is said as it is written.
NAMED: dict[tuple[str, str], Text] = {
    ("gift", "birthday"): Text("生日禮", "生日礼", "for the birthday"),
    ("task", "card-conversion"): Text("辦理轉卡", "办理转卡", "to convert the card"),
    ("template", "birthday"): Text("生日祝賀", "生日祝贺", "with birthday greetings"),
    ("template", "tier-raised"): Text("升等通知", "升级通知", "that the tier was raised"),
}

# Explanations.
NEEDED = Text("須符合：{}", "须符合：{}", "needed: {}")
SEEN = Text("（現為{}）", "（现为{}）", " (is {})")
MISSING = Text("，還差 {}", "，还差 {}", ", {} short")
EXCESS = Text("，多出 {}", "，多出 {}", ", {} too much")
DAYS = Text("{} 天", "{} 天", "{} days")
POINTS_OF = Text("{} 分", "{} 分", "{} points")
STEP_SPECIAL = Text("特價", "特价", "Special price")
STEP_VOUCHER = Text("用券", "用券", "Voucher")
LIST_PRICE = Text("定價", "定价", "List price")
NET = Text("實付", "实付", "To pay")
LINE = Text("第 {} 行", "第 {} 行", "Line {}")
TOTAL = Text("合計", "合计", "Total")
TENDERED = Text("券抵", "券抵", "Vouchers")
CASH = Text("應付", "应付", "To pay")
POINTS = Text("可得積分", "可得积分", "Points")
NOT_APPLIED = Text("未生效", "未生效", "Not applied")
EFFECTS_GIVEN = Text("另得", "另得", "Also")
SHORTFALL = Text("未能給足", "未能给足", "Could not be given in full")
FUNDED = Text("費用由{}承擔", "费用由{}承担", "paid by {}")
FUNDERS = (
    Text("總部", "总部", "HQ"),
    Text("銷售門市", "销售门店", "selling store"),
    Text("發卡門市", "发卡门店", "issuing store"),
    Text("合作夥伴", "合作伙伴", "partner"),
)
REASONS = {
    "off": Text("規則已停用", "规则已停用", "the rule is switched off"),
    "parameters": Text("當天尚無參數值", "当天尚无参数值", "a parameter has no value yet on this day"),
    "calendar": Text("不在日期或時段內", "不在日期或时段内", "not on these days or hours"),
    "stores": Text("不適用於本店", "不适用于本店", "not in this store"),
    "limits": Text("次數或預算已用完", "次数或预算已用完", "its limit has been used up"),
    "nobody": Text(
        "每位會員有限額，須有會員", "每位会员有限额，须有会员", "it is limited per member, and no member is named"
    ),
    "cap": Text("超出每日定價上限", "超出每日定价上限", "beyond the list price allowed a day"),
    "beaten": Text("已有更低的價格：{}", "已有更低的价格：{}", "another price is as low or lower: {}"),
}
