"""What goes into a pack: products of a brand, members of a store with their cards, vouchers of these."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.catalog.models import Product
from addons.membership.models import Card, Member
from addons.pos.models import Pack, PriceList
from addons.vouchers.models import Voucher
from core.db.listed import any_of
from core.db.scope import brand_wide

_P, _V = Product.__table__, Voucher.__table__


class PackedMember(NamedTuple):
    """A member of the store with the card in use."""

    id: int
    name: str
    tier: str
    card: str


class PackedVoucher(NamedTuple):
    """A voucher that pays, of a member; amounts are fen."""

    member_id: int
    code: str
    remaining: int
    valid_until: date


# Products are seen by everybody who is logged in: no scope is left out by reading the table.
_CODES = (
    select(_P.c.code)
    .where(_P.c.brand_id == bindparam("b_brand"), _P.c.active)
    .order_by(_P.c.id.desc())
    .limit(bindparam("b_most"))
)
_VOUCHERS = (
    select(*(_V.c[name] for name in PackedVoucher._fields))
    .where(
        any_of(_V.c.member_id, "b_members"),
        _V.c.brand_id == bindparam("b_brand"),
        _V.c.kind == "cash",
        _V.c.status == "active",
        _V.c.valid_until >= bindparam("b_day"),
    )
    .order_by(_V.c.valid_until, _V.c.id)
)


def product_codes(session: Session, brand_id: int, most: int) -> list[str]:
    """Return the codes of the products on sale, the newest first."""
    return list(session.connection().execute(_CODES, {"b_brand": brand_id, "b_most": most}).scalars())


def packed_members(session: Session, store_id: int, most: int) -> list[PackedMember]:
    """Return the members of a store who have a card in use, the newest first; within the stores of whoever asks."""
    wanted = (
        select(Member.id, Member.name, Member.tier, Card.number)
        .join(Card, Card.member_id == Member.id)
        .where(Member.store_id == store_id, Member.status == "active", Card.status == "active")
        .order_by(Member.id.desc())
        .limit(most)
    )
    return [PackedMember(*row) for row in session.execute(wanted)]


@brand_wide("a voucher is good in any store of its brand")
def packed_vouchers(
    session: Session, member_ids: Collection[int], brand_id: int, day: date
) -> dict[int, list[PackedVoucher]]:
    """Return the vouchers members could pay with, by member; of whichever store."""
    found: dict[int, list[PackedVoucher]] = {}
    given = {"b_members": list(member_ids), "b_brand": brand_id, "b_day": day}
    for row in session.connection().execute(_VOUCHERS, given):
        found.setdefault(row[0], []).append(PackedVoucher(*row))
    return found


def prices_of(session: Session, pack: Pack) -> dict[str, list[int | None]]:
    """Return the prices of a pack by product code."""
    return session.get_one(PriceList, pack.prices_digest).prices
