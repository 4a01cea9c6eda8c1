"""A bad line between tills and server: answers are lost, connections cut, requests come twice, late or slowly.

What happens to a delivery depends on the seed, the key of the operation and how often it was sent, on nothing else.
`python -m tests.faults.proxy PORT SERVER SEED PERMILLE LOG`; when it is told to end, it first delivers what is late.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

KINDS = ("answer_dropped", "request_cut", "answer_cut", "sent_twice", "sent_late", "delayed")
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
_KEY = re.compile(rb"(?im)^idempotency-key: *(\S+)")
_LATE = (0.1, 1.5)
_DELAY = (0.05, 0.4)


def fault_of(seed: str, permille: int, key: str, attempt: int) -> str | None:
    """Return what befalls a delivery, None for nothing."""
    chance = Random(f"{seed}:{key}:{attempt}")
    return chance.choice(KINDS) if chance.randrange(1000) < permille else None


class Line:
    """Takes requests, one a connection as gunicorn's synchronous workers answer them, and delivers them somehow."""

    def __init__(self, server: int, seed: str, permille: int, log: Path) -> None:
        """Deliver to a port of this machine, and write down what was spoiled."""
        self.server, self.seed, self.permille = server, seed, permille
        self.log = log.open("a", encoding="ascii", buffering=1)
        self.attempts: Counter[str] = Counter()
        self.late: set[asyncio.Task[bytes]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Deliver one request and its answer."""
        try:
            request = await _whole(reader)
            answer = await self._delivered(request)
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()
            return
        if not answer or len(answer) != _length(answer):
            writer.transport.abort()
        else:
            writer.close()

    async def _delivered(self, request: bytes) -> bytes:
        """Return what the till gets of the answer."""
        found = _KEY.search(request)
        key = found[1].decode() if found else hashlib.sha256(request).hexdigest()[:16]
        self.attempts[key] += 1
        attempt = self.attempts[key]
        fault = fault_of(self.seed, self.permille, key, attempt)
        if fault is None:
            return await self._ask(request)
        spoil: Callable[[Line, bytes, Random], Awaitable[bytes]] = getattr(Line, f"_{fault}")
        answer = await spoil(self, request, Random(f"{self.seed}:{key}:{attempt}:how"))
        self.log.write(f"{fault} {key} {attempt}\n")  # where the server was dead already, the line spoiled nothing
        return answer

    async def _ask(self, request: bytes) -> bytes:
        """Return the answer of the server; OSError where it gives none."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server)
        try:
            writer.write(request)
            await writer.drain()
            answer = await reader.read(-1)
        finally:
            writer.close()
        if not answer:
            raise ConnectionResetError
        return answer

    # -- faults, each named as in KINDS -----------------------------------------------------------------------------

    async def _answer_dropped(self, request: bytes, _chance: Random) -> bytes:
        """Let the server do its work, and lose what it says."""
        await self._ask(request)
        return b""

    async def _request_cut(self, request: bytes, chance: Random) -> bytes:
        """Cut the line in the middle of the request."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.server)
        writer.write(request[: chance.randrange(1, len(request))])
        await writer.drain()
        writer.transport.abort()
        return b""

    async def _answer_cut(self, request: bytes, chance: Random) -> bytes:
        """Cut the line in the middle of the answer."""
        answer = await self._ask(request)
        return answer[: chance.randrange(1, len(answer))]

    async def _sent_twice(self, request: bytes, _chance: Random) -> bytes:
        """Deliver the request twice at the same time."""
        answers = await asyncio.gather(self._ask(request), self._ask(request), return_exceptions=True)
        told = [answer for answer in answers if isinstance(answer, bytes)]
        if len(told) < len(answers):
            raise ConnectionResetError
        return told[0]

    async def _sent_late(self, request: bytes, chance: Random) -> bytes:
        """Cut the till off at once, and deliver its request when it has long sent it again."""
        task = asyncio.create_task(self._ask_later(request, chance.uniform(*_LATE)))
        self.late.add(task)
        task.add_done_callback(self.late.discard)
        return b""

    async def _ask_later(self, request: bytes, seconds: float) -> bytes:
        await asyncio.sleep(seconds)
        try:
            return await self._ask(request)
        except OSError:
            return b""

    async def _delayed(self, request: bytes, chance: Random) -> bytes:
        """Be slow, there and back."""
        await asyncio.sleep(chance.uniform(*_DELAY))
        answer = await self._ask(request)
        await asyncio.sleep(chance.uniform(*_DELAY))
        return answer


async def _whole(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return head + (await reader.readexactly(int(found[1])) if found else b"")


def _length(answer: bytes) -> int:
    """Return how long an answer is by what its head says; -1 where the head itself was cut."""
    head, mark, _ = answer.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return len(head) + len(mark) + int(found[1]) if mark and found else -1


async def serve(port: int, line: Line) -> None:
    """Serve until told to end; what is late is delivered before."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    server = await asyncio.start_server(line.take, "127.0.0.1", port, limit=2**22, backlog=256)
    await over.wait()
    server.close()
    if line.late:
        await asyncio.gather(*line.late)


if __name__ == "__main__":
    own, to, seed, permille, log = sys.argv[1:]
    asyncio.run(serve(int(own), Line(int(to), seed, int(permille), Path(log))))
