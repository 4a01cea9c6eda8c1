"""What sales adds: nothing to the language of rules yet, two settings of the till."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Effect, Fact, Text

FACTS: tuple[Fact, ...] = ()
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "sales.most_lines",
        "count",
        200,
        Text("每張小票最多行數", "每张小票最多行数", "Lines a receipt may have"),
        at_least=1,
        at_most=2000,
    ),
    Setting(
        "sales.largest_quantity",
        "count",
        1000,
        Text("每行最多件數", "每行最多件数", "Pieces a line may have"),
        Text(
            "超過此數多半是鍵入錯誤，會被拒絕。",
            "超过此数多半是录入错误，会被拒绝。",
            "More is most likely a slip of the keyboard and is refused.",
        ),
        at_least=1,
        at_most=1_000_000,
    ),
)
