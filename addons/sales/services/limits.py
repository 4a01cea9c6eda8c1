"""The counters of limited rules: guarded, so that a limit holds whoever else sells at the same moment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.sales.domain.limits import Use, UseKey
from addons.sales.domain.prepared import Numbered
from addons.sales.domain.refusals import LimitReached
from addons.sales.models import RuleUse
from core.db.statement import Statement, upsert

_U = RuleUse.__table__
_COUNTER = ("brand_id", "rule", "per", "subject_id", "period")
_OPEN = upsert(_U, lambda new: new.on_conflict_do_nothing(index_elements=_COUNTER))
# The guard: of two tills that both saw room, one finds the counter too high and is refused.
_COUNT_USE = Statement(
    update(_U)
    .where(
        _U.c.brand_id == bindparam("b_brand_id"),
        _U.c.rule == bindparam("b_rule"),
        _U.c.per == bindparam("b_per"),
        _U.c.subject_id == bindparam("b_subject_id"),
        _U.c.period == bindparam("b_period"),
        _U.c.count + bindparam("b_count") <= bindparam("b_most_count"),
        _U.c.cost + bindparam("b_cost") <= bindparam("b_most_cost"),
    )
    .values(count=_U.c.count + bindparam("b_count"), cost=_U.c.cost + bindparam("b_cost"))
)
_NO_BOUND = 10**17


def count_uses(session: Session, numbered: Sequence[Numbered]) -> None:
    """Count what sales use of limited rules; what was sold before anybody was asked is counted beyond the limit.

    What is limited per member counts for who holds the receipt: a return frees it for the same one. Refuses with
    LimitReached where another till was faster.
    """
    totals: dict[UseKey, tuple[int, int, Use]] = {}
    for use in (_held(n, use) for n in numbered for use in n.sale.uses):
        count, cost, _ = totals.get(use.key, (0, 0, use))
        totals[use.key] = (count + 1, cost + use.cost, use)
    for key, (count, cost, use) in sorted(totals.items()):  # sorted: two tills must not wait for each other
        _OPEN.run(session, **key._asdict(), count=0, cost=0)
        bounds = {
            "b_most_count": _NO_BOUND if use.most_count is None else use.most_count,
            "b_most_cost": _NO_BOUND if use.most_cost is None else use.most_cost,
        }
        named = {f"b_{name}": value for name, value in key._asdict().items()}
        if _COUNT_USE.run(session, **named, **bounds, b_count=count, b_cost=cost) != 1:
            raise LimitReached(rule=key.rule)


def _held(n: Numbered, use: Use) -> Use:
    held = use.held_by(n.member_id)
    return held._replace(most_count=None, most_cost=None) if n.sale.request.is_done else held
