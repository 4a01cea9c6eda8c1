"""The words membership adds to the language of rules: who the member is."""

from __future__ import annotations

from rules.vocabulary import Choice, Effect, Fact, Kind, Text

_PLACE = "member"

TIERS = (
    Choice("none", Text("非會員", "非会员", "not a member")),
    Choice("ordinary", Text("普卡", "普卡", "ordinary")),
    Choice("gold", Text("金卡", "金卡", "gold")),
    Choice("diamond", Text("鑽石卡", "钻石卡", "diamond")),
)
SEXES = (
    Choice("unknown", Text("未填", "未填", "not given")),
    Choice("female", Text("女", "女", "female")),
    Choice("male", Text("男", "男", "male")),
)

FACTS: tuple[Fact, ...] = (
    Fact("member.present", Kind.YES_NO, Text("是會員", "是会员", "Is a member"), neutral=False, place=_PLACE),
    Fact(
        "member.tier",
        Kind.CHOICE,
        Text("會員等級", "会员等级", "Tier"),
        neutral="none",
        choices=TIERS,
        place=_PLACE,
    ),
    Fact(
        "member.card_active",
        Kind.YES_NO,
        Text("會員卡已啟用", "会员卡已激活", "Card is active"),
        neutral=False,
        help=Text(
            "在本次消費之前已啟用，未掛失、未停用。",
            "在本次消费之前已激活，未挂失、未停用。",
            "Activated before this receipt, not lost and not stopped.",
        ),
        place=_PLACE,
    ),
    Fact(
        "member.receipts_before",
        Kind.COUNT,
        Text("之前的消費次數", "之前的消费次数", "Receipts before this one"),
        neutral=0,
        place=_PLACE,
    ),
    Fact(
        "member.is_birthday",
        Kind.YES_NO,
        Text("今天生日", "今天生日", "Has a birthday today"),
        neutral=False,
        help=Text(
            "2 月 29 日出生者，平年以 2 月 28 日計。",
            "2 月 29 日出生者，平年以 2 月 28 日计。",
            "A birthday on 29 February is kept on 28 February in other years.",
        ),
        place=_PLACE,
    ),
    Fact("member.is_staff", Kind.YES_NO, Text("是員工", "是员工", "Is staff"), neutral=False, place=_PLACE),
    Fact(
        "member.sex",
        Kind.CHOICE,
        Text("性別", "性别", "Sex"),
        neutral="unknown",
        help=Text(
            "只可用於訊息措辭，不可定價。",
            "只可用于消息措辞，不可定价。",
            "For the wording of messages, never for prices.",
        ),
        choices=SEXES,
        place=_PLACE,
    ),
    Fact(
        "member.age",
        Kind.COUNT,
        Text("年齡", "年龄", "Age"),
        neutral=0,
        help=Text("滿歲；未知為 0。", "满岁；未知为 0。", "Full years; 0 when not known."),
        place=_PLACE,
    ),
)
EFFECTS: tuple[Effect, ...] = ()
