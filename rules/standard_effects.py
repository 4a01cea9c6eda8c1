"""The effects every installation has: prices, points, vouchers, tiers, perks; their labels in three languages."""

from __future__ import annotations

from rules.vocabulary import Choice, Effect, Kind, Param, Text

#: Facts that the arithmetic of an effect reads unless its rule names another one.
EXCHANGE_COUNTER = "points.purchase_12m"
REFERRAL_AMOUNT = "referral.first_net"

_RATIO = Text("折扣", "折扣", "Rate to pay")
_DAYS = Text("天數", "天数", "Days")
_VALUE = Text("面額", "面额", "Value")
_VOUCHER_KIND = Text("券種", "券种", "Voucher kind")
_PRICE = Text("單價", "单价", "Unit price")
_POINTS = Text("積分", "积分", "Points")

#: What limits the vouchers that a rule gives: the least spend on the goods they are good for, and these goods.
LIMITS = (
    Param("min_spend", Kind.MONEY, Text("最低消費", "最低消费", "Least spend"), required=False, at_least=0),
    Param("categories", Kind.CHOICES, Text("限用品類", "限用品类", "Good for categories"), required=False),
    Param(
        "products",
        Kind.CHOICES,
        Text("限用款式或商品", "限用款式或商品", "Good for styles or products"),
        required=False,
    ),
)
#: Which of these name goods, and the facts under which goods have such codes.
GOODS_OF_VOUCHERS = {"categories": ("line.category",), "products": ("line.style", "line.product")}

BASES = (
    Choice("list", Text("定價", "定价", "list price")),
    Choice("selling", Text("售價", "售价", "selling price")),
    Choice("running", Text("當前應付", "当前应付", "price so far")),
)
#: Where an effect says which voucher it issues, and what that is worth.
VOUCHERS_ISSUED = {"voucher.issue": ("kind", "value"), "points.exchange": ("voucher_kind", "voucher_value")}
COUPON = "discount"  # the kind that lowers prices and is worth nothing by itself
VOUCHER_KINDS = (
    Choice("cash", Text("代金券", "代金券", "cash voucher")),
    Choice("discount", Text("折扣券", "折扣券", "discount coupon")),
    Choice("gift", Text("禮品券", "礼品券", "gift voucher")),
    Choice("parking", Text("停車券", "停车券", "parking voucher")),
)
TIERS = (
    Choice("ordinary", Text("普卡", "普卡", "ordinary")),
    Choice("gold", Text("金卡", "金卡", "gold")),
    Choice("diamond", Text("鑽石卡", "钻石卡", "diamond")),
)

PRICE_EFFECTS = (
    Effect(
        "price.pay_ratio",
        Text("按折扣結算", "按折扣结算", "Pay a share of the price"),
        (
            Param("ratio", Kind.RATIO, _RATIO, at_least=0, at_most=10_000),
            Param("base", Kind.CHOICE, Text("基準", "基准", "Share of"), required=False, choices=BASES),
            Param(
                "list_cap",
                Kind.MONEY,
                Text("每日定價上限", "每日定价上限", "List price a day at this rate"),
                required=False,
                at_least=0,
            ),
        ),
        Text(
            "9.5 折即付 95 %。未指定基準時用分組的基準。",
            "9.5 折即付 95 %。未指定基准时用分组的基准。",
            "9500 basis points pay 95 %. Without a base, the base of the group is used.",
        ),
        on="line",
    ),
    Effect(
        "price.amount_off",
        Text("減免金額", "减免金额", "Take an amount off"),
        (Param("amount", Kind.MONEY, Text("減免", "减免", "Amount off"), at_least=0),),
        Text(
            "按各行應付金額分攤到規則適用的商品。",
            "按各行应付金额分摊到规则适用的商品。",
            "Shared out over the items of the rule in proportion to what they cost so far.",
        ),
        on="basket",
    ),
    Effect(
        "price.fixed",
        Text("一口價", "一口价", "Sell at a fixed price"),
        (Param("price", Kind.MONEY, _PRICE, at_least=0),),
        on="line",
    ),
    Effect(
        "price.add_on",
        Text("加價購", "加价购", "Add-on price"),
        (
            Param("price", Kind.MONEY, _PRICE, at_least=0),
            Param("units", Kind.COUNT, Text("件數", "件数", "Units"), required=False, default=1, at_least=1),
        ),
        Text(
            "整單最多若干件按此價，按購物籃順序。",
            "整单最多若干件按此价，按购物篮顺序。",
            "At most so many units of the receipt, in basket order.",
        ),
        on="line",
    ),
)

