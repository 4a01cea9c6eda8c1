"""Settings of the API."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Text

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
    Setting(
        "pos.pack_hours",
        "count",
        24,
        Text("離線包有效時數", "离线包有效小时数", "Hours an offline pack is good"),
        Text(
            "收銀機離線時依此售賣；逾時的銷售改按當時生效的規則計價，並列為差異。",
            "收银机离线时依此销售；超时的销售改按当时生效的规则计价，并列为差异。",
            "A till without connection sells by it; what is sold later is priced by the rules of then, as a conflict.",
        ),
        at_least=1,
        at_most=24 * 14,
    ),
    Setting(
        "pos.pack_members",
        "count",
        5000,
        Text("離線包最多會員數", "离线包最多会员数", "Members in an offline pack"),
        Text(
            "只含本門市的會員，卡號經雜湊，姓名遮蔽；較新的會員優先。",
            "只含本门店的会员，卡号经哈希，姓名遮蔽；较新的会员优先。",
            "Members of the store alone, card numbers hashed, names masked; the newest first.",
        ),
        at_most=50_000,
    ),
    Setting(
        "pos.pack_products",
        "count",
        20_000,
        Text("離線包最多商品數", "离线包最多商品数", "Products in an offline pack"),
        at_least=1,
        at_most=200_000,
    ),
    Setting(
        "pos.clock_minutes",
        "count",
        5,
        Text("收銀機時鐘容許誤差（分鐘）", "收银机时钟容许误差（分钟）", "Minutes a till's clock may be ahead"),
        Text(
            "離線銷售的時間超前更多時，暫不入帳，列為差異等人處理。",
            "离线销售的时间超前更多时，暂不入账，列为差异等人处理。",
            "A sale made offline that is further ahead is held for a person.",
        ),
        at_most=60,
    ),
    Setting(
        "pos.offline_days",
        "count",
        7,
        Text("離線銷售最遲上傳天數", "离线销售最迟上传天数", "Days after which a sale made offline is held"),
        Text(
            "更早的離線銷售暫不入帳，列為差異等人處理。",
            "更早的离线销售暂不入账，列为差异等人处理。",
            "What is brought later is not posted by itself but held for a person.",
        ),
        at_least=1,
        at_most=90,
    ),
    Setting(
        "pos.shortfall_bearer",
        "choice",
        "store",
        Text(
            "離線期間用罄的券與優惠由誰承擔", "离线期间用完的券与优惠由谁承担", "Who bears what was used up meanwhile"
        ),
        Text(
            "券已在別處使用、限量優惠已用完時，離線賣出的照原樣保留，差額由其承擔。",
            "券已在别处使用、限量优惠已用完时，离线卖出的照原样保留，差额由其承担。",
            "Where a voucher was used elsewhere or a limited offer used up: what was sold offline stands, and this one "
            "bears the difference.",
        ),
        choices=(
            Choice("store", Text("門市", "门店", "the store")),
            Choice("headquarters", Text("總部", "总部", "headquarters")),
        ),
    ),
)
