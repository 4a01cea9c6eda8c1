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
    Setting(
        "pos.quote_minutes",
        "count",
        15,
        Text("試算價格保留的分鐘數", "试算价格保留的分钟数", "Minutes a quoted price is kept"),
        Text(
            "在此時間內以試算憑單結帳，價格不變；之後須重新試算。",
            "在此时间内以试算凭单结账，价格不变；之后须重新试算。",
            "A checkout with the quote within this time pays exactly its price; afterwards the basket is priced again.",
        ),
        at_least=1,
        at_most=24 * 60,
    ),
    Setting(
        "pos.old_secret_hours",
        "count",
        24,
        Text(
            "更新憑證後舊密鑰仍可用的時數",
            "更新凭证后旧密钥仍可用的小时数",
            "Hours an old secret stays good after it was renewed",
        ),
        Text(
            "足以把新憑證抄進每台收銀機；0 表示舊密鑰立即失效。亦適用於事件推送的簽章密鑰。",
            "足以把新凭证抄进每台收银机；0 表示旧密钥立即失效。也适用于事件推送的签名密钥。",
            "Long enough to copy the new one into the till; 0 ends the old one at once. Also for secrets of webhooks.",
        ),
        at_most=24 * 30,
    ),
)
