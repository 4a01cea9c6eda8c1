"""What counts for members, and what a receipt still counts.

Credit counts wherever a member bought, so the statements over bare tables here read brand-wide; who may see the
members themselves is limited by the mapped class Member.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from addons.membership.models import Card, Member
from addons.tiers import domain
from addons.tiers.models import CLIMBS, Credit, TierChange
from addons.tiers.queries.days import local_day, opens_for
from core import settings
from core.db.listed import any_of
from core.db.scope import brand_wide
from core.db.statement import Statement

_C, _T, _M, _K = Credit.__table__, TierChange.__table__, Member.__table__, Card.__table__

#: Which members a statement is about: given their column, the condition; None for all of them.
Which = Callable[[ColumnElement[Any]], ColumnElement[bool]] | None


class HalfYear(NamedTuple):
    """What counts towards the next tier: money in fen, and points where HQ climbs by points (C01)."""

    credit: int
    points: int

    def of(self, metric: str) -> int:
        """Return one of the two by its name."""
        return self.points if metric == "points" else self.credit


class Creditable(NamedTuple):
    """What a receipt still counts: fen and points."""

    amount: int
    points: int


class Held(NamedTuple):
    """The credit of one receipt: who holds it now (after a merge not who bought), and what the sale gave."""

    receipt_id: int
    member_id: int
    number: int
    day: date
    sold_at: datetime
    amount: int
    points: int
    amount_left: int
    points_left: int

    def taking(self, amount: int, points: int) -> tuple[int, int]:
        """Return how much of this may be taken: the receipt counts between nothing and what the sale gave."""
        return (
            max(min(amount, self.amount_left), self.amount_left - self.amount),
            max(min(points, self.points_left), self.points_left - self.points),
        )

    def less(self, amount: int, points: int) -> Held:
        """Return the credit after so much was taken by one more entry."""
        return self._replace(
            number=self.number + 1, amount_left=self.amount_left - amount, points_left=self.points_left - points
        )


class Reached(NamedTuple):
    """What counts for one member, and the last day on which all of it does."""

    credit: int
    points: int
    last_day: date | None


NOTHING = HalfYear(0, 0)
NOT_CREDITED = Creditable(0, 0)


def window(session: Session) -> domain.Window:
    """Return which days count, by the settings of C03 and C04."""
    names = ("tiers.window", "tiers.window_months", "tiers.window_reset_on_upgrade")
    return domain.Window(*(settings.value(session, name) for name in names))


def bounds(asked: domain.Window, day: date) -> dict[str, date]:
    """Return the values that a statement of `counting` is executed with."""
    return {"b_day": day} if asked.kind == "card_issue" else {"b_day": day, "b_opens": asked.opens(day)}


def counting(asked: domain.Window, which: Which, *more: ColumnElement[Any]) -> Select[Any]:
    """Return the statement of what counts for members: id, `credit`, `points` and `more`; `bounds` has its values."""
    sums = func.sum(_C.c.amount).label("credit"), func.sum(_C.c.points).label("points")
    found = select(_C.c.member_id, *sums, *more).where(_C.c.day <= bindparam("b_day"))
    found = found if which is None else found.where(which(_C.c.member_id))
    if asked.kind == "card_issue":
        opened = _members(which, opens_for(first_day_of_first_card(), "b_day", asked.months).label("opens")).subquery()
        found = found.join(opened, opened.c.id == _C.c.member_id).where(_C.c.day >= opened.c.opens)
    else:
        found = found.where(_C.c.day >= bindparam("b_opens"))
    if asked.resets:
        climbed = _climbed(which).subquery()
        found = found.outerjoin(climbed, climbed.c.member_id == _C.c.member_id)
        found = found.where(or_(climbed.c.since.is_(None), _C.c.sold_at > climbed.c.since))
    return found.group_by(_C.c.member_id)


_FIRST_CARD = select(func.min(_K.c.issued_at)).where(_K.c.member_id == _M.c.id).scalar_subquery()
_ISSUED = func.coalesce(_FIRST_CARD, _M.c.activated_at, _M.c.joined_at)


def first_day_of_first_card() -> ColumnElement[date]:
    """The day a member got the first card, as a column beside the member's; without one, that of joining."""
    return local_day(_ISSUED)


def _members(which: Which, *columns: ColumnElement[Any]) -> Select[Any]:
    found = select(_M.c.id, *columns)
    return found if which is None else found.where(which(_M.c.id))


