"""What sales use of limited rules is counted so that a limit holds, whoever else sells at the same moment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from addons.sales.domain.prepared import Numbered, Prepared
from addons.sales.domain.refusals import LimitReached
from addons.sales.models import RuleUse
from core.policy.counters import Counters, totals
from core.policy.limits import Use, Used, UseKey, decide_within, keys_of, usage_of

COUNTERS = Counters(RuleUse.__table__)
_ROUNDS = 5  # as often others may be faster, one after the other, before a till is asked to try again


def count_uses(session: Session, numbered: Sequence[Numbered]) -> None:
    """Count what sales use of limited rules; what was sold before anybody was asked is counted beyond the limit.

    What is limited per member counts for who holds the receipt: a return frees it for the same one. Where another till
    was faster, a rule that gives points alone gives none and the sale goes on; for any other refuses with LimitReached.
    """
    rounds = 0
    while (missing := _count(session, numbered)) is not None:
        rounds += 1
        if rounds > _ROUNDS or not all(_gives_points_alone(n.sale, missing.rule) for n in numbered):
            raise LimitReached(rule=missing.rule)
        _decide_again(session, [n.sale for n in numbered], missing.rule)


def _count(session: Session, numbered: Sequence[Numbered]) -> UseKey | None:
    """Count all uses, or none where a counter has no room left; return that one."""
    wanted = totals(_held(n, use) for n in numbered for use in n.sale.uses)
    if not any(_gives_points_alone(n.sale, use.key.rule) for n in numbered for use in n.sale.uses):
        return COUNTERS.count(session, wanted)  # what is refused leaves nothing anyhow
    savepoint = session.begin_nested()
    missing = COUNTERS.count(session, wanted)
    if missing is None:
        savepoint.commit()
    else:
        savepoint.rollback()
    return missing


def _held(n: Numbered, use: Use) -> Use:
    held = use.held_by(n.member_id)
    return held._replace(most_count=None, most_cost=None) if n.sale.request.is_done else held


def _gives_points_alone(sale: Prepared, name: str) -> bool:
    program = sale.limited.program
    its = (then.effect for rule in program.book.rules if rule.name == name for then in rule.then)
    return all(effect.startswith("points.") or not program.vocabulary.effects[effect].of_value for effect in its)


def _decide_again(session: Session, sales: Sequence[Prepared], rule: str) -> None:
    """Decide with what is used up by now; refuses with LimitReached where somebody would pay another price."""
    used = COUNTERS.read(session, [key for sale in sales for key in keys_of(sale.limited.limits, sale.limited.where)])
    for sale in sales:
        told = sale.decision
        decide(sale, used)
        if (sale.decision.lines, sale.decision.vouchers_used) != (told.lines, told.vouchers_used):
            raise LimitReached(rule=rule)


def decide(sale: Prepared, used: dict[UseKey, Used]) -> None:
    """Decide a basket by what is used up, and count what it uses, for the baskets after it in the batch."""
    limited, terms = sale.limited, sale.request.terms
    if limited.limits and (terms is None or terms.uses_count):
        sale.event.usage = usage_of(limited.limits, limited.where, used)
    sale.decision, sale.uses = decide_within(limited, sale.event)
    for use in (use for use in sale.uses if not use.of_newcomer):  # each newcomer is another person
        count, cost = used.get(use.key, (0, 0))
        used[use.key] = (count + 1, cost + use.cost)
