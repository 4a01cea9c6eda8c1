"""What sales adds: nothing to the language of rules, the settings of the till and of returns."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Choice, Effect, Fact, Text

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
    Setting(
        "sales.return_days",
        "count",
        30,
        Text("退換貨天數", "退换货天数", "Days in which goods may come back"),
        Text("逾期須店長核准。", "逾期须店长核准。", "Later a store manager must approve."),
        at_most=3650,
    ),
    Setting(
        "sales.return_approval_above",
        "money",
        200_000,
        Text("退款須核准的金額", "退款须核准的金额", "Refund above which a second person approves"),
        Text(
            "同一張小票各次退款合計；更正價格一律須第二人核准。",
            "同一张小票各次退款合计；更正价格一律须第二人核准。",
            "All refunds of one receipt together; a corrected price always needs one.",
        ),
    ),
    Setting(
        "sales.return_anywhere",
        "yes_no",
        True,
        Text("可在本品牌其他門市退貨", "可在本品牌其他门店退货", "Goods may come back in another store of the brand"),
    ),
    Setting(
        "sales.lost_threshold",
        "choice",
        "take_back",
        Text("退貨後不再達到門檻時", "退货后不再达到门槛时", "When a return undoes a threshold"),
        Text(
            "收回：如同只買留下的商品重新計價，並扣下不應再得而已用的券；保留：退回所付金額，差額由門市承擔。",
            "收回：如同只买留下的商品重新计价，并扣下不应再得而已用的券；保留：退回所付金额，差额由门店承担。",
            "Take back: as if only what is kept was bought, used vouchers too. Keep whole: what was paid goes back.",
        ),
        choices=(
            Choice("take_back", Text("收回差額", "收回差额", "Take the difference back")),
            Choice("keep_whole", Text("由門市承擔", "由门店承担", "The store bears it")),
        ),
    ),
    Setting(
        "sales.without_receipt",
        "choice",
        "refuse",
        Text("無小票退貨", "无小票退货", "Returns without a receipt"),
        Text(
            "發券者，按期間內最低成交價，須店長核准。",
            "发券者，按期间内最低成交价，须店长核准。",
            "For a voucher: at the lowest price paid in the time that counts, approved by a store manager.",
        ),
        choices=(
            Choice("refuse", Text("不接受", "不接受", "Not taken back")),
            Choice("voucher", Text("發給代金券", "发给代金券", "For a cash voucher")),
        ),
    ),
    Setting(
        "sales.without_receipt_days",
        "count",
        90,
        Text("無小票退貨的期間（天）", "无小票退货的期间（天）", "Days that count without a receipt"),
        at_least=1,
        at_most=730,
    ),
)
