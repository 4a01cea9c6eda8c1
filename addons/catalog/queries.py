"""Products as a till and the rules see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import overload

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.catalog.models import Product, Style


@dataclass(frozen=True, slots=True)
class ProductRow:
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
# Products are seen by everybody who is logged in: no scope is left out by reading the tables.
_READ = select(
    _p.id,
    _p.code,
    _p.style_id,
    _s.code,
    _p.brand_id,
    _p.category_code,
    _p.season_code,
    _p.size,
    _p.colour,
    _p.list_price,
    _p.special_price,
    _p.special_from,
    _p.special_until,
    _p.floor_price,
    _p.launched_on,
    _p.members_only,
    _p.active,
).join_from(Product.__table__, Style.__table__)
_BY_ID = _READ.where(_p.id.in_(bindparam("keys", expanding=True)))
_BY_CODE = _READ.where(_p.code.in_(bindparam("keys", expanding=True)))


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
    asked = list(dict.fromkeys(keys))
    if asked and isinstance(asked[0], int):
        rows = session.connection().execute(_BY_ID, {"keys": asked})
        return {row[0]: _row(row, day) for row in rows}
    rows = session.connection().execute(_BY_CODE, {"keys": asked})
    return {row[1]: _row(row, day) for row in rows}


def _row(row: tuple, day: date) -> ProductRow:  # type: ignore[type-arg]
    (key, code, style_id, style, brand, category, season, size, colour, list_price, special, since, until, *rest) = row
    holds = (since is None or since <= day) and (until is None or day <= until)
    return ProductRow(
        key,
        code,
        style_id,
        style,
        brand,
        category,
        season or "",
        size,
        colour,
        list_price,
        special if holds else None,
        *rest,
    )
