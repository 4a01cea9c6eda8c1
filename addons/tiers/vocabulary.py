"""The words tiers adds to the language of rules: what counts towards the next tier."""

from __future__ import annotations

from rules.vocabulary import Effect, Fact, Kind, Text

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
            "以積分衡量升級時用。",
            "以积分衡量升级时用。",
            "For climbing by points instead of money.",
        ),
        place=_PLACE,
    ),
    Fact(
        "tiers.steps_today",
        Kind.COUNT,
        Text("今日已升級次數", "今日已升级次数", "Steps climbed today"),
        neutral=0,
        place=_PLACE,
    ),
)
EFFECTS: tuple[Effect, ...] = ()
