"""What was done about points by hand while the invented shop traded: corrections, and points given in a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from addons.membership.models import Member
from addons.points import services
from addons.points.models import Account
from core import settings
from core.db.posting import Operation, Plain, post
from core.db.session import reading, work

_ASKS, _DECIDES = "marketing", "approver"
_GIVEN = 100
_Act = Callable[[datetime], None]


class _Correction(NamedTuple):
    """Points somebody asked for; `approved` is None while it waits for the second person."""

    before: int  # days before the last
    points: int
    code: str
    note: str
    approved: bool | None


_CORRECTIONS = (
    _Correction(70, 120, "missed", "小票補登", approved=True),
    _Correction(33, -80, "error", "重複登記一次", approved=True),
    _Correction(20, 2_000, "goodwill", "修改遲了兩週", approved=False),
    _Correction(2, 200, "goodwill", "送洗延誤", approved=None),
)


def happenings(_first: date, last: date, _brand: str) -> Iterator[tuple[date, _Act]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    acts: list[tuple[int, _Act]] = [(90, _share_in_families), (12, _give)]
    acts += [(one.before, _correct(one)) for one in _CORRECTIONS]
    for before, act in acts:
        yield last - timedelta(days=before), act


def _share_in_families(now: datetime) -> None:
    with work() as session:
        name, reason = "points.family_transfers", "會員希望家人共用"
        settings.change(session, name=name, to=True, by=_ASKS, reason=reason, now=now)


def _correct(one: _Correction) -> _Act:
    """Ask for a correction of whoever has the most points, and decide."""

    def ask(session: Session, now: datetime) -> Plain:
        member = session.scalars(select(Account.member_id).order_by(Account.balance.desc()).limit(1)).one()
        number = services.ask_adjustment(
            session, member_id=member, points=one.points, code=one.code, note=one.note, by=_ASKS, now=now
        )
        return {"adjustment": number}

    def act(now: datetime) -> None:
        asked, approved = Operation("points.ask_adjustment", f"demo:ask:{one.before}", {}), one.approved
        number = post(asked, lambda session: ask(session, now)).answer["adjustment"]
        if approved is not None:
            decided = Operation("points.decide_adjustment", f"demo:decide:{one.before}", {})
            post(decided, lambda session: _decided(session, number, approved, now))

    return act


def _decided(session: Session, number: int, approved: bool, now: datetime) -> Plain:
    done = services.decide_adjustment(session, adjustment_id=number, approve=approved, by=_DECIDES, now=now)
    return {"state": done.state}


def _give(now: datetime) -> None:
    """Let somebody give points to the family."""
    giver, taker = aliased(Member), aliased(Member)
    pairs = (
        select(giver.id, taker.id, giver.store_id)
        .join(taker, (taker.family_id == giver.family_id) & (taker.id != giver.id))
        .join(Account, (Account.member_id == giver.id) & (Account.balance >= _GIVEN))
    )
    with reading() as session:
        found = session.execute(pairs.order_by(giver.id, taker.id).limit(1)).first()
    if found is None:
        return
    one, other, store = found
    facts: Plain = {"from_id": one, "into_id": other, "points": _GIVEN, "store_id": store, "by": "manager"}
    post(
        Operation("points.transfer", "demo:transfer", facts),
        lambda session: services.transfer(session, **facts, now=now)._asdict(),
    )


HAPPENINGS = (happenings,)
