"""Who may see and change what: the one place that limits every query and every flush to the stores of a person.

Fails closed: without a scope nothing is seen and nothing is written. Jobs and commands declare themselves with
`system_scope(reason)`. Statements over bare tables are not covered: services that use them call `require_store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

from core.db.types import Key
from core.errors import OutOfScope


@dataclass(frozen=True, slots=True)
class Scope:
    """The stores a person may read and write; `None` means all of them."""

    reads: frozenset[int] | None = frozenset()
    writes: frozenset[int] | None = frozenset()
    user_id: int | None = None
    reason: str = ""

    def may_read(self, store_id: int | None) -> bool:
        """Tell whether rows of a store are visible."""
        return self.reads is None or store_id in self.reads

    def may_write(self, store_id: int | None) -> bool:
        """Tell whether rows of a store may be changed."""
        return self.writes is None or store_id in self.writes


NOBODY = Scope()


class StoreScoped:
    """Mixin of mapped classes whose rows belong to a store; the class gives `store_id` its foreign key."""

    store_id: Mapped[int] = mapped_column(Key, index=True)


class OfStoreOrAll:
    """Mixin of mapped classes whose rows belong to a store or, without one, to all stores.

    Those of all are visible to everybody who is logged in and written by all-store scopes only.
    """

    store_id: Mapped[int | None] = mapped_column(Key, index=True)


class SharedWithScope:
    """Mixin of mapped classes visible to everybody who is logged in, and written by all-store scopes only."""


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)
_provider: Callable[[], Scope] | None = None


def provide_scope(provider: Callable[[], Scope]) -> None:
    """Let the web layer say whose scope holds where none was declared; it must never raise."""
    global _provider  # noqa: PLW0603 - one per process, set when the application is built
    _provider = provider


def current_scope() -> Scope:
    """Return the scope in force; NOBODY where none was declared and no request tells one."""
    declared = _scope.get()
    if declared is not None:
        return declared
    return NOBODY if _provider is None else _provider()


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """Act within a scope."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def system_scope(reason: str) -> Iterator[None]:
    """Act for the whole programme, as a job or a command; `reason` says which."""
    with acting(Scope(reads=None, writes=None, reason=reason)):
        yield


def require_store(store_id: int, *, write: bool = False) -> None:
    """Refuse with OutOfScope if the store may not be read (or written) by whoever acts."""
    scope = current_scope()
    if not (scope.may_write(store_id) if write else scope.may_read(store_id)):
        raise OutOfScope


_wide: ContextVar[bool] = ContextVar("wide", default=False)


@contextmanager
def brand_wide(_reason: str) -> Iterator[None]:
    """Read bare tables of all stores, as a service does whose question is the brand's: a member's points, say (C31).

    Also a decorator. Mapped classes stay limited to the scope, and nothing more can be written than before.
    """
    token = _wide.set(True)
    try:
        yield
    finally:
        _wide.reset(token)


def is_brand_wide() -> bool:
    """Tell whether bare tables of all stores are being read."""
    return _wide.get()


class GuardedSession(Session):
    """The session class of the product."""


@event.listens_for(GuardedSession, "do_orm_execute")
def _limit_reads(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load or not state.is_orm_statement:
        return
    reads = current_scope().reads
    if reads is None:
        return
    allowed = sorted(reads)
    state.statement = state.statement.options(
        with_loader_criteria(StoreScoped, lambda cls: cls.store_id.in_(allowed), include_aliases=True),
        with_loader_criteria(
            OfStoreOrAll, lambda cls: cls.store_id.is_(None) | cls.store_id.in_(allowed), include_aliases=True
        ),
    )


@event.listens_for(GuardedSession, "before_flush")
def _limit_writes(session: Session, _context: Any, _instances: Any) -> None:
    scope = current_scope()
    if scope.writes is None:
        return
    for row in (*session.new, *session.deleted, *(r for r in session.dirty if session.is_modified(r))):
        _check_row(scope, row)


@event.listens_for(GuardedSession, "after_flush")
def _limit_written(session: Session, _context: Any) -> None:
    """Look again when foreign keys are filled in from related rows: a store set as an object has no number before."""
    scope = current_scope()
    if scope.writes is None:
        return
    for row in (*session.new, *(r for r in session.dirty if session.is_modified(r))):
        if isinstance(row, (StoreScoped, OfStoreOrAll)) and not scope.may_write(row.store_id):
            raise OutOfScope


def _check_row(scope: Scope, row: object) -> None:
    if isinstance(row, SharedWithScope):
        raise OutOfScope
    state = inspect(row)
    if isinstance(row, (StoreScoped, OfStoreOrAll)):
        history = state.attrs.store_id.history
        stores = {row.store_id, *history.deleted, *history.added}
        if isinstance(row, StoreScoped) or not state.persistent:
            stores.discard(None)  # a store set as an object has no number yet
        if not all(scope.may_write(store_id) for store_id in stores):
            raise OutOfScope
    for relation in state.mapper.relationships:
        if relation.direction.name != "MANYTOONE" or relation.key in state.unloaded:
            continue
        if not _is_seen(scope, getattr(row, relation.key)):
            raise OutOfScope


def _is_seen(scope: Scope, parent: object) -> bool:
    if isinstance(parent, OfStoreOrAll) and parent.store_id is None:
        return True
    return not isinstance(parent, (StoreScoped, OfStoreOrAll)) or scope.may_read(parent.store_id)
