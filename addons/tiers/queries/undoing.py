"""What a return undoes: looked at before it is confirmed, and the same once it is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.stores.queries import place
from addons.tiers import domain
from addons.tiers.domain import Climbed, Counted, Uncredit
from addons.tiers.models import CLIMBS, Credit, TierChange
from addons.tiers.queries import deciding
from addons.tiers.queries.credit import HalfYear, anchor, held, window
from addons.tiers.queries.standing import Locked, waiting_many
from core import settings
from core.policy.live import live_program
from core.policy.version import NoLiveBook
from rules.decide import Program

_C, _T, _M = Credit.__table__, TierChange.__table__, Member.__table__

#: Steps that give a tier for another reason than credit: a return leaves them alone.
_GIVEN = ("grant", "merge")


class Undoing(NamedTuple):
    """What becomes of a member whose credit came back: steps that are withdrawn, and others that are kept all the same.

    She stands at `before` now and at `after` afterwards; her price changes where `lowers` is set.
    """

    withdrawn: tuple[Climbed, ...]
    kept: tuple[Climbed, ...]
    before: str
    after: str
    lowers: bool
    base: str  # where the first of these steps began
    reached: HalfYear  # what counts today

    @property
    def rule(self) -> str:
        """The rule that would not have led up."""
        return (self.withdrawn or self.kept)[0].rule


class Shortfall(NamedTuple):
    """What a return undoes, for the cashier to see before confirming.

    The member falls from `tier_before` to `tier_after`, unless `kept` says that she keeps the tier all the same.
    `missing` (fen, or points where `metric` says so) is what is short of `tier_before`; None where no plain rule says.
    """

    member_id: int
    tier_before: str
    tier_after: str
    kept: bool
    converted: bool  # the tier holds already; otherwise it waits for its card
    metric: str
    reached: int
    missing: int | None


def keeps_on_return(session: Session) -> bool:
    """Tell whether a tier that holds is kept when its credit comes back, by the setting of headquarters."""
    return bool(settings.value(session, "tiers.on_return") == "keep")


def shortfall(
    session: Session,
    member_id: int,
    *,
    returns: Sequence[Uncredit],
    day: date,
    now: datetime,
    program: Program,
    keep: bool | None = None,
) -> Shortfall | None:
    """Return what these returns would undo, writing nothing; None where the tier stands. `keep` is by the setting."""
    member = member_now(session, member_id)
    kept = keeps_on_return(session) if keep is None else keep
    found = None if member is None else undoing(session, member, day, now, program, keep=kept, returns=returns)
    if found is None:
        return None
    step = next((s for s in domain.ladder(program.book, day) if s.tier == found.base), None)
    metric = "credit" if step is None else step.metric
    reached = found.reached.of(metric)
    return Shortfall(
        member_id,
        found.before,
        found.after if found.withdrawn else found.base,
        not found.withdrawn,
        any(each.converted for each in (*found.withdrawn, *found.kept)),
        metric,
        reached,
        None if step is None else max(0, step.threshold - reached),
    )


def member_now(session: Session, member_id: int) -> Locked | None:
    """Return a member as she is now, without locking her."""
    found = select(_M.c.id, _M.c.store_id, _M.c.brand_id, _M.c.tier, _M.c.status).where(_M.c.id == member_id)
    row = session.connection().execute(found).first()
    return None if row is None else Locked(*row)


def undoing(
    session: Session,
    member: Locked,
    day: date,
    now: datetime,
    program: Program,
    *,
    keep: bool,
    returns: Sequence[Uncredit] = (),
) -> Undoing | None:
    """Return which steps of a member no longer stand, by her credit and what `returns` would take of it.

    With `keep` a tier that holds is left to her (C05: nobody is lowered); what waits for its card is withdrawn anyway.
    """
    steps = _climbed(session, member.member_id)
    if not steps:
        return None
    entries = _counted(session, member.member_id, steps) + _hypothetical(session, returns, now)
    asked = window(session)
    ledger = domain.Ledger(asked, anchor(session, asked, member.member_id), entries, day, now)
    undone = ledger.undone(steps, _leads(session, now, program))
    if not undone:
        return None
    gone = tuple(step for step in undone if not (keep and step.converted))
    kept = tuple(step for step in undone if keep and step.converted)
    first = (gone or kept)[0]
    base, reached = first.tier_before, HalfYear(*ledger.today_counts(steps[: steps.index(first)]))
    return Undoing(gone, kept, *_moves(session, member, steps, gone), base, reached)


def _moves(
    session: Session, member: Locked, steps: Sequence[Climbed], gone: tuple[Climbed, ...]
) -> tuple[str, str, bool]:
    """Return where she stands before and after, and whether the tier that sets her price goes down."""
    before = waiting_many(session, [member.member_id]).get(member.member_id, member.tier)
    left = [step for step in steps if step not in gone and not step.converted]
    held = {step.tier_after for step in gone if step.converted}
    lowers = member.tier in held and _last_reason(session, member.member_id) not in _GIVEN
    after = left[-1].tier_after if left else gone[0].tier_before if lowers else member.tier
    return before, after, lowers


def _last_reason(session: Session, member_id: int) -> str | None:
    """Return why a member has the tier she has."""
    last = select(_T.c.reason).where(
        _T.c.member_id == member_id, _T.c.converted_at.is_not(None), _T.c.withdrawn_at.is_(None)
    )
    return session.connection().scalar(last.order_by(_T.c.id.desc()).limit(1))


_CLIMBED = (
    select(
        _T.c.id, _T.c.store_id, _T.c.tier_before, _T.c.tier_after, _T.c.rule, _T.c.day, _T.c.decided_at,
        _T.c.converted_at,
    )
    .where(_T.c.reason.in_(CLIMBS), _T.c.withdrawn_at.is_(None))
    .order_by(_T.c.id)
)  # fmt: skip


def _climbed(session: Session, member_id: int) -> list[Climbed]:
    rows = session.connection().execute(_CLIMBED.where(_T.c.member_id == member_id))
    return [Climbed(*row[:-1], converted=row.converted_at is not None) for row in rows]


def _counted(session: Session, member_id: int, steps: Sequence[Climbed]) -> list[Counted]:
    """Return the credit of a member that any of these steps may have counted, and all that came later."""
    asked = window(session)
    begins = anchor(session, asked, member_id)
    first = min(asked.opens(step.day, begins) for step in steps)
    found = select(_C.c.day, _C.c.sold_at, _C.c.amount, _C.c.points, _C.c.at)
    rows = session.connection().execute(found.where(_C.c.member_id == member_id, _C.c.day >= first))
    return [Counted(*row) for row in rows]


def _hypothetical(session: Session, returns: Sequence[Uncredit], now: datetime) -> list[Counted]:
    """Return the entries that returns would write."""
    if not returns:
        return []
    credits_ = held(session, [each.receipt_id for each in returns])
    found: list[Counted] = []
    for each in returns:
        credit = credits_.get(each.receipt_id)
        if credit is not None:
            amount, points = credit.taking(each.amount, each.points)
            credits_[each.receipt_id] = credit.less(amount, points)
            found.append(Counted(credit.day, credit.sold_at, -amount, -points, now))
    return found


def _leads(session: Session, now: datetime, program: Program) -> domain.Leads:
    """Return whether the rules that were live at a moment lead up; `program` decides today."""

    def leads(step: Climbed, credit: int, points: int, at: datetime, taken: int) -> bool:
        decides = program if at == now else _program_at(session, step.store_id, at, program)
        reached = {"credit": credit, "points": points}
        decide = deciding.ByEngine(session, decides, at)
        return decide(step.store_id, step.tier_before, reached, taken) is not None

    return leads


def _program_at(session: Session, store_id: int, at: datetime, today: Program) -> Program:
    try:
        return live_program(session, place(session, store_id).brand_code, at).program
    except NoLiveBook:
        return today
