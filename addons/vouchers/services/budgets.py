"""Budgets that vouchers are issued from: what was issued never passes what was granted, whoever issues at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

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
_OF_RULE = Statement(
    select(_B.c.name, _B.c.granted - _B.c.used).where(
        _B.c.brand_id == bindparam("b_brand"), _B.c.rule == bindparam("b_rule")
    )
)
_NAME = Statement(select(_B.c.name).where(_B.c.id == bindparam("b_id")))


def take(session: Session, wanted: Mapping[int, int]) -> None:
    """Take fen from budgets, by their keys.

    Refuses with VoucherBudgetUsedUp.
    """
    for budget_id, fen in sorted(wanted.items()):  # sorted: two batches must not wait for each other
        if fen and _TAKE.run(session, b_id=budget_id, b_fen=fen) != 1:
            raise VoucherBudgetUsedUp(budget=_NAME.scalar(session, b_id=budget_id), wanted=fen)


def take_each(session: Session, wanted: Sequence[tuple[int | None, int]]) -> list[bool]:
    """Take fen for each of several vouchers from its budget (None: from none), in their order while there is enough.

    Tells which may be issued; for the others nothing is taken. Refuses nothing.
    """
    places: dict[int, list[int]] = defaultdict(list)
    for place, (budget_id, fen) in enumerate(wanted):
        if budget_id is not None and fen:
            places[budget_id].append(place)
    there = [True] * len(wanted)
    for budget_id, its in sorted(places.items()):  # sorted like `take`
        if _TAKE.run(session, b_id=budget_id, b_fen=sum(wanted[place][1] for place in its)) == 1:
            continue
        for place in its:
            there[place] = len(its) > 1 and _TAKE.run(session, b_id=budget_id, b_fen=wanted[place][1]) == 1
    return there


def require_of_rule(session: Session, brand_id: int, rule: str, fen: int) -> None:
    """Do nothing where a rule has no budget, or one with so many fen left.

    Refuses with VoucherBudgetUsedUp.
    """
    found = _OF_RULE.all(session, b_brand=brand_id, b_rule=rule)
    for name, left in found:
        if left < fen:
            raise VoucherBudgetUsedUp(budget=name, wanted=fen)


def give_back(session: Session, changes: Iterable[Change]) -> None:
    """Give back to budgets what became void of their vouchers."""
    freed: dict[int, int] = defaultdict(int)
    for change in changes:
        if change.voucher.budget_id is not None:
            freed[change.voucher.budget_id] += sum(move.amount for move in change.moves if move.to_state == "void")
    _GIVE.send_each(session, [{"b_id": budget_id, "b_fen": fen} for budget_id, fen in sorted(freed.items()) if fen])
