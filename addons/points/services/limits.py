"""What visits use of limited rules: per member lots are counted, per store and in all there are guarded counters."""

from __future__ import annotations

from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import RuleUse
from core.policy.counters import Counters, totals
from core.policy.limits import Limited, Used, UseKey, Where, decide_within, has_budget, key_of, points_missed, usage_of
from rules.decide import Program
from rules.event import Event
from rules.trace import Decision

COUNTERS = Counters(RuleUse.__table__)


def decide_counted(session: Session, program: Program, event: Event, where: Where) -> tuple[Decision, int]:
    """Decide an event of a member whose account is locked, and count what it uses of limited rules.

    Returns the decision, and the points that rules would have given beside it, had their budgets not been used up.
    """
    its = [rule for rule in program.book.rules if rule.event == event.kind and rule.enabled and rule.limits]
    limits = {rule.name: rule.limits for rule in its}
    limited = Limited(program, limits, where, queries.worth_on(session, where.day) if has_budget(limits) else 0)
    while True:  # whoever was faster used something up: each round fewer rules have room
        event.usage = usage_of(limits, where, _used(session, limited))
        decision, uses = decide_within(limited, event)
        wanted = totals(use for use in uses if use.key.per != "member")
        savepoint = session.begin_nested()
        if COUNTERS.count(session, wanted) is None:
            savepoint.commit()
            return decision, sum(points_missed(limited, event, decision).values())
        savepoint.rollback()


def _used(session: Session, limited: Limited) -> dict[UseKey, Used]:
    of_member: dict[UseKey, Used] = {}
    others: list[UseKey] = []
    for rule, its in limited.limits.items():
        for limit in its:
            key = key_of(rule, limit, limited.where)
            if key is not None and limit.per == "member":
                given = queries.times_given(session, rule, limit, member_id=key.subject_id, day=limited.where.day)
                of_member[key] = given, 0
            elif key is not None:
                others.append(key)
    return of_member | COUNTERS.read(session, others)
