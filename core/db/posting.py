"""The posting service: the only way value moves (reliability.md sections 0 and 2).

One operation is one transaction: the key is claimed, the command runs, its answer is kept under the key, everything
is committed at once. The same key gives the same answer again; with another request it is refused. A business "no"
is rolled back and kept under the key too.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core import clock
from core.db.listed import any_of
from core.db.models import Outbox, PostingKey
from core.db.session import money_work
from core.db.statement import Row, Statement, upsert, write_rows
from core.errors import Refusal, refusals

TRIES = 6
_WAITED_TOO_LONG = "55P03"  # lock_timeout
_AGAIN = {"40001", "40P01", _WAITED_TOO_LONG, "57P01", "57P02", "57P03", "08000", "08003", "08006"}

_T = TypeVar("_T")
Plain = dict[str, Any]
Command = Callable[[Session], Plain]


class KeyReused(Refusal):
    """An idempotency key came back with another request."""

    sentence = "The key %(key)s was used for another request."
    status = 422
    key: str


class DatabaseBusy(Refusal):
    """The database refused several times; nothing was written, the same key may be sent again."""

    sentence = "The database is busy. Nothing was changed; please try again."
    status = 503


class StillRunning(DatabaseBusy):
    """The operation with this key has begun and has not ended; the same key may be sent again for its answer."""

    sentence = "The operation with the key %(key)s is still running. Send it again in a moment."
    status = 409
    key: str


class Posted(NamedTuple):
    """The answer of an operation, and whether it was given before."""

    answer: Plain
    repeated: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked: a kind, a key chosen by whoever asks, and the request as plain data."""

    kind: str
    key: str
    request: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """Return a digest of kind and request."""
        text = json.dumps([self.kind, self.request], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def post(operation: Operation, command: Command) -> Posted:
    """Run a command once under its key and return its answer.

    Refuses with whatever the command refuses (again under the same key), KeyReused for another request under the
    key, StillRunning while somebody else runs it, DatabaseBusy if the database stays out of reach.
    """
    return _persistent(lambda: _post_once(operation, command))


def rehearse(command: Command) -> Plain:
    """Run a command as a posting does, undo it, and return what it would answer; nothing is kept, no key is used up.

    Refuses with whatever the command refuses, DatabaseBusy if the database stays out of reach.
    """
    return _persistent(lambda: _rehearse_once(command))


class _UndoneError(Exception):
    """Ends a rehearsal, so that its transaction is rolled back."""


def _rehearse_once(command: Command) -> Plain:
    answer: Plain = {}
    with suppress(_UndoneError), money_work() as session:
        answer = command(session)
        session.flush()
        raise _UndoneError
    return answer


def _persistent(once: Callable[[], _T]) -> _T:
    for attempt in range(TRIES):
        try:
            return once()
        except DBAPIError as failure:
            if not _is_passing(failure):
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # full jitter: waiting writers must not meet again
    raise DatabaseBusy


def _post_once(operation: Operation, command: Command) -> Posted:
    try:
        with money_work() as session:
            earlier = _claim(session, operation)
            if earlier is not None:
                return _repeat(operation, earlier)
            answer = command(session)
            session.flush()
            _KEEP.send_each(session, [{"b_key": operation.key, "b_answer": answer, "b_refusal": None}])
    except Refusal as refusal:
        if isinstance(refusal, (KeyReused, StillRunning)):
            raise
        return _keep_refusal(operation, refusal)
    return Posted(answer, repeated=False)


def _keep_refusal(operation: Operation, refusal: Refusal) -> Posted:
    """Keep a "no" under its key, after everything else was rolled back; whoever was first with the key decides."""
    with money_work() as session:
        earlier = _claim(session, operation)
        if earlier is not None:
            return _repeat(operation, earlier)
        kept = {"code": refusal.code, "facts": refusal.facts}
        _KEEP.send_each(session, [{"b_key": operation.key, "b_answer": None, "b_refusal": kept}])
    raise refusal


def post_batch(operations: Sequence[Operation], command: Callable[[Session, Sequence[Operation]], list[Plain]]) -> int:
    """Run many operations in one transaction (imports): those whose key is known already are left out.

    `command` gets the new ones and returns their answers in order. Returns how many were new. If it refuses, nothing
    of the batch is kept; the caller then posts them one by one.
    """
    return _persistent(lambda: _post_batch_once(operations, command))


def _post_batch_once(
    operations: Sequence[Operation], command: Callable[[Session, Sequence[Operation]], list[Plain]]
) -> int:
    with money_work() as session:
        known: dict[str, str] = dict(_KNOWN.all(session, b_keys=[operation.key for operation in operations]))
        for operation in operations:
            if known.get(operation.key, operation.fingerprint) != operation.fingerprint:
                raise KeyReused(key=operation.key)
        new = [operation for operation in operations if operation.key not in known]
        if new:
            answers = command(session, new)
            session.flush()
            rows = [_row(o) | {"answer": answer} for o, answer in zip(new, answers, strict=True)]
            write_rows(session, _KEYS, rows)
    return len(new)


_KEYS = PostingKey.__table__
_CLAIM = upsert(_KEYS, lambda new: new.on_conflict_do_nothing(index_elements=["key"]).returning(_KEYS.c.key))
_KEPT = Statement(select(_KEYS.c.fingerprint, _KEYS.c.answer, _KEYS.c.refusal).where(_KEYS.c.key == bindparam("b_key")))
_KNOWN = Statement(select(_KEYS.c.key, _KEYS.c.fingerprint).where(any_of(_KEYS.c.key, "b_keys")))
_KEEP = Statement(
    _KEYS.update()
    .where(_KEYS.c.key == bindparam("b_key"))
    .values(answer=bindparam("b_answer"), refusal=bindparam("b_refusal"))
)


def _row(operation: Operation) -> Plain:
    return {
        "key": operation.key,
        "kind": operation.kind,
        "fingerprint": operation.fingerprint,
        "posted_at": clock.now(),
    }


def _claim(session: Session, operation: Operation) -> Row | None:
    """Insert the key; return what is kept under it if it was there. Concurrent claims of one key wait here."""
    try:
        claimed = _CLAIM.first(session, **_row(operation))
    except OperationalError as failure:
        if _state(failure) == _WAITED_TOO_LONG:
            raise StillRunning(key=operation.key) from None
        raise
    if claimed is not None:
        return None
    [kept] = _KEPT.all(session, b_key=operation.key)
    return kept


def _repeat(operation: Operation, earlier: Row) -> Posted:
    fingerprint, answer, refusal = earlier
    if fingerprint != operation.fingerprint:
        raise KeyReused(key=operation.key)
    if refusal is not None:
        raise refusals()[refusal["code"]](**refusal["facts"])
    return Posted(answer, repeated=True)


def send_later(session: Session, name: str, data: Plain) -> None:
    """Write a message into the outbox, in the transaction of the change it tells of."""
    row = {"name": name, "data": data, "created_at": clock.now()}
    write_rows(session, Outbox.__table__, [row])


def _is_passing(failure: DBAPIError) -> bool:
    """Tell whether the same operation may well succeed in a moment."""
    if isinstance(failure, IntegrityError):
        return False
    if failure.connection_invalidated:
        return True
    return _state(failure) in _AGAIN or (isinstance(failure, OperationalError) and "locked" in str(failure.orig))


def _state(failure: DBAPIError) -> str | None:
    """Return PostgreSQL's code of a failure."""
    state: str | None = getattr(failure.orig, "sqlstate", None)
    return state
