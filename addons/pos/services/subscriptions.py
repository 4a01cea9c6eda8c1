"""Who is told what happened: subscriptions, their secrets, trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.pos.domain import credentials, webhooks
from addons.pos.domain.addresses import NotAllowed, require_public, target_of
from addons.pos.models import Delivery, Subscription
from addons.pos.models.webhooks import COVERS
from addons.pos.services.refusals import NoEvents, SubscriptionNameTaken
from addons.stores.queries import place, places
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A subscription and its secret, which is told this once."""

    subscription: Subscription
    secret: str


def add_subscription(
    session: Session, *, store_id: int, asked: dict[str, Any], by: str, now: datetime, secret: str
) -> NewSecret:
    """Let an address be told of events; `asked` are covers, name, url and events.

    Refuses with OutOfScope for stores that are not one's own, NotFound for an unknown store, Invalid for an address
    outside the public network, NoEvents, SubscriptionNameTaken.
    """
    require_store(store_id, write=True)
    at = place(session, store_id)
    made = Subscription(
        store_id=store_id,
        covers=asked["covers"],
        key_id=credentials.new_key_id(),
        generation=1,
        active=True,
        created_at=now,
        created_by=by,
    )
    if made.covers not in COVERS:
        raise Invalid(field="covers", problem="one of these: store, franchisee")
    if made.covers == "franchisee":
        for other in places(session).values():
            if other.franchisee == at.franchisee:
                require_store(other.id, write=True)
    _fill(session, made, asked)
    session.add(made)
    session.flush()
    return NewSecret(made, webhooks.secret_of(secret, made.key_id, made.generation))


def change_subscription(
    session: Session, *, subscription_id: int, asked: dict[str, Any], by: str, now: datetime
) -> Subscription:
    """Change name, url, events, or whether it is told at all; what waits for it goes to the new address.

    Refuses with NotFound, OutOfScope, Invalid, NoEvents and SubscriptionNameTaken like `add_subscription`.
    """
    found = _own(session, subscription_id)
    _fill(session, found, asked)
    found.active, found.changed_at, found.changed_by = bool(asked["active"]), now, by
    session.flush()
    return found


def renew_secret(session: Session, *, subscription_id: int, by: str, now: datetime, secret: str) -> NewSecret:
    """Give a subscription a new secret; for the hours of pos.old_secret_hours messages carry both signatures.

    Refuses with NotFound, OutOfScope.
    """
    found = _own(session, subscription_id)
    found.generation += 1
    found.old_until = now + timedelta(hours=settings.value(session, "pos.old_secret_hours"))
    found.changed_at, found.changed_by = now, by
    session.flush()
    return NewSecret(found, webhooks.secret_of(secret, found.key_id, found.generation))


def send_trial(session: Session, *, subscription_id: int, by: str, now: datetime) -> Delivery:
    """Put a message without meaning on its way, to see whether it arrives.

    Refuses with NotFound, OutOfScope.
    """
    found = _own(session, subscription_id)
    message, at = webhooks.new_message(), place(session, found.store_id)
    made = Delivery(
        store_id=found.store_id,
        subscription_id=found.id,
        message=message,
        event=webhooks.TRIAL,
        body=webhooks.body_of(message, webhooks.TRIAL, now, at.code, {"by": by}),
        created_at=now,
        state="waiting",
        attempts=0,
        due_at=now,
    )
    session.add(made)
    session.flush()
    return made


def resend(session: Session, *, delivery_ids: Sequence[int], now: datetime) -> int:
    """Put messages that were given up, or that arrived, on their way again; return how many.

    A receiver knows them by their id. Refuses with NotFound, OutOfScope for a message of another store.
    """
    for delivery_id in sorted(delivery_ids):
        found = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
        if found is None:
            raise NotFound(what="message", which=str(delivery_id))
        require_store(found.store_id, write=True)
        found.state, found.ended_at, found.attempts, found.due_at = "waiting", None, 0, now
    session.flush()
    return len(delivery_ids)


def _own(session: Session, subscription_id: int) -> Subscription:
    found = session.get(Subscription, subscription_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(what="subscription", which=str(subscription_id))
    require_store(found.store_id, write=True)
    return found


def _fill(session: Session, row: Subscription, asked: dict[str, Any]) -> None:
    """Take over name, address and events."""
    name, events = str(asked["name"]).strip(), list(dict.fromkeys(asked["events"]))
    if not name or len(name) > 60 or not name.isprintable():
        raise Invalid(field="name", problem="a name of at most 60 letters is needed")
    if not events or not set(events) <= set(webhooks.EVENTS):
        raise NoEvents
    with session.no_autoflush:
        others = select(Subscription.id).where(Subscription.store_id == row.store_id, Subscription.name == name)
        if any(other != row.id for other in session.scalars(others)):
            raise SubscriptionNameTaken(name=name)
    row.name, row.url, row.events = name, _allowed(session, str(asked["url"]).strip()), events


def _allowed(session: Session, url: str) -> str:
    if len(url) > 400:
        raise Invalid(field="url", problem="at most 400 letters")
    try:
        target = target_of(url)
        if not settings.value(session, "pos.webhook_anywhere"):
            require_public(target.host)
    except NotAllowed as problem:
        raise Invalid(field="url", problem=str(problem)) from None
    return url
