"""The relay: what happened is queued for those who are told of it, sent, tried again later, and in the end given up.

At least once: a message is marked as sent after its receiver said so, so that a relay that dies in between sends it
again; the receiver knows it by its id. A message in hand is leased for a while: several relays share the work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Update, bindparam, delete, select, update
from sqlalchemy.orm import Session

from addons.pos import queries
from addons.pos.domain import webhooks
from addons.pos.models import Delivery, Subscription
from addons.pos.queries import Address
from addons.pos.services.sending import Outcome, send
from addons.stores.queries import place
from core import clock, settings
from core.addons import registry
from core.db.outbox import Message, forget_sent, hand_over
from core.db.session import reading, work
from core.db.statement import write_rows


class Told(NamedTuple):
    """What subscriptions may be told."""

    outbox_id: int
    event: str
    store_id: int
    at: datetime
    data: Mapping[str, Any]


class Passed(NamedTuple):
    """What one pass did."""

    queued: int = 0  # messages of the outbox that were looked at
    sent: int = 0
    failed: int = 0


def queue_messages(session: Session, messages: Sequence[Message]) -> None:
    """Queue what happened for every active subscription that covers its store and asks for its event."""
    addresses = queries.active_addresses(session)
    rows = [
        _row(session, told, address)
        for told in _told(session, messages)
        for address in addresses
        if told.event in address.events and _covers(session, address, told.store_id)
    ]
    write_rows(session, Delivery.__table__, rows)


#: What the outbox hands its messages to.
OUTBOX = (queue_messages,)


_RECEIPT, _RETURN, _VISIT, _CONFLICT = (
    "sales.receipt_posted",
    "sales.returned",
    "pos.visit_recorded",
    "pos.conflict_recorded",
)


def _told(session: Session, messages: Sequence[Message]) -> Iterable[Told]:
    known = _Known(
        queries.receipts_told(session, _keys(messages, _RECEIPT, "receipt_id")),
        queries.returns_told(session, _keys(messages, _RETURN, "return_id")),
        queries.numbers_of_members(session, _keys(messages, _VISIT, "member_id")),
    )
    for message in messages:
        told = _told_of(message, known)
        if told is not None:
            yield Told(message.id, told[0], told[1], message.created_at, told[2])


def _keys(messages: Sequence[Message], name: str, key: str) -> list[int]:
    return [message.data[key] for message in messages if message.name == name]


class _Known(NamedTuple):
    """What messages point at."""

    receipts: queries.ToldOf
    returns: queries.ToldOf
    members: Mapping[int, str]


def _told_of(message: Message, known: _Known) -> tuple[str, int, Mapping[str, Any]] | None:
    """Return event, store and what is told of a message; None for what nobody is told of."""
    data = message.data
    if message.name == _RECEIPT and data["receipt_id"] in known.receipts:
        climbed = {"reached": data["tier"]["after"]} if "tier" in data else {}
        store_id, told = known.receipts[data["receipt_id"]]
        return webhooks.RECEIPT, store_id, told | climbed
    if message.name == _RETURN and data["return_id"] in known.returns:
        return webhooks.RETURN, *known.returns[data["return_id"]]
    if message.name == _VISIT:
        told = {"member": known.members.get(data["member_id"]), "points": data["points"], "invited": data["invited"]}
        return webhooks.VISIT, data["store_id"], told
    if message.name == _CONFLICT:
        return webhooks.CONFLICT, data["store_id"], {name: data[name] for name in ("sale", "receipt", "conflicts")}
    return None


def _covers(session: Session, address: Address, store_id: int) -> bool:
    if address.covers == "store":
        return address.store_id == store_id
    return place(session, address.store_id).franchisee == place(session, store_id).franchisee


def _row(session: Session, told: Told, address: Address) -> dict[str, Any]:
    message = webhooks.new_message()
    return {
        "store_id": told.store_id,
        "subscription_id": address.id,
        "outbox_id": told.outbox_id,
        "message": message,
        "event": told.event,
        "body": webhooks.body_of(message, told.event, told.at, place(session, told.store_id).code, told.data),
        "created_at": told.at,
        "state": "waiting",
        "attempts": 0,
        "due_at": told.at,
        "problem": "",
    }


def relay_once(secret: str) -> Passed:
    """Queue what happened and send everything that is due; `secret` is the installation's.

    A subscription that fails rests until the next pass, so that one dead server does not hold up the others.
    """
    queued = 0
    receivers = registry.loaded().items("services", "OUTBOX")
    while count := hand_over(receivers, clock.now()):
        queued += count
    sent, resting = 0, set[int]()
    with reading() as session:
        settings.refresh(session)
        how = _How(*(settings.value(session, f"pos.webhook_{name}") for name in _How._fields))
    while leased := _lease(clock.now(), resting, how):
        outcome = _sent(leased, secret, how)
        _note(leased, outcome, clock.now(), how)
        if outcome.arrived:
            sent += 1
        else:
            resting.add(leased.subscription_id)
    return Passed(queued, sent, len(resting))


class _How(NamedTuple):
    """The settings of sending."""

    seconds: int
    tries: int
    anywhere: bool


class _Leased(NamedTuple):
    """A message in hand."""

    id: int
    subscription_id: int
    message: str
    body: str
    attempts: int


_D, _S = Delivery.__table__, Subscription.__table__


def _take(*, skip_locked: bool) -> Update:
    """Return the statement that leases the message that is due longest."""
    due = (
        select(_D.c.id)
        .where(
            _D.c.ended_at.is_(None),
            _D.c.due_at <= bindparam("b_now"),
            _D.c.leased_until.is_(None) | (_D.c.leased_until <= bindparam("b_now")),
            _D.c.subscription_id.in_(select(_S.c.id).where(_S.c.active)),
            _D.c.subscription_id.not_in(bindparam("b_resting", expanding=True)),
        )
        .order_by(_D.c.due_at, _D.c.id)
        .limit(1)
    )
    due = due.with_for_update(skip_locked=True) if skip_locked else due
    leased = update(_D).where(_D.c.id.in_(due.scalar_subquery())).values(leased_until=bindparam("b_until"))
    return leased.returning(*(_D.c[name] for name in _Leased._fields))


_TAKE = {"sqlite": _take(skip_locked=False), "postgresql": _take(skip_locked=True)}


def _lease(now: datetime, resting: Collection[int], how: _How) -> _Leased | None:
    """Take the message that is due longest in hand, for twice as long as an attempt may take."""
    given = {"b_now": now, "b_until": now + timedelta(seconds=2 * how.seconds), "b_resting": sorted(resting)}
    with work() as session:
        connection = session.connection()
        row = connection.execute(_TAKE[connection.dialect.name], given).first()
    return None if row is None else _Leased(*row)


def _sent(leased: _Leased, secret: str, how: _How) -> Outcome:
    now = clock.now()
    with reading() as session:
        address = queries.address_of(session, leased.subscription_id)
    generations = [address.generation]
    if address.old_until is not None and now < address.old_until:
        generations.append(address.generation - 1)
    keys = [webhooks.secret_of(secret, address.key_id, generation) for generation in generations]
    headers = webhooks.headers(keys, leased.message, now, leased.body)
    return send(address.url, headers, leased.body, seconds=how.seconds, anywhere=how.anywhere)


_NOTE = update(_D).where(_D.c.id == bindparam("b_id"))
_ARRIVED = update(_S).where(_S.c.id == bindparam("b_id")).values(last_sent_at=bindparam("b_now"))


def _note(leased: _Leased, outcome: Outcome, now: datetime, how: _How) -> None:
    """Keep what became of an attempt: arrived, to be tried again later, or given up."""
    attempts = leased.attempts + 1
    told: dict[str, Any] = {"attempts": attempts, "status": outcome.status, "leased_until": None}
    told["problem"] = outcome.problem or ("" if outcome.arrived else f"answered {outcome.status}")
    if outcome.arrived:
        told |= {"state": "sent", "ended_at": now}
    elif attempts >= how.tries:
        told |= {"state": "dead", "ended_at": now}
    else:
        told["due_at"] = now + timedelta(seconds=webhooks.wait(attempts))
    with work() as session:
        session.connection().execute(_NOTE.values(told), {"b_id": leased.id})
        if outcome.arrived:
            session.connection().execute(_ARRIVED, {"b_id": leased.subscription_id, "b_now": now})


def forget_messages(now: datetime) -> int:
    """Delete messages that arrived, and what the outbox handed over, after the days of the setting; return how many."""
    with work() as session:
        before = now - timedelta(days=settings.value(session, "pos.webhook_days"))
        arrived = delete(_D).where(_D.c.state == "sent", _D.c.ended_at < before)
        return int(session.connection().execute(arrived).rowcount) + forget_sent(session, before)
