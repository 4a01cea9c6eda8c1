"""Words of the documents in three languages, and what all of them begin with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.ids import unguessable
from core.ledger.anchor import printed
from rules.vocabulary import Text

TIERS = {
    "": Text("非會員", "非会员", "no member"),
    "ordinary": Text("普卡", "普卡", "ordinary"),
    "gold": Text("金卡", "金卡", "gold"),
    "diamond": Text("鑽石卡", "钻石卡", "diamond"),
}
PARTIES = (
    Text("總部", "总部", "headquarters"),
    Text("銷售門市", "销售门店", "selling store"),
    Text("發券門市", "发券门店", "issuing store"),
    Text("合作夥伴", "合作伙伴", "partner"),
)
KINDS = {
    "purchase": Text("消費", "消费", "purchase"),
    "bonus": Text("加贈", "加赠", "bonus"),
    "visit": Text("到訪", "到访", "visit"),
    "referral": Text("轉介紹", "转介绍", "referral"),
    "adjust": Text("調整", "调整", "adjustment"),
    "mature": Text("待生效轉可用", "待生效转可用", "waiting is over"),
    "hold": Text("保留", "保留", "held"),
    "release": Text("解除保留", "解除保留", "held no more"),
    "spend": Text("使用", "使用", "spent"),
    "exchange": Text("換券", "换券", "exchanged"),
    "expire": Text("到期", "到期", "expired"),
    "reverse": Text("退貨收回", "退货收回", "taken back"),
    "transfer": Text("家庭轉讓", "家庭转让", "transferred in the family"),
    "merge": Text("合併", "合并", "merged"),
    "collect": Text("追收", "追收", "collected"),
    "debt": Text("欠分", "欠分", "debt"),
}
REDEEMED = ("spend", "exchange", "hold", "release")
EARNED = ("purchase", "bonus", "visit", "referral", "mature")
SPECIAL_PRICE = Text("特價", "特价", "special price")
CASH_VOUCHER = Text("代金券", "代金券", "cash voucher")
#: Before what kept a rule from one line of a receipt.
OF_LINE = Text("第 {} 行：", "第 {} 行：", "line {}: ")
WHOLE_BRAND = Text("全部門市", "全部门店", "all stores")
PAPERS = {
    "decision": Text("小票決定", "小票决定", "Decision of a receipt"),
    "points_statement": Text("積分對帳單", "积分对账单", "Points statement"),
    "programme_summary": Text("方案總結", "方案总结", "Programme summary"),
}
CHECKS = {
    "list": Text("定價合計：小票與明細", "定价合计：小票与明细", "List prices: receipts and lines"),
    "revenue": Text("應付合計：小票與明細", "应付合计：小票与明细", "To pay: receipts and lines"),
    "tendered": Text("用券合計：小票與明細", "用券合计：小票与明细", "Vouchers: receipts and lines"),
    "used": Text("用券合計：小票與券帳", "用券合计：小票与券账", "Vouchers: receipts and voucher book"),
    "rules": Text("優惠合計：小票與規則", "优惠合计：小票与规则", "Discounts: receipts and rules"),
    "points": Text("積分餘額：帳戶與批次", "积分余额：账户与批次", "Points: accounts and lots"),
}


def export(session: Session, by: str, reason: str) -> dict[str, str]:
    """Return who had a document made and why, under a number of its own, and the head of the seals at that time."""
    return {"number": unguessable(10), "by": by, "reason": reason, "seal": printed(session)}


def masked(name: str) -> str:
    """Return a name of which only the first character can be read."""
    return f"{name[:1]}**" if name else "**"