def _climbed(which: Which) -> Select[Any]:
    """When members last climbed by credit: from then on they count from zero, where headquarters wants that (C04)."""
    since = select(_T.c.member_id, func.max(_T.c.decided_at).label("since"))
    since = since.where(_T.c.reason.in_(CLIMBS), _T.c.withdrawn_at.is_(None))
    return (since if which is None else since.where(which(_T.c.member_id))).group_by(_T.c.member_id)


@lru_cache(maxsize=64)
def _of_many(asked: domain.Window) -> Statement:
    return Statement(counting(asked, lambda member: any_of(member, "b_members")))


@lru_cache(maxsize=64)
def _of_one(asked: domain.Window) -> Statement:
    return Statement(counting(asked, lambda member: member == bindparam("b_member")))


def _asking(asked: domain.Window, member_ids: Sequence[int], day: date) -> tuple[Statement, dict[str, Any]]:
    """Return the statement and its values; one member has one of her own, as every checkout asks for one.

    PostgreSQL plans a list as if it held ten, and then rather reads all purchases of these days.
    """
    if len(member_ids) == 1:
        return _of_one(asked), {"b_member": member_ids[0], **bounds(asked, day)}
    return _of_many(asked), {"b_members": member_ids, **bounds(asked, day)}


def credit_many_ahead(session: Session, member_ids: Sequence[int], day: date) -> None:
    """Let the database begin with what `credit_many` asks."""
    statement, values = _asking(window(session), member_ids, day)
    statement.look_ahead(session, **values)


def credit_many(session: Session, member_ids: Sequence[int], day: date) -> dict[int, HalfYear]:
    """Return what counts for each member on a day; members without purchases have nothing."""
    statement, values = _asking(window(session), member_ids, day)
    rows = statement.all(session, **values)
    found = {member_id: HalfYear(int(credit), int(points)) for member_id, credit, points in rows}
    return {member_id: found.get(member_id, NOTHING) for member_id in member_ids}


def credit_half_year(session: Session, member_id: int, day: date) -> int:
    """Return the money in fen that counts for one member on a day."""
    return credit_many(session, [member_id], day)[member_id].credit


@brand_wide("what was bought in any store counts")
def reached(session: Session, member_id: int, day: date) -> Reached:
    """Return what counts for one member on a day, and until when."""
    asked = window(session)
    found = counting(asked, lambda member: member == bindparam("b_member"), func.min(_C.c.day))
    row = session.connection().execute(found, {"b_member": member_id, **bounds(asked, day)}).first()
    if row is None:
        return Reached(0, 0, None)
    _, credit, points, oldest = row
    return Reached(int(credit), int(points), asked.counts_until(oldest, anchor(session, asked, member_id)))


def opens(session: Session, member_id: int, day: date) -> date:
    """Return the first day that counts for a member on a day."""
    asked = window(session)
    return asked.opens(day, anchor(session, asked, member_id))


def anchor(session: Session, asked: domain.Window, member_id: int) -> date | None:
    """Return the day of a member's first card, where the window begins with it; else None, without a query."""
    if asked.kind != "card_issue":
        return None
    return anchors(session, [member_id]).get(member_id)


def anchors(session: Session, member_ids: Sequence[int]) -> dict[int, date]:
    """Return the day of the first card of members; of one without a card the day she joined."""
    found = _members(lambda member: member.in_(member_ids), first_day_of_first_card())
    return dict(session.connection().execute(found).all())


_HELD = select(
    _C.c.receipt_id, _C.c.member_id, _C.c.number, _C.c.day, _C.c.sold_at,
    _C.c.amount, _C.c.points, _C.c.amount_left, _C.c.points_left,
).order_by(_C.c.receipt_id, _C.c.number)  # fmt: skip


def held(session: Session, receipt_ids: Sequence[int]) -> dict[int, Held]:
    """Return the credit of receipts; those that never gave any are left out."""
    found: dict[int, Held] = {}
    for row in session.connection().execute(_HELD.where(_C.c.receipt_id.in_(receipt_ids))):
        first = found.get(row.receipt_id)
        held_now = Held(*row)
        found[row.receipt_id] = (
            held_now if first is None else held_now._replace(amount=first.amount, points=first.points)
        )
    return found


def creditable(session: Session, receipt_id: int) -> Creditable:
    """Return what a receipt still counts: no more than that can be taken back."""
    credit = held(session, [receipt_id]).get(receipt_id)
    return NOT_CREDITED if credit is None else Creditable(credit.amount_left, credit.points_left)
