"""The words points adds to the language of rules: the ledger, visits and referrals."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Kind, Text

_PLACE = "points"

FACTS: tuple[Fact, ...] = (
    Fact("points.balance", Kind.POINTS, Text("積分餘額", "积分余额", "Points balance"), neutral=0, place=_PLACE),
    Fact(
        "points.purchase_12m",
        Kind.POINTS,
        Text("一年內可換券的消費積分", "一年内可换券的消费积分", "Purchase points of 12 months left to exchange"),
        neutral=0,
        help=Text(
            "滾動十二個月的消費積分，已兌換者不計。",
            "滚动十二个月的消费积分，已兑换者不计。",
            "Purchase points of the rolling 12 months that have not been exchanged yet.",
        ),
        place=_PLACE,
    ),
    Fact(
        "points.double_day",
        Kind.YES_NO,
        Text("今天是雙倍積分日", "今天是双倍积分日", "Today is a double-points day"),
        neutral=False,
        help=Text(
            "開業、會員日、店慶、會員專場，由活動日曆給出。",
            "开业、会员日、店庆、会员专场，由活动日历给出。",
            "Opening, member day, anniversary or a members' session, from the calendar of such days.",
        ),
        place=_PLACE,
    ),
    Fact("visit.invited", Kind.YES_NO, Text("應邀到店", "应邀到店", "Came by invitation"), neutral=False, place=_PLACE),
    Fact(
        "visit.confirmed",
        Kind.YES_NO,
        Text("到店已確認", "到店已确认", "Visit is confirmed"),
        neutral=False,
        help=Text("店員確認或掃門市碼。", "店员确认或扫门店码。", "By staff, or by the QR code of the store."),
        place=_PLACE,
    ),
    Fact(
        "referral.first_net",
        Kind.MONEY,
        Text("新會員首次消費淨額", "新会员首次消费净额", "Net first receipt of the friend"),
        neutral=0,
        place=_PLACE,
    ),
    Fact(
        "referral.self",
        Kind.YES_NO,
        Text("自己介紹自己", "自己介绍自己", "Referred themselves"),
        neutral=False,
        place=_PLACE,
    ),
    Fact(
        "referral.staff",
        Kind.YES_NO,
        Text("介紹人是員工", "介绍人是员工", "Referred by staff"),
        neutral=False,
        place=_PLACE,
    ),
    Fact(
        "referral.chain",
        Kind.YES_NO,
        Text("連環介紹", "连环介绍", "Is a chain of referrals"),
        neutral=False,
        help=Text(
            "介紹人本人的首次消費仍在等待期內。",
            "介绍人本人的首次消费仍在等待期内。",
            "The referrer's own referral is still pending.",
        ),
        place=_PLACE,
    ),
)
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "points.exchange_mode",
        "choice",
        "automatic",
        Text("積分換券方式", "积分换券方式", "How points become vouchers"),
        Text(
            "張數、分值與券面額在規則方案中；只計滾動十二個月的消費積分，先到先扣，餘數保留。",
            "张数、分值与券面额在规则方案中；只计滚动十二个月的消费积分，先到先扣，余数保留。",
            "How many for what is in the rule book; purchase points of 12 months, oldest first, the rest stays.",
        ),
        choices=(
            Choice("automatic", Text("自動", "自动", "Automatic")),
            Choice("on_request", Text("會員提出時", "会员提出时", "When the member asks")),
        ),
        decision="C17",
        quotation="派發本品牌300元代金券,同時積分減掉3000分",
        alternatives=(Text("會員提出時兌換", "会员提出时兑换", "When the member asks for it"),),
    ),
    Setting(
        "points.return_period_days",
        "count",
        14,
        Text("轉介紹積分等待天數", "转介绍积分等待天数", "Days a referral reward waits"),
        Text(
            "新會員首單退貨期結束後，介紹人的積分才可使用。",
            "新会员首单退货期结束后，介绍人的积分才可使用。",
            "The reward can be spent once the friend's first receipt can no longer come back.",
        ),
        decision="C16",
        quotation="積分額為新會員首次消費的30%",
        alternatives=(Text("七天、三十天", "七天、三十天", "7 days, 30 days"),),
        at_least=0,
        at_most=365,
    ),
    Setting(
        "points.purchase_pending_days",
        "count",
        0,
        Text("消費積分等待天數", "消费积分等待天数", "Days purchase points wait"),
        Text(
            "消費積分在退貨期內為待生效；期滿當夜生效。0 為立即生效。",
            "消费积分在退货期内为待生效；期满当夜生效。0 为立即生效。",
            "Points of a purchase stay pending while its goods may come back. 0: they can be spent at once.",
        ),
        decision="C21",
        alternatives=(Text("七天、十四天、三十天", "七天、十四天、三十天", "7, 14 or 30 days"),),
        at_least=0,
        at_most=365,
    ),
    Setting(
        "points.expiry",
        "yes_no",
        False,
        Text("積分到期扣除", "积分到期扣除", "Points expire"),
        Text(
            "開啟後，每晚扣除已過最後一日的積分；通知名單在開啟前即可查看。",
            "开启后，每晚扣除已过最后一日的积分；通知名单在开启前即可查看。",
            "Once on, points whose last day is over go each night; whom to tell can be seen before.",
        ),
        decision="C21",
        alternatives=(Text("開啟", "开启", "On"),),
    ),
    Setting(
        "points.expiry_notice_days",
        "count",
        30,
        Text("到期提前通知天數", "到期提前通知天数", "Days before expiry to tell members"),
        Text(
            "即將到期名單列出這麼多天內到期的積分。",
            "即将到期名单列出这么多天内到期的积分。",
            "The list of what expires next looks so many days ahead.",
        ),
        decision="C21",
        at_least=1,
        at_most=366,
    ),
    Setting(
        "points.expiry_months",
        "count",
        24,
        Text("積分到期月數", "积分到期月数", "Months until points expire"),
        Text(
            "最後一日記在每批積分上；總部開啟到期之前不會扣除任何積分。0 為不到期。",
            "最后一日记在每批积分上；总部开启到期之前不会扣除任何积分。0 为不到期。",
            "The last day is kept with the points; nothing is taken until headquarters switches expiry on. 0: never.",
        ),
        decision="C21",
        alternatives=(Text("十二個月、永不到期", "十二个月、永不到期", "12 months, never"),),
        at_most=240,
    ),
    Setting(
        "points.lowest_balance",
        "points",
        -5000,
        Text("最低積分餘額", "最低积分余额", "Lowest points balance"),
        Text(
            "收回已花掉的積分時，餘額可為負數，但不低於此數。",
            "收回已花掉的积分时，余额可为负数，但不低于此数。",
            "Taking back points that were spent may leave less than nothing, but never less than this.",
        ),
        decision="C21",
        alternatives=(Text("不允許負數", "不允许负数", "Never below zero"),),
        at_least=-5000,
        at_most=0,
    ),
    Setting(
        "points.hold_minutes",
        "count",
        15,
        Text("收銀保留分鐘數", "收银保留分钟数", "Minutes a till may hold points"),
        Text(
            "收銀機保留的積分在此時間後自動釋放。",
            "收银机保留的积分在此时间后自动释放。",
            "What a till holds can be spent again once this time is over.",
        ),
        at_least=1,
        at_most=1440,
    ),
    Setting(
        "points.family_transfers",
        "yes_no",
        False,
        Text("家人互贈積分", "家人互赠积分", "Families give each other points"),
        Text(
            "開啟後，同一家庭的會員可互相轉讓積分；來源與到期日不變。",
            "开启后，同一家庭的会员可互相转让积分；来源与到期日不变。",
            "Once on, members of a family may give each other points; these keep their source and last day.",
        ),
        alternatives=(Text("開啟", "开启", "On"),),
        formerly=("points.family_pool",),
    ),
    Setting(
        "points.transfer_monthly",
        "points",
        3000,
        Text("每月可轉讓積分", "每月可转让积分", "Points a member may give away in a month"),
        Text(
            "每位會員每個曆月最多轉讓這麼多積分給家人。家人同意共用而一起花掉的積分不計。",
            "每位会员每个历月最多转让这么多积分给家人。家人同意共用而一起花掉的积分不计。",
            "To the whole family, in a calendar month; what a family that agreed to it spends together does not count.",
        ),
        at_least=0,
        at_most=1_000_000,
    ),
    # Named as it was when settlement alone asked for it: its changes are kept under the name.
    Setting(
        "settlement.point_value",
        "money",
        10,
        Text("一積分的清算價值", "一积分的清算价值", "What a point is worth in settlement"),
        Text(
            "3000 積分換 300 元，即每分 0.10 元，以品牌的幣別計。改變後只影響次日起獲得的積分。",
            "3000 积分换 300 元，即每分 0.10 元，以品牌的币种计。改变后只影响次日起获得的积分。",
            "3000 points are 300 yuan: 0.10 a point, in the brand's money. A change counts for points earned from the "
            "next day on.",
        ),
        decision="C19",
        quotation="派發本品牌300元代金券,同時積分減掉3000分",
        alternatives=(Text("按實際兌換率每年檢討", "按实际兑换率每年检讨", "Reviewed each year by what is redeemed"),),
        at_most=1000,
    ),
)
