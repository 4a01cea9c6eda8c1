"""The counters of limited rules: guarded, so that a limit holds whoever else is served at the same moment.

The table is an addon's, of a class that is `UseColumns` too: they name whom counters are for, and when (UseKey).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import CheckConstraint, String, Table, and_, bindparam, case, null, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db.listed import any_of
from core.db.statement import Statement, upsert
from core.db.types import Amount, Key
from core.policy.limits import Use, Used, UseKey

_NO_BOUND = 10**17


class UseColumns:
    """Mixin of the mapped classes whose rows are counters of limited rules.

    `granted` is the budget that was counted against last; None where there was none, or more was used than it allows.
    """

    brand_id: Mapped[int]  # a key of the addon that knows brands
    rule: Mapped[str] = mapped_column(String(120), primary_key=True)
    per: Mapped[str] = mapped_column(String(8), primary_key=True)
    subject_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)  # 0: in all
    period: Mapped[str] = mapped_column(String(10), primary_key=True)  # 2026-05-01, 2026-05, 2026 or "ever"
    count: Mapped[int] = mapped_column(Amount)
    cost: Mapped[int] = mapped_column(Amount)  # fen
    granted: Mapped[int | None] = mapped_column(Amount)  # fen

    def __str__(self) -> str:
        """Return the rule."""
        return self.rule or ""


def use_checks(*per: str) -> tuple[CheckConstraint, ...]:
    """Return what holds for counters of one table, which are for these: a member, a store, or all."""
    return (
        CheckConstraint(f"per IN ({','.join(map(repr, per))})", name="per"),
        CheckConstraint("count >= 0 AND cost >= 0", name="not_below_nothing"),
        CheckConstraint("cost <= granted", name="floor"),
    )


class Total(NamedTuple):
    """What several uses of one counter come to; None: no bound."""

    key: UseKey
    firings: int
    cost: int
    most_count: int | None
    most_cost: int | None


def totals(uses: Iterable[Use]) -> list[Total]:
    """Return the sums by counter, sorted: two tills must not wait for each other."""
    found: dict[UseKey, Total] = {}
    for use in uses:
        firings, cost = (found[use.key].firings, found[use.key].cost) if use.key in found else (0, 0)
        found[use.key] = Total(use.key, firings + 1, cost + use.cost, use.most_count, use.most_cost)
    return [total for _, total in sorted(found.items())]


class Counters:
    """The counters that stand in one table."""

    def __init__(self, table: Table) -> None:
        """Prepare the statements."""
        c = table.c
        its = and_(*(c[name] == bindparam(f"b_{name}") for name in UseKey._fields))
        counted, spent = c.count + bindparam("b_count"), c.cost + bindparam("b_cost")
        self._open = upsert(table, lambda new: new.on_conflict_do_nothing(index_elements=list(UseKey._fields)))
        # The guard: of two that both saw room, one finds the counter too high and takes nothing.
        room = and_(counted <= bindparam("b_most_count"), spent <= bindparam("b_most_cost"))
        self._count = Statement(
            update(table).where(its, room).values(count=counted, cost=spent, granted=bindparam("b_granted"))
        )
        # What a return makes a rule cost more, nobody granted.
        left = c.cost - bindparam("b_cost")
        granted = case((left > c.granted, null()), else_=c.granted)
        self._release = Statement(
            update(table).where(its).values(count=c.count - bindparam("b_count"), cost=left, granted=granted)
        )
        self._read = Statement(
            select(c.rule, c.per, c.subject_id, c.period, c.count, c.cost).where(
                c.brand_id == bindparam("b_brand"),
                any_of(c.rule, "b_rules"),
                any_of(c.subject_id, "b_subjects"),
                any_of(c.period, "b_periods"),
            )
        )

    def read(self, session: Session, keys: Iterable[UseKey]) -> dict[UseKey, Used]:
        """Return what was used up, by counter; one query a brand."""
        by_brand: dict[int, list[UseKey]] = {}
        for key in keys:
            by_brand.setdefault(key.brand_id, []).append(key)
        found: dict[UseKey, Used] = {}
        for brand_id, its in by_brand.items():
            rows = self._read.all(
                session,
                b_brand=brand_id,
                b_rules=sorted({key.rule for key in its}),
                b_subjects=sorted({key.subject_id for key in its}),
                b_periods=sorted({key.period for key in its}),
            )
            for rule, per, subject, period, count, cost in rows:
                found[UseKey(brand_id, rule, per, subject, period)] = (count, cost)
        return found

    def count(self, session: Session, wanted: Sequence[Total]) -> UseKey | None:
        """Count uses; return the first counter that has no room left, with those before it counted already."""
        for key, firings, cost, most_count, most_cost in wanted:
            self._open.run(session, **key._asdict(), count=0, cost=0, granted=None)
            bounds = {
                "b_most_count": _NO_BOUND if most_count is None else most_count,
                "b_most_cost": _NO_BOUND if most_cost is None else most_cost,
            }
            counted = {"b_count": firings, "b_cost": cost, "b_granted": most_cost}
            if self._count.run(session, **_bound(key), **bounds, **counted) != 1:
                return key
        return None

    def release(self, session: Session, freed: Iterable[tuple[UseKey, int, int]]) -> None:
        """Give back firings and fen, by counter."""
        for key, count, cost in sorted(freed):
            if count < 0 or cost < 0:  # what is kept alone is given what nobody was given before
                self._open.run(session, **key._asdict(), count=0, cost=0, granted=None)
            self._release.run(session, **_bound(key), b_count=count, b_cost=cost)


def _bound(key: UseKey) -> Mapping[str, int | str]:
    return {f"b_{name}": value for name, value in key._asdict().items()}
