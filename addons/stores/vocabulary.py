"""The words stores adds to the language of rules: what the store does and does not do."""

from __future__ import annotations

from rules.vocabulary import Effect, Fact, Kind, Text

FACTS: tuple[Fact, ...] = (
    Fact(
        "stores.no_discount",
        Kind.YES_NO,
        Text("門市不打折", "门店不打折", "Store gives no discounts"),
        neutral=False,
        help=Text(
            "鐵價不議：以積分倍數代替折扣。",
            "铁价不议：以积分倍数代替折扣。",
            "Prices are firm: points are multiplied instead.",
        ),
        place="stores",
    ),
)
EFFECTS: tuple[Effect, ...] = ()
