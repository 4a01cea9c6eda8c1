"""What headquarters sets up for vouchers: patterns of codes and budgets."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from addons.vouchers.domain import KINDS, pattern_problem, typed
from addons.vouchers.models import Budget, Pattern
from core.errors import Invalid, NotFound


def set_pattern(session: Session, *, brand_id: int, kind: str, pattern: str) -> Pattern:
    """Say how the codes of a kind of vouchers are drawn from now on; codes that were drawn stay.

    Refuses with OutOfScope for whoever is not headquarters, Invalid for another kind or a pattern that can be guessed.
    """
    if kind not in KINDS:
        raise Invalid(field="kind", problem="there is no such voucher")
    written = typed(pattern)
    if problem := pattern_problem(written):
        raise Invalid(field="pattern", problem=problem)
    row = session.scalar(select(Pattern).where(Pattern.brand_id == brand_id, Pattern.kind == kind))
    if row is None:
        row = Pattern(brand_id=brand_id, kind=kind)
        session.add(row)
    row.pattern, row.archived_at = written, None
    session.flush()
    return row


def open_budget(session: Session, *, brand_id: int, name: str, granted: int, rule: str = "") -> Budget:
    """Open a budget of so many fen, for batches that name it and, where a rule is named, for what that rule issues.

    Refuses with OutOfScope for whoever is not headquarters, Invalid without a name, for less than nothing, or for a
    name or a rule that has a budget already.
    """
    if not name.strip():
        raise Invalid(field="name", problem="a budget needs a name")
    if granted < 0:
        raise Invalid(field="granted", problem="a budget is not below nothing")
    same = Budget.name == name.strip()
    if rule.strip():
        same = or_(same, Budget.rule == rule.strip())
    if session.scalar(select(Budget.id).where(Budget.brand_id == brand_id, same).limit(1)) is not None:
        raise Invalid(field="name", problem="there is a budget of this name or for this rule already")
    row = Budget(brand_id=brand_id, name=name.strip(), rule=rule.strip() or None, granted=granted, used=0)
    session.add(row)
    session.flush()
    return row


def grant(session: Session, *, budget_id: int, granted: int) -> Budget:
    """Say anew how many fen a budget has in all.

    Refuses with NotFound, OutOfScope for whoever is not headquarters, Invalid for less than what was issued from it.
    """
    row = session.get(Budget, budget_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(what="budget", which=str(budget_id))
    if granted < row.used:
        raise Invalid(field="granted", problem="vouchers for more than this were issued from the budget already")
    row.granted = granted
    session.flush()
    return row
