"""Whose vouchers are: merging two members, erasing one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.vouchers import queries
from addons.vouchers.models import BatchMember, Voucher
from addons.vouchers.queries import UsableVoucher
from addons.vouchers.services.changing import About, Change, Move, post_changes
from core.addons.person import PersonHooks

_V, _M = Voucher.__table__, BatchMember.__table__
_MOVE = [
    update(table).where(table.c.member_id == bindparam("b_from")).values(member_id=bindparam("b_into"))
    for table in (_V, _M)
]


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Give all vouchers of one to the other; what remains of them goes from one's accounts to the other's."""
    found = queries.to_change(session, queries.of_member(session, from_member)).values()
    for voucher in found:
        if voucher.status == "active":
            about = About(voucher.store_id, now, reason="merge")
            post_changes(session, [_transferred(voucher, from_member, into_member)], about)
    for statement in _MOVE:
        session.connection().execute(statement, {"b_from": from_member, "b_into": into_member})


def _transferred(voucher: UsableVoucher, from_member: int, into_member: int) -> Change:
    moves = [
        Move(voucher.state, "transferred", voucher.remaining, from_member),
        Move("transferred", voucher.state, voucher.remaining),
    ]
    return Change(voucher, moves, member_id=into_member, hold=voucher.holding, until=voucher.locked_until)


def _erase(_session: Session, _member: int, _now: datetime) -> None:
    """Nothing here says who a member is; vouchers stay as what the brand owes."""


PERSON = PersonHooks(merge=_merge, erase=_erase)
