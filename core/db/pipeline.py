"""Statements sent ahead to PostgreSQL through the driver's libpq, and what the server answers.

The driver's own pipeline sends each statement by itself, which wakes the server for each, and its cursors cost more
than most statements do. Here libpq holds statements back until an answer is needed or they become many; each is
prepared at its first use.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cached_property
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any

import psycopg
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.adapt import Transformer as DriversTransformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, PipelineStatus
from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]

#: Statements after which all is sent, though nobody asks: neither side should keep too much, and the server gives up a
#: statement of which it has only half for too long.
_MOST_HELD = 100
_FAILED = {ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED}


class Answer:
    """What the server says to one statement that was sent; it is waited for when somebody wants to know."""

    __slots__ = ("_pipeline", "prepares", "result")

    def __init__(self, pipeline: Pipeline, prepares: str | None) -> None:
        """Begin without a result; `prepares` is the text that is prepared by what was sent."""
        self._pipeline, self.prepares = pipeline, prepares
        self.result: PGresult | None = None

    def rows(self) -> list[Row]:
        """Return the rows; raises what failed first among all that was sent."""
        return self._pipeline.rows_of(self._arrived())

    def changed(self) -> int:
        """Return how many rows were changed; raises like `rows`."""
        return self._arrived().command_tuples or 0

    @property
    def tag(self) -> bytes | None:
        """Return the server's word for what was done, None before it answered."""
        return None if self.result is None else self.result.command_status

    def _arrived(self) -> PGresult:
        if self.result is None:
            self._pipeline.hear()
        if self.result is None:
            message = "the answer went with the transaction"
            raise psycopg.InterfaceError(message)
        return self.result


class Pipeline:
    """Sends statements over a connection; all answers arrive together, in the order of the statements."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Send nothing yet."""
        self._connection, self._libpq = connection, connection.pgconn
        self._awaited: deque[Answer] = deque()
        self._names: dict[str, bytes] = {}  # of the texts that the server has prepared
        self._numbers = count()

    def send(self, text: str, values: Sequence[Any] = ()) -> Answer:
        """Send a statement that names its values $1, $2, ...; OperationalError where the connection is gone."""
        if self._connection.closed:
            raise lost(self._connection)
        if self._libpq.pipeline_status == PipelineStatus.OFF:
            self._libpq.enter_pipeline_mode()
        name = self._names.get(text) or self._prepare(text)
        self._libpq.send_query_prepared(name, self._values.dump_sequence(values, [PyFormat.TEXT] * len(values)))
        return self._await(None)

    def hear(self) -> None:
        """Wait for the answers to all that was sent; raises what failed first, OperationalError for a lost server."""
        if self._awaited:
            failed = self._exchange()
            if failed is not None:
                raise lost(self._connection) if self._connection.closed else error_from_result(failed)

    def leave(self) -> None:
        """Hear all answers and let the connection be one like any other until something is sent."""
        try:
            self.hear()
        finally:
            if not self._connection.closed and self._libpq.pipeline_status != PipelineStatus.OFF:
                self._libpq.exit_pipeline_mode()

    def rows_of(self, result: PGresult) -> list[Row]:
        """Return the rows of a result with values as the driver reads them."""
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    @cached_property
    def _values(self) -> Transformer:
        """How values are written and read: asked for when the connection has been told of all kinds."""
        return DriversTransformer.from_context(self._connection)

    def _prepare(self, text: str) -> bytes:
        name = self._names[text] = b"ahead_%d" % next(self._numbers)
        self._libpq.send_prepare(name, text.encode())
        self._await(text)
        return name

    def _await(self, prepares: str | None) -> Answer:
        answer = Answer(self, prepares)
        self._awaited.append(answer)
        if len(self._awaited) % _MOST_HELD == 0:
            self._flush()
        return answer

    def _exchange(self) -> PGresult | None:
        """Send what is held back and take all answers; return the first one that is a failure."""
        try:
            self._libpq.pipeline_sync()
            self._flush()
            return self._receive()
        except BaseException:
            # What is still to come must never be taken for the answers to something else.
            self._awaited.clear()
            self._libpq.finish()
            raise

    def _flush(self) -> None:
        while self._libpq.flush():
            if self._wait(POLLIN | POLLOUT) != POLLOUT:  # the server may wait until what it said is read
                self._libpq.consume_input()

    def _receive(self) -> PGresult | None:
        failed = None
        while True:
            if self._libpq.is_busy():
                self._wait(POLLIN)
                self._libpq.consume_input()
            elif (result := self._libpq.get_result()) is None:
                if self._connection.closed:  # then nothing else will come
                    self._awaited.clear()
                    return failed
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return failed
            elif result.status in _FAILED:
                failed = failed or result
                if self._awaited:  # else all was answered, and the server went before it was ready again
                    self._names.pop(self._awaited.popleft().prepares or "", None)
            else:
                self._awaited.popleft().result = result

    def _wait(self, events: int) -> int:
        """Wait until the line can be read or written; return what it is ready for."""
        waiting = poll()
        waiting.register(self._libpq.socket, events)
        return waiting.poll()[0][1]


def lost(connection: psycopg.Connection[Any]) -> psycopg.OperationalError:
    """Return the error for a connection that is gone: a result does not say so by its code."""
    return psycopg.OperationalError(connection.pgconn.get_error_message())
