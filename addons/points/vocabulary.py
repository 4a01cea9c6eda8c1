"""The words points adds to the language of rules: the ledger, visits and referrals."""

from __future__ import annotations

from rules.vocabulary import Effect, Fact, Kind, Text

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
