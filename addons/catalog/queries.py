"""Products as a till and the rules see them."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple, overload

from sqlalchemy import ARRAY, BigInteger, Date, Select, String, any_, bindparam, case, func, select
from sqlalchemy.orm import Session

from addons.catalog.models import Product, Style


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
# A till asks for this with every scan, so a row comes as the tuple it stays.
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


def _by(column: Any, kind: Any) -> dict[str, Select[Any]]:
    """Return the statement for each database; the keys travel as one value, however many they are."""
    listed = select(func.json_each(bindparam("keys", type_=String)).table_valued("value").c.value)
    return {
        "sqlite": _READ.where(column.in_(listed)),
        "postgresql": _READ.where(column == any_(bindparam("keys", type_=ARRAY(kind)))),
    }


_BY_ID, _BY_CODE = _by(_p.id, BigInteger), _by(_p.code, String)


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
    connection = session.connection()
    asked: list[Any] = list(dict.fromkeys(keys))
    by_id = bool(asked) and isinstance(asked[0], int)
    dialect = connection.dialect.name
    given = json.dumps(asked, ensure_ascii=False) if dialect == "sqlite" else asked
    rows = connection.execute((_BY_ID if by_id else _BY_CODE)[dialect], {"keys": given, "day": day}).all()
    place = 0 if by_id else 1
    return {row[place]: ProductRow._make(row) for row in rows}
