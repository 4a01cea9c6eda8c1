"""The words the catalogue adds to the language of rules: what is in the basket."""

from __future__ import annotations

from core.settings import Setting
from rules.vocabulary import Effect, Fact, Kind, Text

_PLACE = "line"


def _code(name: str, label: Text) -> Fact:
    return Fact(name, Kind.CHOICE, label, neutral="", scope="line", place=_PLACE)


FACTS: tuple[Fact, ...] = (
    _code("line.product", Text("商品", "商品", "Product")),
    _code("line.style", Text("款號", "款号", "Style")),
    _code("line.category", Text("品類", "品类", "Category")),
    _code("line.season", Text("季節", "季节", "Season")),
    _code("line.size", Text("尺碼", "尺码", "Size")),
    _code("line.colour", Text("顏色", "颜色", "Colour")),
    _code("line.brand", Text("商品品牌", "商品品牌", "Brand of the product")),
    Fact(
        "line.is_new_arrival",
        Kind.YES_NO,
        Text("新品", "新品", "Is a new arrival"),
        neutral=False,
        help=Text("上市三十天之內。", "上市三十天之内。", "Within 30 days after its launch."),
        scope="line",
        place=_PLACE,
    ),
    Fact(
        "line.days_since_launch",
        Kind.COUNT,
        Text("上市天數", "上市天数", "Days since launch"),
        neutral=0,
        scope="line",
        place=_PLACE,
    ),
    Fact(
        "line.members_only",
        Kind.YES_NO,
        Text("會員專享商品", "会员专享商品", "For members only"),
        neutral=False,
        scope="line",
        place=_PLACE,
    ),
)
EFFECTS: tuple[Effect, ...] = ()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="catalog.early_markdown_days",
        kind="count",
        default=30,
        at_most=365,
        label=Text("新品保護天數", "新品保护天数", "Days a new product is protected"),
        help=Text(
            "上市後這些天內，特價低於保護價須另一人核准；0 為不保護。",
            "上市后这些天内，特价低于保护价须另一人审批；0 为不保护。",
            "Within so many days of the launch a special price below the protected one needs approval; 0 turns it off.",
        ),
        decision="C39",
        quotation="防止新品上市時硬性的低折扣,傷害VIP顧客的權益",
        alternatives=(
            Text("不保護（0 天）", "不保护（0 天）", "No protection (0 days)"),
            Text("一季（90 天）", "一季（90 天）", "A season (90 days)"),
        ),
    ),
    Setting(
        name="catalog.early_markdown_floor",
        kind="ratio",
        default=9000,
        at_most=10_000,
        label=Text("新品保護價", "新品保护价", "Protected share of the list price"),
        help=Text(
            "定價的比例；預設為金卡價九折。",
            "定价的比例；默认为金卡价九折。",
            "A share of the list price; by default what a gold member pays.",
        ),
        decision="C39",
        quotation="防止新品上市時硬性的低折扣,傷害VIP顧客的權益",
        alternatives=(Text("鑽石卡價 8.5 折", "钻石卡价 8.5 折", "What a diamond member pays, 85 %"),),
    ),
)
