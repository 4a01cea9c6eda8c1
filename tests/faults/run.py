"""A run: the shop is opened, served and worked in, things die as planned, and what ends is started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO

from core import clock
from tests.faults.client import Post
from tests.faults.databases import Cluster, SqliteFile
from tests.faults.plan import SERVER_DEATHS, Due, Plan
from tests.faults.serving import Served, free_port
from tests.faults.shop import SECRET

ROOT = Path(__file__).parents[2]
#: Seconds within which a server answers again by itself after anything was killed, and operations go on.
RECOVERY = 60
_TICK = 0.02
_LEDGER_KEY = "the key of ledgers that are thrown away"


@dataclass
class Outcome:
    """What a run came to."""

    plan: Plan
    post: Post
    environment: dict[str, str]
    #: What was killed, and what befell deliveries, by kind.
    faults: Counter[str] = field(default_factory=Counter)
    #: Seconds from each death of a server until all of it answered again.
    recoveries: list[float] = field(default_factory=list)
    seconds: float = 0

    @property
    def deaths(self) -> int:
        """Return how many servers died."""
        return sum(self.faults[kind] for kind in SERVER_DEATHS)

    def said(self) -> str:
        """Return the figures in a few lines."""
        plan = self.plan
        rate = plan.operations / self.seconds
        worked = (
            f"{plan.operations:,} operations of {plan.clients} clients in {self.seconds:.1f} s ({rate:.0f} a second)"
        )
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        lines = [
            f"seed {plan.seed}: {worked}",
            f"{self.faults.total()} faults, {self.deaths} of them deaths of servers: {kinds}",
        ]
        if self.recoveries:
            mean = sum(self.recoveries) / len(self.recoveries)
            lines.append(f"all answered again after {mean:.1f} s in the mean, {max(self.recoveries):.1f} s at most")
        return "\n".join(lines)


class Stuck(RuntimeError):
    """The run did not go on by itself."""


class Run:
    """One run while it runs."""

    def __init__(
        self, outcome: Outcome, database: SqliteFile | Cluster, served: Served, host: subprocess.Popen[str]
    ) -> None:
        """Begin with what was started."""
        self.outcome, self.database, self.served, self.host = outcome, database, served, host
        self.chance = Random(f"{outcome.plan.seed}:victims")
        self.due = outcome.plan.due()
        self.waiting: list[float] = []
        self.read = [0] * outcome.plan.clients
        self.answered, self.moved = 0, clock.elapsed_seconds()

    def go(self) -> None:
        """Go on until all clients are done; Stuck where nothing moves any more."""
        while self.host.poll() is None:
            self.look()
            while self.due and self.due[0].at <= self.answered and self._kill(self.due[0]):
                self.due.pop(0)
            time.sleep(_TICK)
        if self.host.returncode:
            raise Stuck(self._told("host.log"))
        while self.waiting:
            self.look()

    def look(self) -> None:
        """Start again what ended, see how far the clients are, and whether everything answers."""
        self.database.look()
        self.served.look()
        now, before = clock.elapsed_seconds(), self.answered
        self._count()
        if self.answered > before:
            self.moved = now
        if self.waiting and self.served.answers() and self.database.answers():
            self.outcome.recoveries += [clock.elapsed_seconds() - since for since in self.waiting]
            self.waiting = []
        if now - min([self.moved, *self.waiting]) > RECOVERY:
            raise Stuck(f"{self.answered} operations, {self.due[:3]} due\n{self._told('served.log')}")

    def _kill(self, due: Due) -> bool:
        """Kill; False where there is nobody to be killed just now."""
        ways = {
            "client": self._kill_client,
            "worker": self.served.kill_worker,
            "master": self.served.kill_master,
        }
        if isinstance(self.database, Cluster):
            ways |= {
                "backend": self.database.kill_backend,
                "connection": self.database.terminate_backend,
                "postmaster": self.database.kill_postmaster,
            }
        if not ways[due.kind](self.chance):
            return False
        self.outcome.faults[due.kind] += 1
        if due.kind in SERVER_DEATHS:
            self.waiting.append(clock.elapsed_seconds())
        return True

    def _kill_client(self, _chance: Random) -> bool:
        assert self.host.stdin is not None
        assert self.host.stdout is not None
        try:
            self.host.stdin.write("kill\n")
            self.host.stdin.flush()
        except BrokenPipeError:
            return False
        return self.host.stdout.readline().startswith("killed")

    def _count(self) -> None:
        """Count the answers in the journals."""
        for client in range(self.outcome.plan.clients):
            path = self.outcome.post.journal(client)
            if path.exists():
                with path.open("rb") as file:
                    file.seek(self.read[client])
                    text = file.read()
                self.read[client] += len(text)
                self.answered += text.count(b'{"told": ')

    def _told(self, name: str) -> str:
        return Path(self.outcome.post.folder, name).read_text("utf-8", "replace")[-4000:]


def environment_of(folder: Path, url: str) -> dict[str, str]:
    """Return the environment of an installation in a folder."""
    own = {
        "GUIBIN_VAR": str(folder),
        "GUIBIN_DATABASE": url,
        "GUIBIN_SECRET_KEY": SECRET,
        "GUIBIN_LEDGER_KEY": _LEDGER_KEY,
        "GUIBIN_SEAL_KEYS": str(folder / "keys"),
        "GUIBIN_ANCHORS": str(folder / "anchors"),
        "HOME": str(folder),  # gunicorn keeps a socket there
        "PYTHONPATH": str(ROOT),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUIBIN_")}
    return kept | own


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours."""
    return [sys.executable, "-m", f"tests.faults.{module}", *arguments]


