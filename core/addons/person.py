"""Merging two members and erasing one: each addon says what that means for its own tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

#: (session, from member, into member, now)
Merge = Callable[[Session, int, int, datetime], None]
#: (session, member, now)
Erase = Callable[[Session, int, datetime], None]


@dataclass(frozen=True, slots=True)
class PersonHooks:
    """An addon's `PERSON` in services.py."""

    merge: Merge
    erase: Erase


_hooks: dict[str, PersonHooks] = {}


def declare(addon: str, hooks: PersonHooks) -> None:
    """Make an addon's hooks known; the loader does this, in the order of the addons."""
    _hooks[addon] = hooks


def forget() -> None:
    """Forget all hooks."""
    _hooks.clear()


def merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move everything of one member to another, dependants first."""
    for hooks in reversed(_hooks.values()):
        hooks.merge(session, from_member, into_member, now)


def erase(session: Session, member: int, now: datetime) -> None:
    """Erase what identifies a member in every addon, dependants first."""
    for hooks in reversed(_hooks.values()):
        hooks.erase(session, member, now)
