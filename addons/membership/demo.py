"""What members told the stores while the invented shop traded: who belongs together, what they agree to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from addons.membership import services
from addons.membership.models import Consent, Member
from core.db.session import work

_BY = "manager"
_WORDING = "2026-01"
_FAMILIES, _ANSWERS = 5, 8
_Act = Callable[[datetime], None]


def happenings(_first: date, last: date, _brand: str) -> Iterator[tuple[date, _Act]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    acts: tuple[tuple[int, _Act], ...] = (
        (100, _families),
        (75, _asked("messages")),
        (40, _asked("profiling")),
        (6, _no_messages_any_more),
        (1, _birthday_was_wrong),
    )
    for before, act in acts:
        yield last - timedelta(days=before), act


def _members(now: datetime) -> Select[Member]:
    return select(Member).where(Member.status == "active", Member.joined_at <= now)


def _families(now: datetime) -> None:
    """In a few stores two of one surname are a family."""
    with work() as session:
        named: dict[tuple[int, str], list[int]] = {}
        for member in session.scalars(_members(now).order_by(Member.id)).all():
            named.setdefault((member.store_id, member.name[0]), []).append(member.id)
        several = {store: (name, ids[:2]) for (store, name), ids in named.items() if len(ids) > 1}
        for store, (name, ids) in islice(several.items(), _FAMILIES):
            services.set_family(session, store_id=store, name=f"{name}家", member_ids=ids, by=_BY, now=now)


def _asked(purpose: str) -> _Act:
    """Let a few members answer; every fourth says no."""

    def act(now: datetime) -> None:
        with work() as session:
            for place, member in enumerate(session.scalars(_members(now).order_by(Member.id).limit(_ANSWERS)).all()):
                _answer(session, member.id, purpose, place % 4 != 3, now)

    return act


def _no_messages_any_more(now: datetime) -> None:
    """Let one who said yes think again."""
    said_yes = select(Consent.member_id).where(Consent.purpose == "messages", Consent.given).order_by(Consent.id)
    with work() as session:
        member = session.scalar(said_yes.limit(1))
        if member is not None:
            _answer(session, member, "messages", False, now)


def _answer(session: Session, member: int, purpose: str, given: bool, now: datetime) -> None:
    services.record_consent(session, member_id=member, purpose=purpose, given=given, wording=_WORDING, by=_BY, now=now)


def _birthday_was_wrong(now: datetime) -> None:
    """Leave a birthday for the second person to decide: the day was misread."""
    with work() as session:
        known = _members(now).where(Member.birthday.is_not(None), Member.lunar_birthday.is_(None))
        member = session.scalars(known.order_by(Member.id.desc()).limit(1)).first()
        if member is not None and member.birthday is not None:
            to = member.birthday + timedelta(days=1)
            services.ask_birthday_change(session, member_id=member.id, to=to, reason="登記時看錯一日", by=_BY, now=now)


HAPPENINGS = (happenings,)
