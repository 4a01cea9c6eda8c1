"""The words the catalogue adds to the language of rules: what is in the basket."""

from __future__ import annotations

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
