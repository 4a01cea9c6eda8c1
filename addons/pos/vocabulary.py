"""Settings of the API."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Text

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "pos.calls_per_minute",
        "count",
        600,
        Text("每台收銀機每分鐘的呼叫上限", "每台收银机每分钟的调用上限", "Calls a till may make in a minute"),
        Text(
            "超過時介面請收銀機稍候；正常收銀遠低於此。",
            "超过时接口请收银机稍候；正常收银远低于此。",
            "Beyond it the API asks the till to wait; ordinary selling stays far below.",
        ),
        at_least=10,
        at_most=100_000,
    ),
)
