"""The trial balance of the tier credit: what every store wrote, by kind."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from addons.tiers.models import Credit


class StoreBalance(NamedTuple):
    """What the entries of one store come to, in fen: sold less returns and corrections is what counts.

    `merged` is nothing in every store: what one member loses by a merge another one has.
    """

    store_id: int
    entries: int
    purchased: int
    returned: int
    corrected: int
    merged: int
    counts: int

    @property
    def difference(self) -> int:
        """What is left over: nothing, or the ledger was tampered with."""
        return self.purchased + self.returned + self.corrected - self.counts


def trial_balance(session: Session) -> list[StoreBalance]:
    """Return the balance of each store the reader may see."""
    kinds = ("purchase", "return", "correction", "merge")
    sums = [func.coalesce(func.sum(case((Credit.kind == kind, Credit.amount), else_=0)), 0) for kind in kinds]
    found = select(Credit.store_id, func.count(), *sums, func.sum(Credit.amount))
    rows = session.execute(found.group_by(Credit.store_id).order_by(Credit.store_id))
    return [StoreBalance(*(int(value) for value in row)) for row in rows]
