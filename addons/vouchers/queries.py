"""Reads of vouchers; the till reads brand-wide, so these statements go past the limits of the reader's stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.vouchers.models import Voucher

_V = Voucher.__table__


class UsableVoucher(NamedTuple):
    """A voucher as the till and the rules see it; amounts are fen."""

    id: int
    code: str
    member_id: int
    brand_id: int
    kind: str
    value: int
    remaining: int
    status: str
    valid_until: date
    uses: int


_COLUMNS = [_V.c[name] for name in UsableVoucher._fields]
# A member may use a voucher in every store of the brand: not limited to the stores of the cashier.
_USABLE = (
    select(*_COLUMNS)
    .where(
        _V.c.member_id == bindparam("b_member"),
        _V.c.brand_id == bindparam("b_brand"),
        _V.c.status == "active",
        _V.c.valid_until >= bindparam("b_day"),
    )
    .order_by(_V.c.valid_until, _V.c.id)
)
_BY_CODE = select(*_COLUMNS).where(_V.c.code.in_(bindparam("b_codes", expanding=True)))
_ISSUED_AT = select(_V.c.issued_at).where(_V.c.code == bindparam("b_code"))


def usable(session: Session, member_id: int, brand_id: int, day: date) -> list[UsableVoucher]:
    """Return what a member can pay with on a day, the one that ends first first."""
    parameters = {"b_member": member_id, "b_brand": brand_id, "b_day": day}
    return [UsableVoucher(*row) for row in session.connection().execute(_USABLE, parameters)]


def by_code(session: Session, codes: Sequence[str]) -> dict[str, UsableVoucher]:
    """Return the vouchers with these codes; codes that do not exist are left out."""
    rows = session.connection().execute(_BY_CODE, {"b_codes": list(codes)})
    return {row.code: UsableVoucher(*row) for row in rows}


def issued_at(session: Session, code: str) -> datetime | None:
    """Return when a voucher was issued, None if there is none."""
    return session.connection().scalar(_ISSUED_AT, {"b_code": code})
