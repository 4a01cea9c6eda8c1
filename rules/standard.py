"""The words every rule book has: what is computed from the event and its lines themselves (no addon declares them)."""

from __future__ import annotations

from datetime import date

from rules.vocabulary import Fact, Kind, Text, Value

_BASKET = "basket"
_LINE = "line"


def _fact(name: str, kind: Kind, neutral: Value, labels: tuple[str, str, str]) -> Fact:
    place = _LINE if name.startswith("line.") else _BASKET
    return Fact(name, kind, Text(*labels), neutral, scope="line" if place == _LINE else "event", place=place)


STANDARD_FACTS: tuple[Fact, ...] = (
    _fact("line.quantity", Kind.COUNT, 0, ("件數", "件数", "Quantity")),
    _fact("line.list_price", Kind.MONEY, 0, ("定價", "定价", "List price")),
    _fact(
        "line.selling_price",
        Kind.MONEY,
        0,
        ("售價(特價或定價)", "售价(特价或定价)", "Selling price (special or list)"),
    ),
    _fact("line.price_ratio", Kind.RATIO, 10_000, ("售價折扣", "售价折扣", "Selling price as a share of list")),
    _fact("line.has_special", Kind.YES_NO, False, ("有特價", "有特价", "Has a special price")),
    _fact("basket.lines", Kind.COUNT, 0, ("購物籃行數", "购物篮行数", "Lines in the basket")),
    _fact("basket.quantity", Kind.COUNT, 0, ("購物籃件數", "购物篮件数", "Pieces in the basket")),
    _fact("basket.amount", Kind.MONEY, 0, ("購物籃售價合計", "购物篮售价合计", "Basket at selling prices")),
    _fact("basket.list_amount", Kind.MONEY, 0, ("購物籃定價合計", "购物篮定价合计", "Basket at list prices")),
    _fact("basket.weekday", Kind.WEEKDAY, 1, ("星期", "星期", "Day of the week")),
    _fact("basket.date", Kind.DATE, date(2000, 1, 1), ("日期", "日期", "Date")),
    _fact("basket.time", Kind.TIME, 0, ("時間", "时间", "Time of day")),
    _fact("basket.brand", Kind.CHOICE, "", ("品牌", "品牌", "Brand")),
    _fact("basket.region", Kind.CHOICE, "", ("區域", "区域", "Region")),
    _fact("basket.franchisee", Kind.CHOICE, "", ("加盟商", "加盟商", "Franchisee")),
    _fact("basket.store_format", Kind.CHOICE, "", ("店鋪類型", "店铺类型", "Store format")),
    _fact("basket.store", Kind.CHOICE, "", ("店鋪", "店铺", "Store")),
)