POINTS_EFFECTS = (
    Effect(
        "points.earn",
        Text("贈送積分", "赠送积分", "Give points"),
        (Param("points", Kind.POINTS, _POINTS, at_least=0),),
    ),
    Effect(
        "points.earn_share",
        Text("按金額比例贈送積分", "按金额比例赠送积分", "Give points for a share of an amount"),
        (
            Param("ratio", Kind.RATIO, Text("比例", "比例", "Share"), at_least=0, at_most=100_000),
            Param("cap", Kind.POINTS, Text("上限", "上限", "At most"), required=False, at_least=0),
            Param("of", Kind.CHOICE, Text("金額", "金额", "Amount"), required=False, default=REFERRAL_AMOUNT),
        ),
    ),
    Effect(
        "points.multiply",
        Text("積分倍數", "积分倍数", "Multiply points"),
        (Param("ratio", Kind.RATIO, Text("倍數", "倍数", "Times"), at_least=10_000, at_most=1_000_000),),
        Text("20000 即雙倍積分。", "20000 即双倍积分。", "20000 basis points are double points."),
    ),
    Effect(
        "points.exchange",
        Text("積分換券", "积分换券", "Exchange points for vouchers"),
        (
            Param("points", Kind.POINTS, _POINTS, at_least=1),
            Param("voucher_kind", Kind.CHOICE, _VOUCHER_KIND, choices=VOUCHER_KINDS),
            Param("voucher_value", Kind.MONEY, _VALUE, at_least=0),
            Param("days", Kind.COUNT, _DAYS, required=False, at_least=1),
            Param("counter", Kind.CHOICE, Text("計數", "计数", "Counter"), required=False, default=EXCHANGE_COUNTER),
            *LIMITS,
        ),
        Text(
            "每滿若干積分換一張，餘數保留。未指定天數時依設定；最低消費只算限用的商品。",
            "每满若干积分换一张，余数保留。未指定天数时按设置；最低消费只算限用的商品。",
            "One voucher for each full amount of points; the remainder stays. Without days it is good as long as the"
            " setting says. The least spend is on the goods it is good for.",
        ),
    ),
)

OTHER_EFFECTS = (
    Effect(
        "voucher.issue",
        Text("發券", "发券", "Issue a voucher"),
        (
            Param("kind", Kind.CHOICE, _VOUCHER_KIND, choices=VOUCHER_KINDS),
            Param("value", Kind.MONEY, _VALUE, at_least=0),
            Param("days", Kind.COUNT, _DAYS, required=False, at_least=1),
            *LIMITS,
        ),
        Text(
            "折扣券的面額為 0，減多少由規則決定。未指定天數時依設定；最低消費只算限用的商品。",
            "折扣券的面额为 0，减多少由规则决定。未指定天数时按设置；最低消费只算限用的商品。",
            "A discount coupon has the value 0: a rule says what it takes off. Without days it is good as long as the"
            " setting says. The least spend is on the goods it is good for.",
        ),
    ),
    Effect(
        "perk.grant",
        Text("授予權益", "授予权益", "Grant a perk"),
        (Param("perk", Kind.CHOICE, Text("權益", "权益", "Perk")),),
    ),
    Effect(
        "tier.raise",
        Text("升等", "升级", "Raise the tier"),
        (Param("to", Kind.CHOICE, Text("升為", "升为", "To"), choices=TIERS[1:]),),
    ),
    Effect("deposit.waive", Text("免押金", "免押金", "Waive the deposit"), ()),
    Effect(
        "gift.give",
        Text("贈送禮品", "赠送礼品", "Give a gift"),
        (Param("gift", Kind.CHOICE, Text("禮品", "礼品", "Gift")),),
    ),
    Effect(
        "task.create",
        Text("建立任務", "创建任务", "Create a task"),
        (
            Param("task", Kind.CHOICE, Text("任務", "任务", "Task")),
            Param("days", Kind.COUNT, _DAYS, required=False, default=7, at_least=0),
        ),
        of_value=False,
    ),
    Effect(
        "message.send",
        Text("發送訊息", "发送消息", "Send a message"),
        (Param("template", Kind.CHOICE, Text("訊息範本", "消息模板", "Template")),),
        of_value=False,
    ),
)

STANDARD_EFFECTS: tuple[Effect, ...] = (*PRICE_EFFECTS, *POINTS_EFFECTS, *OTHER_EFFECTS)
