"""Realistic long data for each document, in Chinese and English; amounts are made so that every check agrees."""

# ruff: noqa: E501 - rows of data read best as rows

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from reports.document import Document
from reports.documents.decision import DecisionData, Line, Step
from reports.documents.points_statement import Entry, PointsStatementData
from reports.documents.programme_summary import ProgrammeSummaryData
from reports.documents.receipt_slip import ReceiptSlipData
from reports.documents.return_slip import ReturnSlipData
from reports.documents.settlement import SettlementData
from reports.documents.voucher_slip import VoucherSlipData

TAIPEI = timezone(timedelta(hours=8))
AS_OF = datetime(2026, 5, 2, 9, 30, 15, tzinfo=TAIPEI)
SHA = "3f0c9a5b1d2e4f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd"
REPORTS = ("decision", "points_statement", "programme_summary", "settlement")
SLIPS = ("receipt_slip", "return_slip", "voucher_slip")  # for customers: no hash, and no number on the first page
TEMPLATES = (*REPORTS, *SLIPS)
EXPORT = {
    "number": "EXP-2026-000123",
    "by": "林稽核 (auditor-02)",
    "reason": "第二季門市抽查",
    "seal": "1207: 9f3a 04c1 77de b2a0",
}


def document(template: str, language: str = "zh_Hant_TW", data: Any = None) -> Document:
    """A document of a template with its sample data."""
    titles = {
        "decision": "小票決策說明",
        "points_statement": "會員積分對帳單",
        "programme_summary": "貴賓方案總覽",
        "settlement": "加盟商清算單",
        "receipt_slip": "小票",
        "return_slip": "退貨單",
        "voucher_slip": "券",
    }
    english = {
        "decision": "Decision of a receipt",
        "points_statement": "Points statement",
        "programme_summary": "Programme summary",
        "settlement": "Settlement of a franchisee",
        "receipt_slip": "Receipt",
        "return_slip": "Return",
        "voucher_slip": "Voucher",
    }
    make: dict[str, Any] = {
        "decision": decision,
        "points_statement": points_statement,
        "programme_summary": programme_summary,
        "settlement": settlement,
        "receipt_slip": receipt_slip,
        "return_slip": return_slip,
        "voucher_slip": voucher_slip,
    }
    codes = {
        "decision": "AUD-DEC",
        "points_statement": "AUD-PTS",
        "programme_summary": "HQ-SUM",
        "settlement": "FRA-SET",
        "receipt_slip": "RCP",
        "return_slip": "RET",
        "voucher_slip": "VCH",
    }
    title = english[template] if language == "en" else titles[template]
    return Document(template, data or make[template](language), language, AS_OF, title, codes[template])


def _say(language: str, chinese: str, english: str) -> str:
    return english if language == "en" else chinese


def _step(stage: Any, change: int, running: int, **more: Any) -> Step:
    plain: dict[str, Any] = {"label": "", "rule": "", "version": "", "rate": None, "funding": []}
    return {"stage": stage, "change": change, "running": running, **plain, **more}  # type: ignore[typeddict-item]


def _line(number: int, language: str, name: str, unit: int, quantity: int) -> Line:
    listed, steps = unit * quantity, [_step("list", 0, unit * quantity)]
    special = listed * 8 // 10
    steps.append(_step("special", special - listed, special))
    member = special * 9 // 10
    hq, shop = _say(language, "總部", "HQ"), _say(language, "台北信義旗艦店", "Taipei Xinyi flagship")
    off, part = member - special, (special - member) * 6 // 10
    rule = _say(
        language, "金卡會員於一般日購買正價與特價商品付 9 折", "Gold members pay 90 % on any day, special prices too"
    )
    steps.append(
        _step(
            "group", off, member, label=_say(language, "會員價", "Member price"), rule=rule, version="2026.2", rate=9000,
            funding=[{"party": hq, "share": 6000, "amount": part}, {"party": shop, "share": 4000, "amount": -off - part}],
        )
    )  # fmt: skip
    basket = _say(language, "滿 10,000 折 500", "500 off from 10,000")
    steps.append(
        _step(
            "basket",
            -5000,
            member - 5000,
            rule=basket,
            version="2026.2",
            funding=[{"party": hq, "share": 10000, "amount": 5000}],
        )
    )
    steps.append(
        _step("voucher", -3000, member - 8000, rule=_say(language, "代金券 300", "Cash voucher 300"), version="2026.2")
    )
    steps.append(_step("net", 0, member - 8000))
    return {
        "number": number, "product": f"FW25-{number:04}-M-DK", "name": name, "quantity": quantity, "list_price": unit,
        "net": member - 8000, "steps": steps,
    }  # fmt: skip


