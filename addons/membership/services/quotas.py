"""How many cards of a tier may be out, and who waits for one (C26)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, or_, select
from sqlalchemy.orm import Session

from addons.membership.models import TIERS, Card, Member, TierQuota, WaitingEntry
from addons.membership.services.errors import NotActivated, NoWaitingList, QuotaFull
from addons.membership.services.history import find
from core import settings
from core.db.scope import current_scope, require_store
from core.errors import Invalid, NotFound, OutOfScope

OUT = ("issued", "active", "lost")  # cards that take a place

_QUOTAS: Table = TierQuota.__table__
_q, _w, _m, _c = _QUOTAS.c, WaitingEntry.__table__.c, Member.__table__.c, Card.__table__.c
_MATCHING = (
    select(_q.id, _q.for_store_id, _q.series)
    .where(
        _q.brand_id == bindparam("brand_id"),
        _q.tier == bindparam("tier"),
        or_(_q.for_store_id.is_(None), _q.for_store_id == bindparam("store_id")),
        or_(_q.series == "", _q.series == bindparam("series")),
    )
    .order_by(_q.id)
)
_TAKE = (
    _QUOTAS.update()
    .where(_q.id == bindparam("b_id"), _q.used + bindparam("b_ahead") < _q.allowed)
    .values(used=_q.used + 1)
)
_RELEASE = _QUOTAS.update().where(_q.id == bindparam("b_id"), _q.used > 0).values(used=_q.used - 1)


def take_place(
    session: Session, member_id: int, brand_id: int, *, tier: str, series: str, store_id: int, now: datetime
) -> None:
    """Count one more card of a tier against all quotas it falls under; nobody passes those who wait longer.

    Refuses with QuotaFull if one of them is full. Where no quota is set, there is none.
    """
    quotas = _matching(session, brand_id, tier, series, store_id)
    if not quotas:
        return
    entry = _entry(session, member_id, tier)
    for quota in quotas:
        ahead = _ahead(session, quota, member_id=member_id, brand_id=brand_id, tier=tier, entry=entry)
        if not session.connection().execute(_TAKE, {"b_id": quota.id, "b_ahead": ahead}).rowcount:
            raise QuotaFull(tier=tier)
    if entry is not None:
        entry.status, entry.ended_at = "served", now


def is_limited(session: Session, brand_id: int, *, tier: str, series: str, store_id: int) -> bool:
    """Tell whether a card of a tier falls under any quota."""
    return bool(_matching(session, brand_id, tier, series, store_id))


def release_place(session: Session, card: Card, brand_id: int) -> None:
    """Give back the place of a card that is out of use; it is for whoever waits longest."""
    for quota in _matching(session, brand_id, card.tier, card.series, card.store_id):
        session.connection().execute(_RELEASE, {"b_id": quota.id})


def _matching(session: Session, brand_id: int, tier: str, series: str, store_id: int) -> list[Any]:
    wanted = {"brand_id": brand_id, "tier": tier, "series": series, "store_id": store_id}
    return list(session.connection().execute(_MATCHING, wanted))


def _entry(session: Session, member_id: int, tier: str) -> WaitingEntry | None:
    wanted = {"member_id": member_id, "tier": tier, "status": "waiting"}
    return session.scalar(select(WaitingEntry).filter_by(**wanted))


def _ahead(
    session: Session, quota: Any, *, member_id: int, brand_id: int, tier: str, entry: WaitingEntry | None
) -> int:
    # Over bare tables: those who wait in other stores were there first all the same.
    waits = (
        select(func.count())
        .select_from(WaitingEntry.__table__.join(Member.__table__, _w.member_id == _m.id))
        .where(_w.status == "waiting", _w.tier == tier, _m.brand_id == brand_id, _w.member_id != member_id)
    )
    if quota.for_store_id is not None:
        waits = waits.where(_w.store_id == quota.for_store_id)
    if entry is not None:
        waits = waits.where(_w.id < entry.id)
    return session.connection().execute(waits).scalar_one()


def set_quota(
    session: Session, *, brand_id: int, tier: str, allowed: int, series: str = "", store_id: int | None = None
) -> TierQuota:
    """Limit the cards of a tier that may be out, of a brand or of one store; the cards out already are counted.

    A quota below what is out takes no card away: it gives none until enough came back.
    Refuses with Invalid for an unknown tier or a negative number, OutOfScope unless one acts for all stores.
    """
    if current_scope().writes is not None:
        raise OutOfScope
    if tier not in TIERS or allowed < 0:
        raise Invalid(field="allowed", problem="a quota is for a tier and not below zero")
    wanted = {"brand_id": brand_id, "tier": tier, "series": series, "for_store_id": store_id}
    quota = session.scalar(select(TierQuota).filter_by(**wanted).with_for_update())
    if quota is None:
        quota = TierQuota(**wanted, allowed=allowed, used=_cards_out(session, brand_id, tier, series, store_id))
        session.add(quota)
    quota.allowed = allowed
    session.flush()
    return quota


def _cards_out(session: Session, brand_id: int, tier: str, series: str, store_id: int | None) -> int:
    which: list[ColumnElement[bool]] = [_m.brand_id == brand_id, _c.tier == tier, _c.status.in_(OUT)]
    which += [_c.series == series] if series else []
    which += [_c.store_id == store_id] if store_id else []
    joined = Card.__table__.join(Member.__table__, _c.member_id == _m.id)
    out = select(func.count(func.distinct(_c.member_id))).select_from(joined).where(*which)
    return session.connection().execute(out).scalar_one()


def wait_for_card(
    session: Session, *, member_id: int, store_id: int, tier: str, now: datetime, series: str = ""
) -> WaitingEntry:
    """Put a member on the waiting list of a tier; who waits already keeps the place.

    Refuses with NoWaitingList if headquarters keeps none, NotActivated, Invalid for an unknown tier.
    """
    require_store(store_id, write=True)
    if not settings.value(session, "membership.waiting_list"):
        raise NoWaitingList
    if tier not in TIERS:
        raise Invalid(field="tier", problem=f"{tier!r} is no tier")
    member = find(session, member_id)
    if member.status != "active":
        raise NotActivated(member=str(member))
    entry = _entry(session, member_id, tier)
    if entry is None:
        entry = WaitingEntry(
            store_id=store_id, member_id=member_id, tier=tier, series=series, status="waiting", since=now
        )
        session.add(entry)
        session.flush()
    return entry


def leave_waiting(session: Session, *, entry_id: int, now: datetime) -> WaitingEntry:
    """Take a member off the waiting list.

    Refuses with NotFound if the entry is not there or no longer waits.
    """
    entry = session.get(WaitingEntry, entry_id, with_for_update=True, populate_existing=True)
    if entry is None or entry.status != "waiting":
        raise NotFound(what="waiting entry", which=str(entry_id))
    entry.status, entry.ended_at = "left", now
    session.flush()
    return entry