@contextmanager
def running(plan: Plan, database: SqliteFile | Cluster, folder: Path, *, application: str = "") -> Iterator[Outcome]:
    """Run a plan to its end; within the block the server still serves, through a line that is good again."""
    environment = environment_of(folder, database.url)
    subprocess.run(
        python("shop", str(folder / "world.json"), str(plan.members)),
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with ExitStack() as ends:
        served = Served(environment, folder / "served.log", application=application)
        ends.callback(served.stop)
        _wait(served)
        port = free_port()
        line = _line(plan, port, served.port, environment, folder)
        ends.callback(line.wait)
        ends.callback(line.kill)
        post = Post(
            str(folder),
            database.url,
            plan.seed,
            plan.clients,
            plan.quota,
            plan.share,
            list(plan.kinds),
            port,
            served.port,
            plan.again,
        )
        post.save(folder / "post.json")
        outcome = Outcome(plan, post, environment)
        begun = clock.elapsed_seconds()
        with host(outcome, "work") as process:
            Run(outcome, database, served, process).go()
        line.terminate()
        line.wait(RECOVERY)
        outcome.seconds = clock.elapsed_seconds() - begun
        outcome.faults.update(text.split()[0] for text in (folder / "line.log").read_text("ascii").splitlines())
        yield outcome


def _wait(served: Served) -> None:
    end = clock.elapsed_seconds() + RECOVERY
    while not served.answers():
        if clock.elapsed_seconds() > end:
            raise Stuck(served.log.read_text("utf-8", "replace")[-4000:])
        served.look()
        time.sleep(0.1)


def _line(plan: Plan, port: int, server: int, environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    log = folder / "line.log"
    log.touch()
    command = python("proxy", str(port), str(server), plan.seed, str(plan.spoiled), str(log))
    with (folder / "proxy.log").open("wb") as said:
        return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=said, stderr=said)


@contextmanager
def host(outcome: Outcome, verb: str) -> Iterator[subprocess.Popen[str]]:
    """Give the process of the clients; it ends with those who look after it."""
    post = Path(outcome.post.folder, "post.json")
    with _opened(post.with_name("host.log")) as said:
        process = subprocess.Popen(
            python("host", str(post), verb),
            env=outcome.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        for end in (process.stdin, process.stdout):
            if end is not None:
                end.close()
        process.wait(RECOVERY)


def _opened(path: Path) -> IO[bytes]:
    return path.open("ab")


def everything_again(outcome: Outcome) -> None:
    """Let the clients send everything (as much as is planned) again, to the server itself; Stuck where one fails."""
    with host(outcome, "again") as process:
        process.wait()
    if process.returncode:
        raise Stuck(Path(outcome.post.folder, "host.log").read_text("utf-8", "replace")[-4000:])
