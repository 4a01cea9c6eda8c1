"""Events after commit: a session collects them, the commit sends them, a failing subscriber fails loudly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that is true now: `addon.past_tense`, with plain data."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


Subscriber = Callable[[Happened], None]
_subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def subscribe(name: str, subscriber: Subscriber) -> None:
    """Call `subscriber` after each commit in which `name` happened; once, however often it is subscribed."""
    if subscriber not in _subscribers[name]:
        _subscribers[name].append(subscriber)


def unsubscribe_all() -> None:
    """Forget all subscribers (a new set of addons is about to be loaded)."""
    _subscribers.clear()


def announce(session: Session, happened: Happened) -> None:
    """Send an event after this session's commit; a rollback forgets it."""
    session.info.setdefault("happened", []).append(happened)


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    for happened in session.info.pop("happened", ()):
        for subscriber in _subscribers[happened.name]:
            subscriber(happened)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: Any) -> None:
    if previous.nested is False:
        session.info.pop("happened", None)