NAMES = [
    ("羊毛混紡雙排釦長版大衣 駝色", "Double-breasted wool-blend long coat, camel"),
    ("高腰直筒牛仔褲 深藍", "High-waist straight jeans, dark blue"),
    ("真絲印花襯衫 米白", "Printed silk shirt, off-white"),
    ("針織開襟外套 灰", "Knitted cardigan, grey"),
    ("牛皮樂福鞋 黑", "Leather loafers, black"),
    ("喀什米爾圍巾 酒紅", "Cashmere scarf, wine red"),
    ("棉質圓領T恤 白", "Cotton crew-neck T-shirt, white"),
    ("百褶中長裙 墨綠", "Pleated midi skirt, bottle green"),
    ("羽絨背心 藏青", "Down vest, navy"),
    ("亞麻休閒西裝外套 卡其", "Linen blazer, khaki"),
]


def decision(language: str = "zh_Hant_TW") -> DecisionData:
    """Ten lines with six steps each."""
    lines = [
        _line(index + 1, language, _say(language, *name), 129_900 + 31_000 * index, 1 + index % 2)
        for index, name in enumerate(NAMES)
    ]
    listed = sum(line["list_price"] * line["quantity"] for line in lines)
    cash = sum(line["net"] for line in lines)
    total = cash + 30_000
    reasons = [
        ("生日當日購買付 8 折", "Birthday purchases pay 80 %", "會員生日為 5 月 21 日，交易日為 5 月 1 日", "The birthday is 21 May, the sale was on 1 May", "20 天後（5 月 21 日）交易即可適用", "A sale on 21 May (20 days later)"),
        ("鑽石卡會員付 8.5 折", "Diamond members pay 85 %", "會員等級為金卡", "The member's tier is gold", "於 7 月 9 日前再消費 1,240.00 即升為鑽石卡", "1,240.00 more by 9 July makes diamond"),
        ("新品上市首兩週不打折", "New arrivals at full price for two weeks", "商品已上市 45 天", "On sale for 45 days", "", ""),
    ]  # fmt: skip
    return {
        "receipt": {
            "number": "TPE01-20260501-000187", "store": _say(language, "台北信義旗艦店 (TPE01)", "Taipei Xinyi flagship (TPE01)"),
            "sold_at": "2026-05-01T15:04:31+08:00", "cashier": "E0231 陳○如", "member": "王○明 0912***678",
            "tier": _say(language, "金卡", "Gold"), "currency": "TWD",
        },
        "rule_book": {"name": _say(language, "貴賓方案", "VIP programme"), "version": "2026.2", "sha256": SHA},
        "export": EXPORT,  # type: ignore[typeddict-item]
        "lines": lines,
        "totals": {"list": listed, "discount": listed - total, "total": total, "tendered": 30_000, "cash": cash},
        "vouchers": [{"number": "V-8843-0021", "kind": _say(language, "代金券", "Cash voucher"), "face": 30_000, "used": 30_000}],
        "points": {"net_paid": cash, "whole_yuan": cash // 100, "multiplier": 20_000, "rule": _say(language, "會員日積分加倍", "Double points on member day"), "earned": cash // 100 * 2},
        "credit": cash,
        "effects": [
            {"effect": _say(language, "發券", "Voucher"), "rule": _say(language, "半年累計滿 3,000 送 300 券", "300 voucher for 3,000 in half a year"), "version": "2026.2", "detail": _say(language, "代金券 300.00 一張，效期至 2026-10-31", "One 300.00 voucher, valid to 2026-10-31")},
            {"effect": _say(language, "權益", "Perk"), "rule": _say(language, "大衣免費乾洗一次", "One free dry cleaning of a coat"), "version": "2026.2", "detail": _say(language, "免費乾洗，效期 90 天", "Free dry cleaning, 90 days")},
        ],
        "not_applied": [
            {"rule": _say(language, row[0], row[1]), "version": "2026.2", "reason": _say(language, row[2], row[3]), "nearest": _say(language, row[4], row[5])}
            for row in reasons
        ],
        "reevaluation": {"verdict": "identical", "at": "2026-05-02T09:30:11+08:00", "engine": "durable_rules 2.0.28", "differences": []},
    }  # fmt: skip


def points_statement(language: str = "zh_Hant_TW", entries: int = 60) -> PointsStatementData:
    """A year and a half of entries; every fifth is a redemption."""
    opening, start = 1_250, datetime(2024, 11, 3, 12, 15, tzinfo=TAIPEI)
    balance, posted = opening, list[Entry]()
    kinds = {1: ("消費累點", "Purchase"), -1: ("折抵消費", "Redemption"), -2: ("到期失效", "Expiry")}
    for index in range(entries):
        sign = -2 if index % 17 == 16 else -1 if index % 5 == 4 else 1
        points = 120 + index * 37 % 900 if sign == 1 else -(50 + index * 13 % 150)
        balance += points
        posted.append({
            "at": (start + timedelta(days=540 * index // entries, minutes=index * 7 % 300)).isoformat(),
            "kind": _say(language, *kinds[sign]), "store": _say(language, "台北信義旗艦店", "Taipei Xinyi flagship"),
            "reference": f"TPE01-{20260000 + index}-{index:06}", "note": _say(language, "會員日積分加倍", "Double points on member day") if index % 9 == 0 else "",
            "points": points, "balance": balance,
        })  # fmt: skip
    earned = sum(entry["points"] for entry in posted if entry["points"] > 0)
    expired = -sum(entry["points"] for entry in posted if entry["kind"] == _say(language, *kinds[-2]))
    redeemed = earned - expired - (balance - opening)
    lots = [
        {"earned": f"2026-0{month}-15", "reference": f"TPE01-2026{month:02}-LOT", "points": balance // 4, "left": balance // 4, "expires": f"2027-0{month}-14"}
        for month in (1, 2, 3)
    ]  # fmt: skip
    lots.append(
        {
            "earned": "2026-04-15",
            "reference": "TPE01-202604-LOT",
            "points": balance,
            "left": balance - 3 * (balance // 4),
            "expires": None,
        }
    )
    return {
        "member": {"number": "8801 2345 6789", "name": "王○明", "phone": "0912***678", "tier": _say(language, "金卡", "Gold"), "since": "2023-04-18", "store": _say(language, "台北信義旗艦店", "Taipei Xinyi flagship")},
        "period": {"since": "2024-11-01", "until": "2026-04-30"},
        "export": EXPORT,  # type: ignore[typeddict-item]
        "currency": "TWD",
        "balance": {"opening": opening, "earned": earned, "redeemed": redeemed, "expired": expired, "adjusted": 0, "closing": balance},
        "entries": posted,
        "lots": lots,  # type: ignore[typeddict-item]
        "credit": {
            "since": "2025-11-01", "until": "2026-04-30", "total": 876_000, "needed": 124_000, "next_tier": _say(language, "鑽石卡", "Diamond"),
            "entries": [{"at": f"2026-0{month}-15T14:00:00+08:00", "reference": f"TPE01-2026{month:02}15-000{month}", "amount": 219_000} for month in (1, 2, 3, 4)],
        },
    }  # fmt: skip


def programme_summary(language: str = "zh_Hant_TW") -> ProgrammeSummaryData:
    """Twelve months, eighteen rules, three tiers and the rest."""
    months = [_month(index) for index in range(12)]
    revenue = sum(month["revenue"] for month in months)
    discount = sum(month["discount"] for month in months)
    tiers = [
        (_say(language, "普卡", "Ordinary"), 30),
        (_say(language, "金卡", "Gold"), 35),
        (_say(language, "鑽石卡", "Diamond"), 20),
        (_say(language, "非會員", "No member"), 15),
    ]
    rules = [
        (_say(language, f"第 {index} 號規則：金卡會員於一般日購買正價商品付 9 折", f"Rule {index}: gold members pay 90 % on any day"), 18 - index)
        for index in range(18)
    ]  # fmt: skip
    names = [name for name, _ in tiers]
    figures: Any = {
        "revenue": revenue, "list": revenue + discount, "discount": discount, "effective_rate": revenue * 10_000 // (revenue + discount),
        "receipts": sum(month["receipts"] for month in months), "members": 2_469,
        "points_issued": sum(month["points_issued"] for month in months), "points_outstanding": months[-1]["points_outstanding"],
        "vouchers_issued": sum(month["vouchers_issued"] for month in months), "vouchers_redeemed": sum(month["vouchers_redeemed"] for month in months),
    }  # fmt: skip
    data: Any = {
        "brand": _say(language, "織光 Weavelight", "Weavelight"), "scope": _say(language, "全部門市，全部會員", "All stores, all members"),
        "period": {"since": "2025-05-01", "until": "2026-04-30"}, "currency": "TWD", "export": EXPORT, "figures": figures, "months": months,
        "rules": [{"rule": rule, "says": _say(language, "金卡會員，定價商品 9 折", "Gold members pay 90 % of the list price"), "lines": weight * 811, "discount": value} for (rule, weight), value in zip(rules, _split(discount, [weight for _, weight in rules]), strict=True)],
        "tiers": [
            {"tier": name, "members": weight * 25, "receipts": weight * 900, "list": sold + off, "revenue": sold, "discount": off}
            for (name, weight), sold, off in zip(tiers, _split(revenue, [w for _, w in tiers]), _split(discount, [w for _, w in tiers]), strict=True)
        ],
        "movements": [
            {"month": month["month"], "from_tier": old, "to_tier": new, "members": 5 + index * step % 23}
            for index, month in enumerate(months)
            for old, new, step in ((names[0], names[1], 7), (names[1], names[2], 5), (names[1], names[0], 3), (None, names[0], 11))
        ],
        "checks": [
            {"name": _say(language, "實收合計（獨立查詢）", "Revenue (independent query)"), "unit": "money", "posted": revenue, "recomputed": revenue},
            {"name": _say(language, "未用積分（逐筆重算）", "Points outstanding (entry by entry)"), "unit": "points", "posted": months[-1]["points_outstanding"], "recomputed": months[-1]["points_outstanding"]},
            {"name": _say(language, "小票數", "Receipts"), "unit": "count", "posted": figures["receipts"], "recomputed": figures["receipts"]},
        ],
    }  # fmt: skip
    return data  # type: ignore[no-any-return]


def _month(index: int) -> Any:
    year, month = 2025 + (index + 4) // 12, (index + 4) % 12 + 1
    revenue = 812_345_600 + index * 3_711_931 % 412_000_000
    return {
        "month": f"{year}-{month:02}", "receipts": 12_000 + index * 731 % 2_000, "list": revenue * 10 // 8, "revenue": revenue,
        "discount": revenue * 10 // 8 - revenue, "points_issued": revenue // 100, "points_redeemed": revenue // 180,
        "points_expired": revenue // 2_000, "points_outstanding": 4_000_000 + index * 3_400_000, "vouchers_issued": 900 + index * 31,
        "vouchers_redeemed": 610 + index * 17, "vouchers_value": (610 + index * 17) * 30_000,
    }  # fmt: skip


def _split(amount: int, weights: list[int]) -> list[int]:
    parts = [amount * weight // sum(weights) for weight in weights]
    parts[0] += amount - sum(parts)
    return parts


def settlement(language: str = "zh_Hant_TW", lines: int = 40) -> SettlementData:
    """A month of a franchisee: discounts made good by headquarters, points given, vouchers taken."""
    kinds = (
        (_say(language, "折扣", "Discount"), "tier-gold", 1, 12_345),
        (_say(language, "積分", "Points"), "", -1, 6_000),
        (_say(language, "券", "Voucher"), "points-to-voucher", 1, 30_000),
    )
    amounts = [sign * (amount + place) for place in range(lines) for _, _, sign, amount in [kinds[place % 3]]]
    sums: Any = [
        {
            "what": what,
            "rule": rule,
            "says": _say(language, "金卡會員，定價商品 9 折", "Gold members pay 90 % of the list price")
            if rule
            else "",
            "lines": len(amounts[kind::3]),
            "gets": sum(each for each in amounts[kind::3] if each > 0),
            "owes": -sum(each for each in amounts[kind::3] if each < 0),
        }
        for kind, (what, rule, _, _) in enumerate(kinds)
    ]
    rows: Any = [
        {
            "day": f"2026-04-{place % 30 + 1:02}",
            "store": f"SH{place % 3 + 1:02}",
            "what": kinds[place % 3][0],
            "rule": kinds[place % 3][1],
            "reference": f"#{1000 + place}",
            "other": _say(language, "總部", "Headquarters"),
            "amount": amount,
        }
        for place, amount in enumerate(amounts)
    ]
    return {
        "franchisee": {"code": "F1", "name": _say(language, "華東時尚有限公司", "East Fashion Ltd")},
        "month": "2026-04",
        "closed": True,
        "export": dict(EXPORT),  # type: ignore[typeddict-item]
        "currency": "CNY",
        "given": 245_600,
        "net": sum(amounts),
        "sums": sums,
        "lines": rows,
        "left_out": {"lines": 0, "amount": 0},
    }


def receipt_slip(language: str = "zh_Hant_TW", lines: int = 3) -> ReceiptSlipData:
    """Goods at member prices, paid by voucher and card, with a new tier and a voucher for the next time."""
    member = _say(language, "會員價 · 付 9 折", "Member price · pays 90 %")
    basket = _say(language, "滿額優惠 · 減 50.00", "Basket offer · 50.00 off")
    sold: Any = []
    for place in range(lines):
        listed = (129_900 + 31_000 * place) * (1 + place % 2)
        why = [[], [member], [member, basket]][place % 3]
        off = (listed // 10 if why else 0) + (5_000 if basket in why else 0)
        name = _say(language, *NAMES[place % len(NAMES)])
        row = {"code": f"FW25-{place:04}-M", "name": name, "variant": "M", "quantity": 1 + place % 2}
        sold.append(row | {"list_amount": listed, "pay": listed - off, "why": why})
    total = sum(line["pay"] for line in sold)
    slip: Any = {
        "store": _say(language, "南京西路店", "Nanjing West Road"),
        "brand": _say(language, "貴賓", "Guibin"),
        "heading": _say(language, "小票 S1-0000012", "Receipt S1-0000012"),
        "number": "S1-0000012",
        "state": _say(language, "部分退回", "Partly returned"),
        "at": "2026-05-02T01:30:15+00:00",
        "member": "M0000012",
        "tier": _say(language, "普卡", "Ordinary card"),
        "currency": "CNY",
        "lines": sold,
        "list_total": sum(line["list_amount"] for line in sold),
        "total": total,
        "tenders": [
            {"name": _say(language, "券", "Voucher"), "amount": 30_000},
            {"name": _say(language, "銀行卡", "Bank card"), "amount": total - 30_000},
        ],
        "points": (total - 30_000) // 100,
        "balance": 12_345,
        "card": "",
        "step": {"tier": _say(language, "金卡", "Gold card"), "due": _say(language, "6月1日（週一）", "Mon 1 Jun")},
        "vouchers": ["ABCD2345EFGH67"],
        "not_given": [[30_000, 3000], [5000, 0]],
        "points_not_given": 0,
        "ahead": [_say(language, "滿 5,000 元減 300；還差 211.80", "300 off from 5,000; 211.80 more is needed")],
        "cashier": _say(language, "王靜", "Wang Jing"),
        "version": "2026.2",
        "export": EXPORT,
    }
    return slip  # type: ignore[no-any-return]


def return_slip(language: str = "zh_Hant_TW") -> ReturnSlipData:
    """Goods that came back for others, with a voucher, a lost offer and a corrected price."""
    coat, jeans = _say(language, "羊毛大衣", "Wool coat"), _say(language, "牛仔褲", "Jeans")
    slip: Any = {
        "store": _say(language, "南京西路店", "Nanjing West Road"),
        "brand": _say(language, "貴賓", "Guibin"),
        "kind": _say(language, "換貨", "Exchange"),
        "number": "S1-0000012-R1",
        "receipt": "S1-0000012",
        "at": "2026-05-02T01:30:15+00:00",
        "member": "M0000012",
        "currency": "CNY",
        "lines": [
            {"code": "COAT-M", "name": coat, "quantity": 1, "price": None, "swapped": ""},
            {"code": "JEANS-30", "name": jeans, "quantity": 0, "price": 80_000, "swapped": ""},
            {"code": "JEANS-30", "name": jeans, "quantity": 1, "price": None, "swapped": "JEANS-32"},
        ],
        "reason": _say(language, "尺寸不合", "Size does not fit"),
        "note": _say(language, "袖子太長", "sleeves too long"),
        "shortfall": 1_500,
        "forgone": True,
        "to_vouchers": 10_000,
        "vouchers_deducted": 5_000,
        "cash": 35_000,
        "taken": 52_000,
        "to_pay": 17_000,
        "points": 350,
        "balance": -120,
        "withdrawn": ["…GH67"],
        "void": ["…JK89"],
        "cashier": "amy",
        "approved_by": "boss",
        "export": EXPORT,
    }
    return slip  # type: ignore[no-any-return]


def voucher_slip(language: str = "zh_Hant_TW") -> VoucherSlipData:
    """A voucher with limits."""
    slip: Any = {
        "brand": _say(language, "貴賓", "Guibin"),
        "kind": _say(language, "代金券", "Cash voucher"),
        "title": _say(language, "開店五週年", "Five years"),
        "code": "ABCD2345EFGH67",
        "value": 30_000,
        "currency": "CNY",
        "valid_from": "2026-05-01",
        "valid_until": "2026-10-31",
        "limits": [_say(language, "滿 500.00 可用", "from 500.00"), _say(language, "限 上衣", "for tops")],
        "member": "M0000012",
        "printed": 2,
        "export": EXPORT,
    }
    return slip  # type: ignore[no-any-return]
