"""The words tiers adds to the language of rules: what counts towards the next tier."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Kind, Text

_PLACE = "tiers"

FACTS: tuple[Fact, ...] = (
    Fact(
        "tiers.credit_half_year",
        Kind.MONEY,
        Text("半年累計消費", "半年累计消费", "Spent in half a year"),
        neutral=0,
        help=Text(
            "滾動六個月的實付淨額，不因換券扣減。",
            "滚动六个月的实付净额，不因换券扣减。",
            "Net money paid in the rolling six months; exchanging points takes nothing away.",
        ),
        place=_PLACE,
    ),
    Fact(
        "tiers.points_half_year",
        Kind.POINTS,
        Text("半年累計積分", "半年累计积分", "Points earned in half a year"),
        neutral=0,
        help=Text(
            "以積分衡量升等時用。",
            "以积分衡量升级时用。",
            "For climbing by points instead of money.",
        ),
        place=_PLACE,
    ),
    Fact(
        "tiers.steps_today",
        Kind.COUNT,
        Text("今日已升等次數", "今日已升级次数", "Steps climbed today"),
        neutral=0,
        place=_PLACE,
    ),
)
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "tiers.window",
        "choice",
        "rolling",
        Text("升等累計的計算期", "升级累计的计算期", "How the half-year is counted"),
        Text(
            "滾動：某日的消費在其後若干個月內計入。日曆：一至六月、七至十二月。"
            "發卡日：自第一張卡發卡之日起，每若干個月為一期，期滿重新累計。",
            "滚动：某日的消费在其后若干个月内计入。日历：一至六月、七至十二月。"
            "发卡日：自第一张卡发卡之日起，每若干个月为一期，期满重新累计。",
            "Rolling: a purchase counts for so many months. Calendar: January to June, July to December. "
            "Card: periods of so many months from the day of the first card; each begins at zero.",
        ),
        choices=(
            Choice("rolling", Text("滾動月數", "滚动月数", "Rolling months")),
            Choice("calendar_half", Text("日曆半年", "日历半年", "Calendar half-year")),
            Choice("card_issue", Text("自發卡日起", "自发卡日起", "From the day of the card")),
        ),
        decision="C03",
        quotation="半年內消費積分滿3000分",
        alternatives=(
            Text("日曆半年", "日历半年", "Calendar half-year"),
            Text("自發卡日起六個月", "自发卡日起六个月", "Six months from the day the card was issued"),
        ),
    ),
    Setting(
        "tiers.window_months",
        "count",
        6,
        Text("計算期月數", "计算期月数", "Months that are counted"),
        Text(
            "滾動：d 日的消費在 d 大於今天減此月數時計入。發卡日：一期的月數。",
            "滚动：d 日的消费在 d 大于今天减此月数时计入。发卡日：一期的月数。",
            "Rolling: a day d counts while d > today - months. Card: the months of a period.",
        ),
        decision="C03",
        quotation="半年累計消費3000元",
        alternatives=(Text("三個月、十二個月", "三个月、十二个月", "3 months, 12 months"),),
        at_least=1,
        at_most=36,
    ),
    Setting(
        "tiers.steps_per_evaluation",
        "count",
        1,
        Text("一次評定最多升幾等", "一次评定最多升几级", "Steps in one evaluation"),
        Text(
            "第二步在下一次消費或夜間評定時給出。",
            "第二步在下一次消费或夜间评定时给出。",
            "A second step comes with the next purchase or the nightly review.",
        ),
        decision="C04",
        quotation="普卡升金卡,金卡升鉆石VIP",
        alternatives=(Text("一張大單可連升兩等", "一张大单可连升两级", "One big receipt may climb two steps"),),
        at_least=1,
        at_most=2,
    ),
    Setting(
        "tiers.window_reset_on_upgrade",
        "yes_no",
        default=False,
        label=Text("升等後累計清零", "升级后累计清零", "An upgrade begins to count from zero"),
        help=Text(
            "是：金卡之後的消費才計入升鑽石卡。否：同一個半年的累計繼續計入。",
            "是：金卡之后的消费才计入升钻石卡。否：同一个半年的累计继续计入。",
            "Yes: only what is bought after gold counts towards diamond. No: the same half-year goes on counting.",
        ),
        decision="C04",
        quotation="普卡升金卡,金卡升鉆石VIP",
        alternatives=(
            Text(
                "鑽石卡的 8000 自金卡後重新累計",
                "钻石卡的 8000 自金卡后重新累计",
                "The 8,000 of diamond begin after gold",
            ),
        ),
    ),
    Setting(
        "tiers.on_return",
        "choice",
        "keep",
        Text("退貨後等級不再達標", "退货后等级不再达标", "A return takes the credit of a tier"),
        Text(
            "尚未轉卡的升等一律取消。已生效的等級：保留（不降等），或降回退貨後應有的等級。",
            "尚未转卡的升级一律取消。已生效的等级：保留（不降级），或降回退货后应有的等级。",
            "An upgrade that waits for its card is cancelled anyway. A tier that holds is kept (nobody is lowered), "
            "or taken back to where what was kept leads.",
        ),
        choices=(
            Choice("keep", Text("保留已生效的等級", "保留已生效的等级", "Keep a tier that holds")),
            Choice("take_back", Text("降回", "降回", "Take it back")),
        ),
        decision="C05",
        alternatives=(Text("降回", "降回", "Take it back"),),
    ),
    Setting(
        "tiers.downgrade",
        "choice",
        "none",
        Text("降等", "降级", "Downgrade"),
        Text(
            "複核：持有滿若干個月時，該期內消費達到升到此等級的金額才保留。提前通知，並有寬限；逾期降一等。"
            "開啟後，各人到下一個週年日才複核。",
            "复核：持有满若干个月时，该期内消费达到升到此等级的金额才保留。提前通知，并有宽限；逾期降一级。"
            "开启后，各人到下一个周年日才复核。",
            "Review: after so many months the tier is kept by who spent in them what leads up to it. Notice comes "
            "before, grace after; then one level down. Once switched on, each is reviewed at her next anniversary.",
        ),
        choices=(
            Choice("none", Text("不降等", "不降级", "None")),
            Choice("review", Text("定期複核，每次降一等", "定期复核，每次降一级", "By review, one level at a time")),
        ),
        decision="C05",
        alternatives=(
            Text(
                "滿十二個月複核，每次降一等，寬限三十天，提前三十天通知",
                "满十二个月复核，每次降一级，宽限三十天，提前三十天通知",
                "Review after 12 months, one level at a time, 30 days of grace, notice 30 days before",
            ),
        ),
    ),
    Setting(
        "tiers.downgrade_months",
        "count",
        12,
        Text("持有滿幾個月複核", "持有满几个月复核", "Months until a tier is reviewed"),
        decision="C05",
        at_least=1,
        at_most=36,
    ),
    Setting(
        "tiers.downgrade_notice_days",
        "count",
        30,
        Text("提前幾天通知", "提前几天通知", "Days of notice before the review"),
        decision="C05",
        at_least=1,
        at_most=180,
    ),
    Setting(
        "tiers.downgrade_grace_days",
        "count",
        30,
        Text("寬限天數", "宽限天数", "Days of grace after the review"),
        decision="C05",
        at_least=0,
        at_most=180,
    ),
    Setting(
        "tiers.activation",
        "choice",
        "on_card_conversion",
        Text("新等級何時生效", "新等级何时生效", "When a new tier holds"),
        Text(
            "轉卡時：門市為會員轉卡之日起，逾期自動生效，不因未到店而失去。",
            "转卡时：门店为会员转卡之日起，逾期自动生效，不因未到店而失去。",
            "On conversion: from the day the store converts the card; when that is overdue, by itself.",
        ),
        choices=(
            Choice("on_card_conversion", Text("轉卡時", "转卡时", "When the card is converted")),
            Choice("at_once", Text("立即", "立即", "At once")),
        ),
        decision="C06",
        quotation="為顧客辦理轉卡手續",
        alternatives=(Text("立即生效", "立即生效", "At once"),),
    ),
    Setting(
        "tiers.conversion_days",
        "count",
        14,
        Text("轉卡期限天數", "转卡期限天数", "Days until a tier holds by itself"),
        Text(
            "升等規則沒有寫明天數時採用。",
            "升级规则没有写明天数时采用。",
            "Where the rule of the upgrade does not say.",
        ),
        decision="C06",
        quotation="即可申請",
        alternatives=(Text("七天、三十天", "七天、三十天", "7 days, 30 days"),),
        at_least=0,
        at_most=365,
    ),
    Setting(
        "tiers.near_upgrade_within",
        "money",
        50_000,
        Text("即將升等：差距不超過", "即将升级：差距不超过", "Close to an upgrade: missing at most"),
        quotation="符合晉級條件的VIP",
        at_least=100,
        at_most=10_000_000,
    ),
    Setting(
        "tiers.grant_months_at_most",
        "count",
        12,
        Text("特別授予最長月數", "特别授予最长月数", "Longest grant by headquarters, in months"),
        Text(
            "金卡與鑽石卡不能直接辦理；總部特別授予要有理由、第二人核准與截止日。",
            "金卡与钻石卡不能直接办理；总部特别授予要有理由、第二人核准与截止日。",
            "Gold and diamond cannot be issued directly; a grant needs a reason, a second person and an end.",
        ),
        decision="C27",
        quotation="金卡和鉆石會員,不能直接辦理",
        alternatives=(Text("六個月、二十四個月", "六个月、二十四个月", "6 months, 24 months"),),
        at_least=1,
        at_most=60,
    ),
)
