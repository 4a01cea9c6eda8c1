"""Who is to be reviewed: everybody who bought, or only members with something new since the last review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, String, and_, bindparam, cast, exists, func, or_, select, true, union
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import domain
from addons.tiers.models import Credit, Review, ReviewPart, TierChange
from addons.tiers.queries.credit import bounds, counting, first_day_of_first_card, window
from addons.tiers.queries.days import opens_for
from addons.tiers.queries.standing import WAITS
from core.db.listed import any_of
from core.db.statement import Statement

_C, _T, _M, _R, _P = (m.__table__ for m in (Credit, TierChange, Member, Review, ReviewPart))

#: Moments of activation are those of the sale; one that was told late is found for so long.
TOLD_LATE = timedelta(days=2)
#: One in so many has changed: everybody is read.
MANY = 4


class Marks(NamedTuple):
    """The last entries there are of credit and steps."""

    credit: int
    change: int


class Under(NamedTuple):
    """A transaction's own number and that of the oldest one under way; 0 where one writer follows another."""

    own: int
    oldest: int


class Since(NamedTuple):
    """What is new to a review: entries after these, and days since `day`."""

    credit: int
    change: int
    day: date
    began_at: datetime


class Span(NamedTuple):
    """A part of a review: the first and last id of its members."""

    part_id: int
    first: int
    last: int


class Planned(NamedTuple):
    """The parts of a review that begins, as first and last ids, and how many members it is about."""

    spans: list[tuple[int, int]]
    members: int


def marks(session: Session) -> Marks:
    """Return the last entries there are; read before the review's own transaction begins (see `since`)."""
    last = (func.coalesce(select(func.max(table.c.id)).scalar_subquery(), 0) for table in (_C, _T))
    row = session.connection().execute(select(*last)).one()
    return Marks(row[0], row[1])


def under_way(session: Session) -> Under:
    """Return this transaction's number and that of the oldest one under way; within one that has written already."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return Under(0, 0)
    numbers = (func.pg_current_xact_id(), func.pg_snapshot_xmin(func.pg_current_snapshot()))
    row = connection.execute(select(*(cast(cast(each, String), BigInteger) for each in numbers))).one()
    return Under(row[0], row[1])


def since(session: Session, brand_id: int, asked: str) -> Since | None:
    """Return what is new since the last review of a brand; None if everybody is to be reviewed.

    Whatever that review did not see was written by transactions that were under way or not begun: none older than
    its `oldest`. So it lies after the marks of the newest review that had begun when the oldest of them began.
    """
    done = (
        select(_R).where(_R.c.brand_id == brand_id, _R.c.state == "done").order_by(_R.c.began_at.desc(), _R.c.id.desc())
    )
    last = session.connection().execute(done.limit(1)).first()
    if last is None or last.asked != asked:
        return None
    before = session.connection().execute(done.where(_R.c.began_as <= last.oldest).limit(1)).first()
    return None if before is None else Since(before.credit_to, before.change_to, last.day, last.began_at)


def changed_members(asked: domain.Window, new: Since, day: date) -> Any:
    """Return the statement of the members about whom something is new: credit, steps, the window, a card."""
    opened, began = (asked.opens(each) for each in (new.day, day))
    found = [
        select(_C.c.member_id).where(_C.c.id > new.credit),
        select(_T.c.member_id).where(_T.c.id > new.change),
        select(_C.c.member_id).where(_C.c.day > new.day, _C.c.day <= day),
        select(_M.c.id).where(_M.c.activated_at >= new.began_at - TOLD_LATE),
    ]
    if asked.kind == "card_issue":
        opens = opens_for(first_day_of_first_card(), day, asked.months)
        found.append(select(_M.c.id).where(opens > new.day, opens <= day))
    else:
        found.append(select(_C.c.member_id).where(_C.c.day >= opened, _C.c.day < began))
    return union(*found)


def plan_of_changed(session: Session, brand_id: int, new: Since, day: date, size: int) -> Planned | None:
    """Return the parts of a review of what changed, so many members each.

    None where that is a good part of everybody: to read it all is quicker then.
    """
    changed = changed_members(window(session), new, day).subquery()
    found = select(_M.c.id).join(changed, changed.c.member_id == _M.c.id).where(_M.c.brand_id == brand_id)
    ids = list(session.connection().scalars(found.order_by(_M.c.id)))
    if len(ids) * MANY > _everybody(session, brand_id)[2] > size:
        return None
    return Planned([(part[0], part[-1]) for part in chunks(ids, size)], len(ids))


def plan_of_all(session: Session, brand_id: int, size: int) -> Planned:
    """Return the parts of a review of everybody, so many ids each."""
    first, last, members = _everybody(session, brand_id)
    return Planned([(start, min(start + size - 1, last)) for start in range(first, last + 1, size)], members)


def _everybody(session: Session, brand_id: int) -> tuple[int, int, int]:
    """Return the first and the last id of a brand's members, and how many there are."""
    ends = select(func.coalesce(func.min(_M.c.id), 1), func.coalesce(func.max(_M.c.id), 0), func.count())
    row = session.connection().execute(ends.where(_M.c.brand_id == brand_id)).one()
    return row[0], row[1], row[2]


