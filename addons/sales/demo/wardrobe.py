"""What the invented shop sells: styles in sizes and colours, by season, with specials around 8 折."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from addons.sales.demo.span import Season

#: Code, name, category of those a brand begins with, list prices in yuan from and to.
KINDS = (
    ("coat", "大衣", "outerwear", 599, 1799),
    ("knit", "針織衫", "knitwear", 199, 599),
    ("shirt", "衬衫", "tops", 129, 399),
    ("dress", "連衣裙", "dresses", 199, 799),
    ("trousers", "长裤", "bottoms", 159, 459),
    ("jeans", "牛仔褲", "bottoms", 169, 399),
    ("skirt", "半身裙", "bottoms", 139, 399),
    ("tee", "T 恤", "tops", 59, 169),
    ("scarf", "圍巾", "accessories", 69, 269),
    ("bag", "手袋", "bags", 259, 999),
)
_COLOURS = ("黑色", "米白", "駝色", "藏青", "酒紅", "灰色", "卡其", "天蓝")
_SIZES = {"bag": ("F",), "scarf": ("F",), "jeans": ("27", "28", "29", "30", "31")}
_LETTERS = ("S", "M", "L", "XL")
STYLES_A_KIND = 4  # in each season
SPECIALS = (9500, 9000, 8500, 8500, 8000, 8000, 8000, 7900, 7500, 7000)  # basis points of the list price


def products(brand: str, seasons: Iterable[Season], chance: Random) -> Iterator[dict[str, Any]]:
    """Yield the records of all products of these seasons."""
    for season, name, since, until in seasons:
        for kind, label, category, lowest, highest in KINDS:
            for number in range(1, STYLES_A_KIND + 1):
                style = f"{season}-{kind[:3].upper()}{number:02d}"
                price = (chance.randrange(lowest, highest) // 10 * 10 + 9) * 100
                sold = {
                    "style": style,
                    "style_name": f"{label} {number} {name}",
                    "brand": brand,
                    "category": category,
                    "season": season,
                    "list_price": price,
                    "launched_on": since + timedelta(days=chance.randrange(40)),
                }
                yield from _pieces(sold, _markdown(price, since, until, chance), kind, chance)


def _markdown(price: int, since: date, until: date, chance: Random) -> dict[str, Any]:
    """Two styles of three are marked down towards the end of their season."""
    if chance.randrange(3) == 0:
        return {}
    ratio = chance.choice(SPECIALS)
    days = (until - since).days
    return {
        "special_price": price * ratio // 10_000,
        "special_from": since + timedelta(days=days * chance.randrange(45, 75) // 100),
        "special_until": until + timedelta(days=60),
    }


def _pieces(sold: dict[str, Any], markdown: dict[str, Any], kind: str, chance: Random) -> Iterator[dict[str, Any]]:
    for colour in chance.sample(_COLOURS, 2):
        for size in _SIZES.get(kind, _LETTERS):
            code = f"{sold['style']}-{_COLOURS.index(colour)}{size}"
            yield sold | markdown | {"code": code, "colour": colour, "size": size}
