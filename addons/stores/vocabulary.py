"""The words stores adds to the language of rules: what the store does and does not do."""

from __future__ import annotations

from rules.vocabulary import Effect, Fact, Kind, Text

FACTS: tuple[Fact, ...] = (
    Fact(
        "stores.no_discount",
        Kind.YES_NO,
        Text("鐵價不議門市", "铁价不议门店", "Firm-price store"),
        neutral=False,
        help=Text(
            "不打折，以積分倍數代替。",
            "不打折，以积分倍数代替。",
            "Prices are firm: points are multiplied instead.",
        ),
        place="stores",
    ),
)
EFFECTS: tuple[Effect, ...] = ()