def may_climb(session: Session, review: Any, span: Span, possible: Sequence[domain.Possible]) -> list[int]:
    """Return the members of a part who may climb by the rules, in their order: one statement, an index read once."""
    asked, day = window(session), review.day
    of_part = _of_part(review, span, asked)
    reached = counting(asked, of_part).having(or_(*(_enough(each) for each in possible))).subquery()
    waits = select(_T.c.member_id, func.max(_T.c.id).label("id")).where(
        WAITS, _T.c.member_id.between(span.first, span.last)
    )
    last = waits.group_by(_T.c.member_id).subquery()
    step = _T.alias()
    standing = func.coalesce(step.c.tier_after, _M.c.tier)
    by_this = exists().where(_T.c.member_id == _M.c.id, _T.c.review_id == review.id)
    found = (
        select(_M.c.id)
        .join(reached, reached.c.member_id == _M.c.id)
        .outerjoin(last, last.c.member_id == _M.c.id)
        .outerjoin(step, step.c.id == last.c.id)
        .where(_M.c.brand_id == review.brand_id, _M.c.status == "active", _M.c.tier != "", ~by_this)
        .where(or_(*(_fits(each, standing, reached.c) for each in possible)))
        .order_by(_M.c.id)
    )
    return list(session.connection().scalars(found, bounds(asked, day)))


def _of_part(review: Any, span: Span, asked: domain.Window) -> Any:
    changed = None
    if not review.whole:
        new = Since(review.credit_from, review.change_from, review.since, review.since_at)
        changed = changed_members(asked, new, review.day)

    def of_part(member: ColumnElement[Any]) -> ColumnElement[bool]:
        within = member.between(span.first, span.last)
        return within if changed is None else and_(within, member.in_(changed))

    return of_part


def _enough(each: domain.Possible) -> ColumnElement[bool]:
    sums = {"credit": func.sum(_C.c.amount), "points": func.sum(_C.c.points)}
    return and_(true(), *(sums[metric] >= floor for metric, floor in each.floors.items()))


def _fits(each: domain.Possible, standing: Any, reached: Any) -> ColumnElement[bool]:
    fits = [reached[metric] >= floor for metric, floor in each.floors.items()]
    return and_(true(), *fits, *([standing.in_(each.tiers)] if each.tiers else []))


_CLIMBED_IN = Statement(
    select(_T.c.member_id).where(_T.c.review_id == bindparam("b_review"), any_of(_T.c.member_id, "b_members"))
)


def climbed_in(session: Session, review_id: int, member_ids: Sequence[int]) -> set[int]:
    """Return which of these members this review has raised already."""
    return set(_CLIMBED_IN.scalars(session, b_review=review_id, b_members=member_ids))


def open_parts(session: Session, review_id: int) -> list[Span]:
    """Return the parts of a review that are still to be done."""
    found = select(_P.c.id, _P.c.first, _P.c.last).where(_P.c.review_id == review_id, _P.c.done_at.is_(None))
    return [Span(*row) for row in session.connection().execute(found.order_by(_P.c.id))]


def review_of(session: Session, brand_id: int, day: date) -> Any | None:
    """Return the review of a brand on a day, if it has begun."""
    return session.connection().execute(select(_R).where(_R.c.brand_id == brand_id, _R.c.day == day)).first()


def review_with(session: Session, part_id: int) -> Any:
    """Return the review of a part, with the part: `part_id`, `first`, `last` and `done_at`."""
    columns = _P.c.id.label("part_id"), _P.c.first, _P.c.last, _P.c.done_at
    found = select(_R, *columns).join(_P, _P.c.review_id == _R.c.id).where(_P.c.id == part_id)
    return session.connection().execute(found).one()


def chunks(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield so many at once."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
