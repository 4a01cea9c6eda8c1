"""Reads of vouchers; the till reads brand-wide, so these statements go past the limits of the reader's stores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from addons.vouchers.domain import Hold
from addons.vouchers.models import Terms, Voucher
from core.db.listed import any_of
from core.db.statement import Row, Statement

_V, _T = Voucher.__table__, Terms.__table__


class UsableVoucher(NamedTuple):
    """A voucher as the till, the rules and the commands see it; amounts are fen."""

    id: int
    code: str
    member_id: int | None
    brand_id: int
    kind: str
    value: int
    remaining: int
    status: str
    valid_until: date
    uses: int
    valid_from: date | None
    binding: str
    currency: str
    title: str
    entries: int
    store_id: int
    lock_till: str | None
    lock_key: str | None
    locked_until: datetime | None
    source: str
    rule: str
    receipt_id: int | None
    batch_id: int | None
    budget_id: int | None
    terms_id: int | None
    origin_id: int | None
    settled: bool
    min_spend: int | None
    stores: list[int] | None
    categories: list[str] | None
    products: list[str] | None

    @property
    def state(self) -> str:
        """Return the account in which all that remains stands."""
        return "outstanding" if self.lock_till is None else "locked"

    @property
    def holding(self) -> Hold | None:
        """Return who holds it, or held it last."""
        return None if self.lock_till is None else Hold(self.lock_till, self.lock_key or "")

    @property
    def coupon(self) -> str:
        """Return what the rules call it, of a discount coupon."""
        return self.title or self.rule

    def is_held(self, now: datetime, hold: Hold | None = None) -> bool:
        """Tell whether somebody else than `hold` holds it at a moment; a hold that is over frees it by itself."""
        if self.locked_until is None or self.locked_until <= now:
            return False
        return self.holding != hold


_OF_TERMS = ("min_spend", "stores", "categories", "products")
_COLUMNS = [(_T if name in _OF_TERMS else _V).c[name] for name in UsableVoucher._fields]
_ALL = select(*_COLUMNS).join_from(_V, _T, _T.c.id == _V.c.terms_id, isouter=True)
# A member may use a voucher in every store of the brand: not limited to the stores of the cashier.
_USABLE = Statement(
    _ALL.where(
        _V.c.member_id == bindparam("b_member"),
        _V.c.brand_id == bindparam("b_brand"),
        _V.c.status == "active",
        _V.c.valid_until >= bindparam("b_day"),
        or_(_V.c.valid_from.is_(None), _V.c.valid_from <= bindparam("b_day")),
    ).order_by(_V.c.valid_until, _V.c.id)
)
_NAMED = _ALL.where(any_of(_V.c.code, "b_codes"))
_BY_CODE = Statement(_NAMED)
# In a fixed order: two tills that want the same two vouchers must not wait for each other.
_BY_CODE_TO_CHANGE = Statement(_NAMED.order_by(_V.c.id).with_for_update(of=_V))
_BY_ID = Statement(_ALL.where(any_of(_V.c.id, "b_ids")).order_by(_V.c.id))
_TO_CHANGE = Statement(_ALL.where(any_of(_V.c.id, "b_ids")).order_by(_V.c.id).with_for_update(of=_V))
_ENDED = Statement(
    select(_V.c.id)
    .where(_V.c.status == "active", _V.c.valid_until < bindparam("b_day"))
    .order_by(_V.c.id)
    .limit(bindparam("b_limit"))
)
_OF_MEMBER = Statement(select(_V.c.id).where(_V.c.member_id == bindparam("b_member")).order_by(_V.c.id))
_KNOWN = Statement(select(_V.c.code).where(any_of(_V.c.code, "b_codes")))
_ISSUED_AT = Statement(select(_V.c.issued_at).where(_V.c.code == bindparam("b_code")))


def usable(session: Session, member_id: int, brand_id: int, day: date) -> list[UsableVoucher]:
    """Return what a member can pay with on a day, the one that ends first first."""
    rows = _USABLE.all(session, b_member=member_id, b_brand=brand_id, b_day=day)
    return [UsableVoucher(*row) for row in rows]


def by_code(session: Session, codes: Sequence[str]) -> dict[str, UsableVoucher]:
    """Return the vouchers with these codes; codes that do not exist are left out."""
    return _called(_BY_CODE.all(session, b_codes=codes))


def by_code_to_change(session: Session, codes: Sequence[str]) -> dict[str, UsableVoucher]:
    """Return the vouchers with these codes, for this transaction alone to change."""
    return _called(_BY_CODE_TO_CHANGE.all(session, b_codes=codes))


def _called(rows: Iterable[Row]) -> dict[str, UsableVoucher]:
    found = [UsableVoucher(*row) for row in rows]
    return {voucher.code: voucher for voucher in found}


def to_change(session: Session, ids: Collection[int]) -> dict[int, UsableVoucher]:
    """Return the vouchers with these keys, for this transaction alone to change; by their keys in order."""
    found = [UsableVoucher(*row) for row in _TO_CHANGE.all(session, b_ids=sorted(ids))]
    return {voucher.id: voucher for voucher in found}


def by_id(session: Session, ids: Collection[int]) -> dict[int, UsableVoucher]:
    """Return the vouchers with these keys, of whichever store, to look at; by their keys in order."""
    found = [UsableVoucher(*row) for row in _BY_ID.all(session, b_ids=sorted(ids))]
    return {voucher.id: voucher for voucher in found}


def ended(session: Session, day: date, limit: int) -> list[int]:
    """Return the keys of vouchers whose last day was before a day and of which something is left."""
    return [key for (key,) in _ENDED.all(session, b_day=day, b_limit=limit)]


def of_member(session: Session, member_id: int) -> list[int]:
    """Return the keys of all vouchers of a member."""
    return [key for (key,) in _OF_MEMBER.all(session, b_member=member_id)]


def known_codes(session: Session, codes: Sequence[str]) -> set[str]:
    """Return which of these codes exist."""
    return {code for (code,) in _KNOWN.all(session, b_codes=codes)}


def issued_at(session: Session, code: str) -> datetime | None:
    """Return when a voucher was issued, None if there is none."""
    found: datetime | None = _ISSUED_AT.scalar(session, b_code=code)
    return found
