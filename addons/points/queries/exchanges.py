"""Which points became which voucher."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.points.models import Entry
from core.db.listed import any_of
from core.db.statement import Statement

_E = Entry.__table__
_REF = "voucher:"


class Exchange(NamedTuple):
    """A voucher and what it cost: (lot, points) each; `receipt_id` is the receipt at which it was issued.

    `member_id` is the file whose points it were: it may have become a part of another since.
    """

    member_id: int
    voucher_id: int
    rule: str
    receipt_id: int | None
    lots: list[tuple[int, int]]

    @property
    def points(self) -> int:
        """Return what the voucher cost."""
        return sum(points for _, points in self.lots)

    @property
    def ref(self) -> str:
        """Return how its entries name it."""
        return ref_of(self.voucher_id)


_OF_MEMBER = (
    select(_E.c.ref, _E.c.rule, _E.c.receipt_id, _E.c.lot_id, _E.c.points)
    .where(
        _E.c.member_id == bindparam("b_member"),
        _E.c.kind == "exchange",
        _E.c.to_state == "redeemed",
        _E.c.ref.startswith(_REF),
    )
    .order_by(_E.c.id)
)
_TOUCHING = Statement(
    select(_E.c.ref)
    .where(_E.c.member_id == bindparam("b_member"), _E.c.kind == "exchange", _E.c.to_state == "redeemed")
    .where(any_of(_E.c.lot_id, "b_lots"))
)
_ALL = Statement(_OF_MEMBER)


def ref_of(voucher_id: int) -> str:
    """Return how the entries of an exchange name its voucher."""
    return f"{_REF}{voucher_id}"


def exchanges_of(session: Session, member_id: int, lot_ids: Collection[int]) -> list[Exchange]:
    """Return the member's exchanges that took any points of these lots, the oldest first, each as a whole."""
    touching = {ref for (ref,) in _TOUCHING.all(session, b_member=member_id, b_lots=list(lot_ids))}
    if not touching:
        return []
    found: dict[str, Exchange] = {}
    for ref, rule, receipt_id, lot_id, points in _ALL.all(session, b_member=member_id):
        if ref in touching:
            voucher_id = int(ref.removeprefix(_REF))
            found.setdefault(ref, Exchange(member_id, voucher_id, rule, receipt_id, [])).lots.append((lot_id, points))
    return list(found.values())
