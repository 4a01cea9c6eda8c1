"""Which stores an account looks after: told and changed by the addon that knows stores (`SCOPES` in its services)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from core.db.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Something an account may look after: a store, a franchisee's or a region's stores, or all of them."""

    kind: str
    target_id: int | None = None
    name: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Return it as forms send it: `store:3`, `hq`."""
        return self.kind if self.target_id is None else f"{self.kind}:{self.target_id}"


@dataclass(frozen=True, slots=True)
class Shop:
    """A store somebody may work in."""

    id: int
    code: str
    name: str


class Change(Protocol):
    """Gives a place to an account, or takes it back."""

    def __call__(self, session: Session, *, user_id: int, kind: str, target_id: int | None = None) -> object:
        """Do it; refuse with OutOfScope unless one acts for all stores."""


@dataclass(frozen=True, slots=True)
class ScopeHooks:
    """What the kernel's account screens ask the addon that knows the stores."""

    kinds: Mapping[str, tuple[str, ...]]  # role -> kinds of places an account of it may have; none: it needs none
    words: Mapping[str, str]  # kind -> msgid
    choices: Callable[[Session, int | None], list[Place]]  # what this account may hand on; None: everything there is
    held: Callable[[Session, Collection[int]], Mapping[int, list[Place]]]
    grant: Change
    revoke: Change
    shops: Callable[[Session, Scope], list[Shop]]  # the stores within a scope that trade, by code


class FirstPlace(Protocol):
    """`FIRST_RUN` in an addon's services: makes the first brand and store when the product is set up."""

    def __call__(self, session: Session, *, brand: str, store: str, market: str, day: date) -> None:
        """Make them; refuse with Invalid an unknown market."""
