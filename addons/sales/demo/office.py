"""What head office did besides while the invented shop traded: settings changed with a reason, tiers granted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.sales.demo.span import Span
from addons.tiers.models import Grant, TierChange
from addons.tiers.services import decide_grant, request_grant
from core import settings
from core.addons import registry
from core.db.posting import Operation, post
from core.db.session import reading, work
from core.periods import local_day, moment, months_after

_ASKS, _DECIDES = "marketing", "approver"
_Act = Callable[[datetime], None]
#: Days before the last, setting, value, reason.
_SETTINGS: tuple[tuple[int, str, int, str], ...] = (
    (330, "tiers.near_upgrade_within", 80_000, "名單太短，導購無人可聯絡"),
    (200, "points.return_period_days", 7, "門市退貨期改為七天"),
    (12, "catalog.early_markdown_days", 45, "新品保護延長至一個半月"),
)


class _Wish(NamedTuple):
    """A tier somebody at head office asked for; `approved` is None while it waits for the second person."""

    before: int  # days before the last
    holds: str
    tier: str
    reason: str
    approved: bool | None


_GRANTS = (
    _Wish(260, "ordinary", "gold", "媒體合作", approved=True),
    _Wish(95, "gold", "diamond", "年度貴賓代言", approved=True),
    _Wish(40, "ordinary", "gold", "親友介紹", approved=False),
    _Wish(3, "gold", "diamond", "时装周受邀嘉宾", approved=None),
)


def diary(span: Span, brand: str) -> dict[date, list[_Act]]:
    """Return what happened in the offices by day, as all addons tell it (HAPPENINGS of their `demo`)."""
    found: dict[date, list[_Act]] = {}
    for tell in registry.loaded().items("demo", "HAPPENINGS"):
        for day, act in tell(span.first, span.last, brand):
            found.setdefault(day, []).append(act)
    return found


def at_nine(day: date) -> datetime:
    """Return when the offices open, before any store."""
    return moment(day, time(9))


def happenings(_first: date, last: date, _brand: str) -> Iterator[tuple[date, _Act]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    for before, name, value, reason in _SETTINGS:
        yield last - timedelta(days=before), _changed(name, value, reason)
    for wish in _GRANTS:
        yield last - timedelta(days=wish.before), _granted(wish)


def _changed(name: str, value: int, reason: str) -> _Act:
    def act(now: datetime) -> None:
        with work() as session:
            settings.change(session, name=name, to=value, by=_ASKS, reason=reason, now=now)

    return act


def _granted(wish: _Wish) -> _Act:
    def act(now: datetime) -> None:
        member = _candidate(wish.holds)
        if member is not None:
            operation = Operation("tiers.grant", f"demo:{now.isoformat()}", {"member": member, "tier": wish.tier})
            post(operation, lambda session: _grant(session, member, wish, now))

    return act


def _candidate(holds: str) -> int | None:
    """Return a member of a tier who waits for no other and was not asked for before."""
    waits = exists().where(TierChange.member_id == Member.id, TierChange.converted_at.is_(None))
    asked = exists().where(Grant.member_id == Member.id)
    wanted = select(Member.id).where(Member.tier == holds, ~waits, ~asked).order_by(Member.id).limit(1)
    with reading() as session:
        return session.scalar(wanted)


def _grant(session: Session, member: int, wish: _Wish, now: datetime) -> dict[str, int]:
    ends_on = months_after(local_day(now), 12)
    grant = request_grant(
        session, member_id=member, tier=wish.tier, reason=wish.reason, ends_on=ends_on, by=_ASKS, now=now
    )
    if wish.approved is not None:
        decide_grant(session, grant_id=grant, approve=wish.approved, by=_DECIDES, now=now)
    return {"grant": grant}
