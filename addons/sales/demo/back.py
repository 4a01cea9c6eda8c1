"""Goods that came back to the invented shop: one piece of a receipt each week."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import cycle

from sqlalchemy import select

from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.services import take_back
from core.db.session import reading
from core.periods import local_day

_A_WEEK = timedelta(days=7)
_BEFORE = timedelta(days=3)  # the customer was home and tried it on
_REASONS = ("size", "size", "colour", "changed_mind", "quality")


def happenings(first: date, last: date, _brand: str) -> Iterator[tuple[date, Callable[[datetime], None]]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    day, reasons = first + _A_WEEK, cycle(_REASONS)
    while day <= last:
        yield day, _brought_back(next(reasons))
        day += _A_WEEK


def _brought_back(reason: str) -> Callable[[datetime], None]:
    def act(now: datetime) -> None:
        bought = local_day(now) - _BEFORE
        wanted = select(Receipt).where(Receipt.day == bought, Receipt.member_id.is_not(None), Receipt.tendered == 0)
        with reading() as session:
            receipt = session.scalars(wanted.order_by(Receipt.id).limit(1)).first()
        if receipt is not None:
            asked = ReturnRequest(
                receipt.store_id,
                receipt.id,
                [BackLine(1, 1)],
                reason,
                cashier=receipt.cashier,
                approved_by=receipt.cashier.replace("-3", "-1"),  # the manager of the store
            )
            take_back(asked, key=f"demo:back:{receipt.id}", now=now)

    return act
