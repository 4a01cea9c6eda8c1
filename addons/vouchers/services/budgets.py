"""Budgets that vouchers are issued from: what was issued never passes what was granted, whoever issues at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from addons.vouchers.models import Budget
from addons.vouchers.services.changing import Change
from core.db.statement import Statement
from core.errors import Refusal
from core.money import Fen

_B = Budget.__table__


class VoucherBudgetUsedUp(Refusal):
    """The vouchers would cost more than what their budget has left."""

    sentence = "The voucher budget %(budget)s has not %(wanted)s left."
    budget: str
    wanted: Fen


# The guard: of two that both saw enough left, the second finds less and takes nothing.
_TAKE = Statement(
    update(_B)
    .where(_B.c.id == bindparam("b_id"), _B.c.used + bindparam("b_fen") <= _B.c.granted)
    .values(used=_B.c.used + bindparam("b_fen"))
)
_GIVE = Statement(update(_B).where(_B.c.id == bindparam("b_id")).values(used=_B.c.used - bindparam("b_fen")))
_NAME = Statement(select(_B.c.name).where(_B.c.id == bindparam("b_id")))


def take(session: Session, wanted: Mapping[int, int]) -> None:
    """Take fen from budgets, by their keys.

    Refuses with VoucherBudgetUsedUp.
    """
    for budget_id, fen in sorted(wanted.items()):  # sorted: two batches must not wait for each other
        if fen and _TAKE.run(session, b_id=budget_id, b_fen=fen) != 1:
            raise VoucherBudgetUsedUp(budget=_NAME.scalar(session, b_id=budget_id), wanted=fen)


def give_back(session: Session, changes: Iterable[Change]) -> None:
    """Give back to budgets what became void of their vouchers."""
    freed: dict[int, int] = defaultdict(int)
    for change in changes:
        if change.voucher.budget_id is not None:
            freed[change.voucher.budget_id] += sum(move.amount for move in change.moves if move.to_state == "void")
    _GIVE.send_each(session, [{"b_id": budget_id, "b_fen": fen} for budget_id, fen in sorted(freed.items()) if fen])
