"""Operations that go to the services directly, as jobs and screens do: one posting each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from addons.points import services as points
from addons.vouchers import services as vouchers
from addons.vouchers.models import Voucher
from core import clock
from core.db.posting import DatabaseBusy, Operation, post
from core.db.scope import system_scope
from core.errors import Refusal
from core.periods import local_day
from tests.faults.journal import Asked, Plain, Told
from tests.faults.shop import VOUCHER, World

Command = Callable[[Session, World, Asked, datetime], Plain]


def ask(world: World, asked: Asked) -> Told | None:
    """Post an operation once and return the answer; None where the database did not let it through."""
    now = clock.now()

    def command(session: Session) -> Plain:
        return _COMMANDS[asked.kind](session, world, asked, now)

    try:
        with system_scope("faults"):
            posted = post(Operation(f"faults.{asked.kind}", key_of(asked), asked.body), command)
    except (DatabaseBusy, DBAPIError):
        return None
    except Refusal as refusal:
        return Told(refusal.status, {"code": refusal.code, "facts": refusal.facts})
    return Told(201, posted.answer)


def key_of(asked: Asked) -> str:
    """Return the key under which it is posted."""
    return f"faults:{asked.key}"


def _issue(session: Session, world: World, asked: Asked, now: datetime) -> Plain:
    body = asked.body
    issue = vouchers.Issue(
        body["member_id"],
        world.brand,
        world.store,
        body["kind_of"],
        VOUCHER,
        local_day(now),
        now,
        "faults",
        reason=asked.key,
    )
    return {"codes": vouchers.issue_many(session, [issue] * body["count"]), "member_id": body["member_id"]}


def _adjust(session: Session, _world: World, asked: Asked, now: datetime) -> Plain:
    told = {"member_id": asked.body["member_id"], "points": asked.body["points"]}
    number = points.ask_adjustment(session, **told, code="goodwill", note=asked.key, by="anna", now=now)
    points.decide_adjustment(session, adjustment_id=number, approve=True, by="bruno", now=now)
    return {"adjustment": number}


def _spend(session: Session, world: World, asked: Asked, now: datetime) -> Plain:
    body = asked.body
    points.spend(
        session, member_id=body["member_id"], points=body["points"], store_id=world.store, reason=asked.key, now=now
    )
    return {"points": body["points"]}


def _hold(session: Session, world: World, asked: Asked, now: datetime) -> Plain:
    body = asked.body
    kept = points.hold(
        session,
        member_id=body["member_id"],
        points=body["points"],
        store_id=world.store,
        by="anna",
        now=now,
        ref=asked.key,
    )
    return {"hold_id": kept.hold_id, "points": kept.points}


def _spend_held(session: Session, _world: World, asked: Asked, now: datetime) -> Plain:
    body = asked.body
    spent = points.spend_held(session, hold_id=body["hold_id"], points=body["points"], reason=asked.key, now=now)
    return {"points": spent.spent, "freed": spent.freed}


def _split(session: Session, world: World, asked: Asked, now: datetime) -> Plain:
    voucher = session.scalars(select(Voucher).where(Voucher.code == asked.body["code"])).one()
    parts = [asked.body["part"], voucher.remaining - asked.body["part"]]
    codes = vouchers.split(
        session,
        voucher_id=voucher.id,
        parts=parts,
        store_id=world.store,
        day=local_day(now),
        now=now,
        by=asked.key,
    )
    return {"codes": codes, "parts": parts, "member_id": voucher.member_id}


def _give(session: Session, world: World, asked: Asked, now: datetime) -> Plain:
    voucher = session.scalars(select(Voucher).where(Voucher.code == asked.body["code"])).one()
    told = {"member_id": asked.body["member_id"], "store_id": world.store, "by": asked.key}
    code = vouchers.give(session, voucher_id=voucher.id, day=local_day(now), now=now, **told)
    return {"codes": [code], "parts": [voucher.remaining], "member_id": asked.body["member_id"]}


_COMMANDS: dict[str, Command] = {
    "issue": _issue,
    "adjust": _adjust,
    "spend": _spend,
    "hold": _hold,
    "spend_held": _spend_held,
    "split": _split,
    "give": _give,
}
