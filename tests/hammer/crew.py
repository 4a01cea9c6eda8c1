"""Many processes of many threads that reach for one thing at once; `python -m tests.hammer.crew` waits for jobs.

A job is a line of JSON. The crew has read the product once and forks for each job: processes that begin at once. Two
processes at a time send the same keys, so every operation is asked for twice, often at the same moment.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

from core import clock
from core.addons import registry
from core.addons.discover import available
from core.db import session
from core.db.posting import DatabaseBusy, Operation, post, rehearse
from core.db.scope import system_scope
from core.errors import Refusal
from tests.hammer.guards import take_away
from tests.hammer.targets import TARGETS, Done, Plain

PROCESSES = THREADS = 8
LEAST = 2  # operations of each hand, however slow the machine


@dataclass(frozen=True)
class Job:
    """What to hammer, where, for how long; each process writes what it was told into the folder."""

    url: str
    target: str
    ids: Plain
    seconds: float
    folder: str
    guarded: bool = True

    def as_line(self) -> str:
        """Return it as it is sent."""
        return f"{json.dumps(asdict(self))}\n"


class Hand:
    """One thread: asks for one thing after the other, and for each until it is told."""

    def __init__(self, job: Job, pair: int, thread: int) -> None:
        self.job, self.target = job, TARGETS[job.target]
        self.name = f"{pair}-{thread}"
        self.first = (pair * THREADS + thread + 1) * 1_000_000  # receipts of its own
        self.told: dict[str, Done] = {}
        self.failures: list[str] = []

    def run(self) -> None:
        """Go on until the time is over."""
        dice, last, number = Random(self.name), None, 0
        until = clock.elapsed_seconds() + self.job.seconds
        with system_scope("hammer"):
            while number < LEAST or clock.elapsed_seconds() < until:
                request = self.target.ask(self.job.ids, dice, last, self.first + number)
                key = f"{self.job.target}:{self.name}:{number}"
                last = self._asked(key, request)
                self.told[key] = last
                number += 1

    def _asked(self, key: str, request: Plain) -> Done:
        operation = Operation(f"hammer.{self.job.target}", key, request)

        def command(opened: Session) -> Plain:
            return self.target.act(opened, self.job.ids, request)

        while True:
            try:
                return Done(request, post(operation, command).answer)
            except DatabaseBusy:
                continue
            except Refusal:
                return Done(request, None)
            except Exception:  # noqa: BLE001 - whatever else happens is told to whoever watches
                self.failures.append(traceback.format_exc())
                return Done(request, None)


def hammer(job: Job, process: int, wait: Callable[[], None], others: Barrier) -> None:
    """Be one process: let its threads go with those of the others, and write down what they were told."""
    session.connect(job.url)
    _warm_up(job)
    wait()
    if not job.guarded:
        take_away(others)
    hands = [Hand(job, process // 2, thread) for thread in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(Hand.run, hands))
    told = {key: done for hand in hands for key, done in hand.told.items()}
    out = {"told": told, "failures": [failure for hand in hands for failure in hand.failures]}
    Path(job.folder, f"{process}.json").write_text(json.dumps(out), encoding="utf-8")


def _warm_up(job: Job) -> None:
    """Do once what will be done, and undo it: then nobody is late because statements are put together."""
    target = TARGETS[job.target]
    request = target.ask(job.ids, Random(0), None, 0)
    with system_scope("hammer"), suppress(Refusal):
        rehearse(lambda opened: target.act(opened, job.ids, request))


def crew(job: Job) -> list[int]:
    """Fork the processes of a job, let them begin together, and wait for their ends."""
    children = []
    told, ready = os.pipe()
    begins, go = os.pipe()
    others = multiprocessing.Barrier(PROCESSES)
    for process in range(PROCESSES):
        child = os.fork()
        if child == 0:
            os.close(go)

            def wait() -> None:
                os.write(ready, b".")
                os.read(begins, 1)  # until nobody can write to it any more

            try:
                hammer(job, process, wait, others)
            except BaseException:  # noqa: BLE001 - a child must not go on as its parent would
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(ready)
    waiting = 0
    while waiting < PROCESSES and (more := os.read(told, PROCESSES)):  # nothing where one has died
        waiting += len(more)
    for pipe in (told, begins, go):
        os.close(pipe)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def main() -> None:
    """Do the jobs that come in, one line each; answer each with the exit codes."""
    registry.load(available())
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(crew(Job(**json.loads(line))))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
