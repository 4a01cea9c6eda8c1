"""Sends a crew against a target and counts what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from addons.vouchers.tests.shop import open_shop
from core.db import session
from core.db.scope import system_scope
from core.db.session import reading, work
from tests.hammer.crew import PROCESSES, Job
from tests.hammer.targets import TARGETS, Done

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """How many operations were asked for, how many of those were done, how many answers agreed; what was found."""

    operations: int
    done: int
    asked_twice: int
    findings: list[str]


@dataclass(frozen=True)
class Crew:
    """A running crew."""

    process: subprocess.Popen[str]

    def hammers(self, target: str, *, seconds: float, folder: Path, guarded: bool = True) -> Outcome:
        """Hammer a target in the database of this process; it is made for that, and counted afterwards."""
        with system_scope("test"), work() as opened:
            ids = TARGETS[target].set_up(open_shop(opened))
        url = session.engine().url.render_as_string(hide_password=False)
        self._send(Job(url, target, ids, seconds, str(folder), guarded))
        written = [json.loads(Path(folder, f"{number}.json").read_text("utf-8")) for number in range(PROCESSES)]
        return _outcome(target, ids, written)

    def _send(self, job: Job) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(job.as_line())
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert json.loads(answer or "[]") == [0] * PROCESSES, "a process of the crew died"


@contextmanager
def waiting_crew() -> Iterator[Crew]:
    """Start a crew; it ends when nobody sends it any more."""
    command = [sys.executable, "-m", "tests.hammer.crew"]
    environment = os.environ | {"PYTHONWARNINGS": ""}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        yield Crew(process)
        assert process.stdin is not None
        process.stdin.close()


def _outcome(target: str, ids: dict[str, Any], written: list[dict[str, Any]]) -> Outcome:
    told: dict[str, Done] = {}
    findings = [failure for each in written for failure in each["failures"]]
    twice = 0
    for each in written:
        for key, said in each["told"].items():
            done = Done(*said)
            twice += key in told
            if told.setdefault(key, done) != done:
                findings.append(f"{key} has two answers: {told[key]} and {done}")
    with system_scope("test"), reading() as opened:
        findings += TARGETS[target].findings(opened, ids, told.values())
    return Outcome(len(told), sum(1 for each in told.values() if each.answer), twice, findings)
