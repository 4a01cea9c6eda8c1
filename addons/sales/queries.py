"""Reads of receipts and of what was used up of limited rules.

Counting a member's receipts and the uses of a rule is brand-wide by its meaning (C07, C31), so those statements read
bare tables past the limits of the reader's stores; screens use the mapped classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from addons.sales.domain.limits import Used, UseKey
from addons.sales.models import Receipt, RuleUse

_R, _U = Receipt.__table__, RuleUse.__table__

_HISTORY = (
    select(
        _R.c.member_id,
        func.count(),
        func.coalesce(func.sum(case((_R.c.day == bindparam("b_day"), _R.c.birthday_list), else_=0)), 0),
    )
    .where(_R.c.member_id.in_(bindparam("b_members", expanding=True)))
    .group_by(_R.c.member_id)
)
_COUNTERS = (_U.c.rule, _U.c.per, _U.c.subject_id, _U.c.period, _U.c.count, _U.c.cost)
_USES = select(*_COUNTERS).where(
    _U.c.brand_id == bindparam("b_brand"),
    _U.c.rule.in_(bindparam("b_rules", expanding=True)),
    _U.c.subject_id.in_(bindparam("b_subjects", expanding=True)),
    _U.c.period.in_(bindparam("b_periods", expanding=True)),
)
_NUMBERS = select(_R.c.number).where(
    _R.c.store_id == bindparam("b_store"), _R.c.number.in_(bindparam("b_numbers", expanding=True))
)


def histories(session: Session, member_ids: Collection[int], day: date) -> dict[int, tuple[int, int]]:
    """Return for members who bought before: how many receipts, and list price sold at the birthday rate on the day."""
    parameters = {"b_members": list(member_ids), "b_day": day}
    rows = session.connection().execute(_HISTORY, parameters)
    return {member: (count, listed) for member, count, listed in rows}


def uses(session: Session, keys: Iterable[UseKey]) -> dict[UseKey, Used]:
    """Return what was used up of limited rules, by counter; one query a brand."""
    by_brand: dict[int, list[UseKey]] = {}
    for key in keys:
        by_brand.setdefault(key.brand_id, []).append(key)
    found: dict[UseKey, Used] = {}
    for brand_id, its in by_brand.items():
        parameters = {
            "b_brand": brand_id,
            "b_rules": sorted({key.rule for key in its}),
            "b_subjects": sorted({key.subject_id for key in its}),
            "b_periods": sorted({key.period for key in its}),
        }
        for rule, per, subject, period, count, cost in session.connection().execute(_USES, parameters):
            found[UseKey(brand_id, rule, per, subject, period)] = (count, cost)
    return found


def numbers_given(session: Session, store_id: int, numbers: Collection[str]) -> set[str]:
    """Return which of these receipt numbers a store has given out."""
    parameters = {"b_store": store_id, "b_numbers": list(numbers)}
    return set(session.connection().execute(_NUMBERS, parameters).scalars())
