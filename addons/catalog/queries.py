"""Products as a till and the rules see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple, overload

from sqlalchemy import Date, bindparam, case, func, select
from sqlalchemy.orm import Session

from addons.catalog.models import Category, Product, Season, Style
from core.addons.codes import Known
from core.db.listed import any_of
from core.db.statement import Statement


class ProductRow(NamedTuple):
    """A product on a day; prices are fen, `special_price` only where it holds on that day."""

    id: int
    code: str
    style_id: int
    style: str
    brand_id: int
    category: str
    season: str
    size: str
    colour: str
    list_price: int
    special_price: int | None
    floor_price: int | None
    launched_on: date | None
    members_only: bool
    active: bool


_p, _s = Product.__table__.c, Style.__table__.c
_DAY = bindparam("day", type_=Date)
_HOLDS = (_p.special_from.is_(None) | (_p.special_from <= _DAY)) & (
    _p.special_until.is_(None) | (_p.special_until >= _DAY)
)
# Products are seen by everybody who is logged in: no scope is left out by reading the tables.
_READ = select(
    _p.id,
    _p.code,
    _p.style_id,
    _s.code,
    _p.brand_id,
    _p.category_code,
    func.coalesce(_p.season_code, ""),
    _p.size,
    _p.colour,
    _p.list_price,
    case((_HOLDS, _p.special_price), else_=None),
    _p.floor_price,
    _p.launched_on,
    _p.members_only,
    _p.active,
).join_from(Product.__table__, Style.__table__)


_c = Category.__table__.c
_PARTS = Statement(select(_c.code, _c.parent_code).where(_c.parent_code.is_not(None)))
_STYLES = Statement(select(_s.code, _s.name, _s.brand_id).where(any_of(_s.code, "codes")))
_GOODS = Statement(
    select(_p.code, _s.name, _p.colour, _p.size, _p.brand_id)
    .join_from(Product.__table__, Style.__table__)
    .where(any_of(_p.code, "codes"))
)


def with_parts(session: Session, categories: Collection[str]) -> frozenset[str]:
    """Return the codes of categories, and of all categories that are part of them, however deep."""
    wider: dict[str, list[str]] = {}
    for code, parent in _PARTS.all(session):
        wider.setdefault(parent, []).append(code)
    found: set[str] = set()
    left = list(categories)
    while left:
        code = left.pop()
        if code not in found:
            found.add(code)
            left += wider.get(code, ())
    return frozenset(found)


class Goods(NamedTuple):
    """What a code of a style or of a product stands for."""

    name: str
    brand_id: int


def goods_named(session: Session, codes: Collection[str]) -> dict[str, Goods]:
    """Return what codes stand for, a style before a product of the same code; what nothing is called is left out."""
    wanted = sorted(codes)
    if not wanted:
        return {}
    products = _GOODS.all(session, codes=wanted)
    found = {code: Goods(" ".join(filter(None, parts)), brand_id) for code, *parts, brand_id in products}
    styles = _STYLES.all(session, codes=wanted)
    return found | {code: Goods(name, brand_id) for code, name, brand_id in styles}


_BY_ID = Statement(_READ.where(any_of(_p.id, "keys")))
_BY_CODE = Statement(_READ.where(any_of(_p.code, "keys")))


def priced_lines_ahead(session: Session, codes: Collection[str], day: date) -> None:
    """Let the database begin with what `priced_lines` asks."""
    _BY_CODE.look_ahead(session, keys=list(dict.fromkeys(codes)), day=day)


@overload
def priced_lines(session: Session, keys: Collection[int], day: date) -> dict[int, ProductRow]: ...
@overload
def priced_lines(session: Session, keys: Collection[str], day: date) -> dict[str, ProductRow]: ...
def priced_lines(
    session: Session, keys: Collection[int] | Collection[str], day: date
) -> dict[int, ProductRow] | dict[str, ProductRow]:
    """The products of these ids (or of these codes), by what was asked, as priced on a day; one query.

    Unknown ones are left out; inactive ones are there and say so.
    """
    asked: list[Any] = list(dict.fromkeys(keys))
    by_id = bool(asked) and isinstance(asked[0], int)
    rows = (_BY_ID if by_id else _BY_CODE).all(session, keys=asked, day=day)
    place = 0 if by_id else 1
    return {row[place]: ProductRow._make(row) for row in rows}


_SEASONS = Statement(select(Season.__table__.c.code).where(any_of(Season.__table__.c.code, "codes")))
_CATEGORIES = Statement(select(_c.code).where(any_of(_c.code, "codes")))
_OF_BRAND = {
    "line.product": Statement(select(_p.code).where(any_of(_p.code, "codes"), _p.brand_id == bindparam("brand"))),
    "line.style": Statement(select(_s.code).where(any_of(_s.code, "codes"), _s.brand_id == bindparam("brand"))),
}


def _of_brand(fact: str) -> Known:
    return lambda session, brand_id, codes: [
        c for (c,) in _OF_BRAND[fact].all(session, codes=sorted(codes), brand=brand_id)
    ]


def _of_all(statement: Statement) -> Known:
    return lambda session, _brand_id, codes: [c for (c,) in statement.all(session, codes=sorted(codes))]


#: Which codes that rules name are in the catalogue; categories and seasons are those of all brands.
KNOWN_CODES: dict[str, Known] = {
    **{fact: _of_brand(fact) for fact in _OF_BRAND},
    "line.category": _of_all(_CATEGORIES),
    "line.season": _of_all(_SEASONS),
}
