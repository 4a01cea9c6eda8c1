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
    Setting(
        "pos.webhook_seconds",
        "count",
        10,
        Text("事件推送每次最多等候的秒數", "事件推送每次最多等候的秒数", "Seconds a webhook may take to answer"),
        at_least=1,
        at_most=60,
    ),
    Setting(
        "pos.webhook_tries",
        "count",
        16,
        Text("事件推送最多嘗試的次數", "事件推送最多尝试的次数", "How often a webhook message is tried"),
        Text(
            "每次失敗後等候更久，16 次約一天；之後停止，可在畫面上重送。",
            "每次失败后等候更久，16 次约一天；之后停止，可在画面上重发。",
            "The wait grows with each failure, 16 times are about a day; then it is given up, and can be sent by hand.",
        ),
        at_least=1,
        at_most=50,
    ),
    Setting(
        "pos.webhook_days",
        "count",
        90,
        Text("已送達的事件保留天數", "已送达的事件保留天数", "Days that messages are kept after they arrived"),
        at_least=1,
        at_most=3650,
    ),
    Setting(
        "pos.webhook_anywhere",
        "yes_no",
        default=False,
        label=Text("事件推送可送往內部網路", "事件推送可送往内部网络", "Webhooks may go into the own network"),
        help=Text(
            "只在接收的伺服器與貴賓同在內部網路時開啟：否則店裡的人能讓貴賓連到內部的伺服器。",
            "只在接收的服务器与贵宾同在内部网络时开启：否则店里的人能让贵宾连到内部的服务器。",
            "Only where the receiving server stands in the same network: else people of a store could make Guibin "
            "speak to inner servers.",
        ),
    ),
)
