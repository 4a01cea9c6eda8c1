"""What a till held can be spent again: it says so, its time is over, or two files become one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import Hold
from addons.points.queries import HeldPart
from addons.points.services.pooling import given_back
from addons.points.services.posting import Held, Movement, after, lock, lock_there, write
from addons.points.services.settling import settle
from core.db.scope import system_scope
from core.db.statement import Statement
from core.periods import local_day

_H = Hold.__table__
_END = Statement(
    update(_H)
    .where(_H.c.id == bindparam("b_hold"), _H.c.state == "held")
    .values(state=bindparam("b_state"), spent=bindparam("b_spent"), ended_at=bindparam("b_now"))
)


def lock_with_givers(
    session: Session, member_ids: Collection[int], locks: Callable[..., dict[int, Held]] = lock_there
) -> dict[int, Held]:
    """Lock the accounts of members with those whose points they hold: freed, these go back to where they came from."""
    wanted = {*member_ids, *queries.givers_held(session, member_ids)}
    return lock(session, wanted) if len(wanted) > 1 else locks(session, wanted)  # who gets points has an account


def free_overdue(
    session: Session, held: Mapping[int, Held], now: datetime, member_ids: Iterable[int]
) -> dict[int, Held]:
    """Free what is held too long of these members, whose accounts are locked; return all accounts.

    A hold whose points would go back to somebody whose account is not locked waits for the next who looks.
    """
    holding = [member_id for member_id in member_ids if held[member_id].reserved]
    if not holding:
        return dict(held)
    with system_scope("a till of whichever store held points too long"):
        parts = queries.held_parts(session, holding, over_at=now)
        givers = queries.givers_of(session, [part.lot_id for part in parts])
        waits = {part.hold_id for part in parts if givers.get(part.lot_id, part.member_id) not in held}
        return free(session, [part for part in parts if part.hold_id not in waits], held, "timed_out", now)


def free(
    session: Session, parts: Sequence[HeldPart], held: Mapping[int, Held], state: str, now: datetime
) -> dict[int, Held]:
    """End these holds and let their points be spent again; return the accounts, which are locked.

    What was drawn from the family goes back to whose it was.
    """
    for hold_id in {part.hold_id for part in parts}:
        end_hold(session, hold_id, state, 0, now)
    movements = [freed(part, part.points, now) for part in parts]
    movements += back_to_givers(session, movements, held)
    write(session, movements, held)
    return pay_debts(session, movements, held)


def back_to_givers(session: Session, freed_: Sequence[Movement], held: Mapping[int, Held]) -> list[Movement]:
    """Return the entries that let freed points go back to whose they were, as far as her account is locked."""
    givers = queries.givers_of(session, [movement.lot_id for movement in freed_])
    return given_back(session, freed_, {lot_id: giver for lot_id, giver in givers.items() if giver in held})


def freed(part: HeldPart, points: int, now: datetime) -> Movement:
    """Return the entry that frees points of a hold."""
    return Movement(
        part.member_id,
        part.store_id,
        part.lot_id,
        "release",
        "reserved",
        "available",
        points,
        local_day(now),
        now,
        ref=f"hold:{part.hold_id}",
    )


def end_hold(session: Session, hold_id: int, state: str, spent: int, now: datetime) -> bool:
    """End a hold; of two that end it at once, one is told that it was over."""
    return _END.run(session, b_hold=hold_id, b_state=state, b_spent=spent, b_now=now) == 1


def pay_debts(session: Session, movements: Iterable[Movement], held: Mapping[int, Held]) -> dict[int, Held]:
    """Let members who owed pay with what came to them by entries that were written; return all accounts."""
    came = list(movements)
    counted = after(came, held)
    owing = {m.member_id: m for m in came if m.change > 0 and held[m.member_id].balance < 0}
    if not owing:
        return counted
    return counted | settle(session, {member_id: counted[member_id] for member_id in owing}, owing)
