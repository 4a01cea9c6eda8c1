"""Reads of batches: what is still to be issued or cancelled, whom they are for, and their codes for a print house."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.membership.models import Card, Member
from addons.vouchers.models import Batch, Voucher
from core.db.listed import any_of
from core.db.statement import Statement

_V, _B = Voucher.__table__, Batch.__table__
_M, _K = Member.__table__, Card.__table__


class ToIssue(NamedTuple):
    """An approved batch: how many vouchers of it are issued, of how many."""

    id: int
    issued: int
    size: int


class Code(NamedTuple):
    """A voucher as a print house needs it; value in fen."""

    code: str
    value: int
    valid_from: date | None
    valid_until: date
    title: str
    member: str | None


_TO_ISSUE = Statement(
    select(_B.c.id, _B.c.issued, _B.c.count)
    .where(_B.c.state == "approved", _B.c.issued < _B.c.count)
    .order_by(_B.c.decided_at, _B.c.id)
)
_LEFT = Statement(
    select(_V.c.id)
    .where(_V.c.batch_id == bindparam("b_batch"), _V.c.status == "active", _V.c.valid_until >= bindparam("b_day"))
    .order_by(_V.c.id)
    .limit(bindparam("b_limit"))
)
_CODES = Statement(
    select(_V.c.code, _V.c.value, _V.c.valid_from, _V.c.valid_until, _V.c.title, _M.c.number)
    .join_from(_V, _M, _M.c.id == _V.c.member_id, isouter=True)
    .where(_V.c.batch_id == bindparam("b_batch"), _V.c.origin_id.is_(None))
    .order_by(_V.c.id)
)
_OF_BRAND = (_M.c.brand_id == bindparam("b_brand"), _M.c.status == "active")
_NAMED = [
    Statement(select(column, _M.c.id).select_from(source).where(*_OF_BRAND, any_of(column, "b_keys")))
    for column, source in (
        (_M.c.number, _M),
        (_M.c.phone, _M),
        (_K.c.number, _K.join(_M, _K.c.member_id == _M.c.id)),
    )
]
_IN_TIERS = Statement(select(_M.c.id).where(*_OF_BRAND, any_of(_M.c.tier, "b_tiers")).order_by(_M.c.id))


def batches_to_issue(session: Session) -> list[ToIssue]:
    """Return the approved batches that are not complete, the one approved first first."""
    return [ToIssue(*row) for row in _TO_ISSUE.all(session)]


def left_of_batch(session: Session, batch_id: int, day: date, limit: int) -> list[int]:
    """Return the keys of vouchers of a batch, and of those they became, of which something is left."""
    return [key for (key,) in _LEFT.all(session, b_batch=batch_id, b_day=day, b_limit=limit)]


def codes_of(session: Session, batch_id: int) -> Iterable[Code]:
    """Return the codes of a batch in the order they were issued."""
    return [Code(*row) for row in _CODES.all(session, b_batch=batch_id)]


def members_named(session: Session, brand_id: int, keys: Collection[str]) -> dict[str, int]:
    """Return active members of a brand by member number, phone or card number; what nobody has is left out."""
    found: dict[str, int] = {}
    for statement in _NAMED:
        left = [key for key in keys if key not in found]
        if left:
            found.update(row for row in statement.all(session, b_brand=brand_id, b_keys=left))
    return found


def members_in_tiers(session: Session, brand_id: int, tiers: Collection[str]) -> list[int]:
    """Return the active members of a brand in these tiers."""
    return [key for (key,) in _IN_TIERS.all(session, b_brand=brand_id, b_tiers=sorted(tiers))]
