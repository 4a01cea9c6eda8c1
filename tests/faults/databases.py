"""The databases that are put to death: a SQLite file, and a PostgreSQL cluster of one's own.

The cluster is made in a temporary folder and listens on a port of its own: the server of the machine is never touched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from core import clock
from tests.faults.serving import free_port

_PATIENCE = 60


class SqliteFile:
    """A database that no process serves: nothing but its writers can die."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        """Name the file."""
        self.url = f"sqlite:///{folder / 'guibin.db'}"

    def look(self) -> None:
        """There is nothing to start again."""

    def answers(self) -> bool:
        """Tell that a file is always there."""
        return True


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest there are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    return found[-1].parent if found else None if on_path is None else Path(on_path).parent


def _version(program: Path) -> list[int]:
    return [int(part) for part in program.parts[-3].split(".")]


def _account() -> dict[str, Any]:
    """Return as whom PostgreSQL runs: it refuses to be root."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = names.get("postgres") or names["nobody"]
    return {"user": chosen.pw_uid, "group": chosen.pw_gid, "extra_groups": []}


class Cluster:
    """PostgreSQL, kept running: a postmaster that ended is started again when what it left behind is gone."""

    name = "postgresql"

    def __init__(self, folder: Path, programs: Path) -> None:
        """Make an empty cluster and start it."""
        self.data, self.programs, self.port = folder / "data", programs, free_port()
        self.url = f"postgresql+psycopg://guibin@127.0.0.1:{self.port}/postgres"
        self.log = folder / "postgresql.log"
        self.account = _account()
        self.data.mkdir()
        self.log.touch()
        for path in (folder, self.data, self.log):
            if self.account:
                os.chown(path, self.account["user"], self.account["group"])
        self._run("initdb", "--username", "guibin", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        self.starts = 0
        self.postmaster = self._start()
        self._wait()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "--pgdata", str(self.data), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.data, env=_PLAIN, **self.account)

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.data)]
        with self.log.open("ab") as said:
            return subprocess.Popen(
                [*command, "-c", "listen_addresses=127.0.0.1"],
                stdout=said, stderr=said, cwd=self.data, env=_PLAIN, start_new_session=True, **self.account,
            )  # fmt: skip

    def _wait(self) -> None:
        end = clock.elapsed_seconds() + _PATIENCE
        while not self.answers():
            if clock.elapsed_seconds() > end:
                raise RuntimeError(self.log.read_text("utf-8", "replace")[-2000:])
            self.look()
            time.sleep(0.1)

    def look(self) -> None:
        """Start it again if the postmaster is gone; backends it left behind hold the memory and go first."""
        if self.postmaster.poll() is not None:
            self._clear()
            self.postmaster = self._start()

    def _clear(self) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end = clock.elapsed_seconds() + _PATIENCE
        while self.processes() and clock.elapsed_seconds() < end:
            time.sleep(0.02)

    def processes(self) -> list[int]:
        """Return the processes that work in the folder of this cluster: each of its own has it as working folder."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and (entry / "cwd").readlink() == self.data:
                    found.append(int(entry.name))
        return found

    def answers(self) -> bool:
        """Tell whether somebody can connect and ask."""
        try:
            with self._connected() as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="guibin", dbname="postgres", connect_timeout=2, autocommit=True
        )

    def kill_backend(self, chance: Random) -> bool:
        """Kill the process of a connection: the postmaster then ends all the others and recovers."""
        pid = self._backend(chance)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def terminate_backend(self, chance: Random) -> bool:
        """Let the server end one connection."""
        pid = self._backend(chance)
        if pid is None:
            return False
        try:
            with self._connected() as connection:
                return connection.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone() == (True,)
        except psycopg.Error:
            return False

    def _backend(self, chance: Random) -> int | None:
        """Return a connection of a client, one that is at work where there is any."""
        asked = (
            "SELECT pid, state = 'active' OR xact_start IS NOT NULL FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid"
        )
        try:
            with self._connected() as connection:
                rows = connection.execute(asked).fetchall()
        except psycopg.Error:
            return None
        busy = [pid for pid, works in rows if works]
        pids = busy or [pid for pid, _ in rows]
        return chance.choice(pids) if pids else None

    def kill_postmaster(self, _chance: Random) -> bool:
        """Kill the server's first process alone; its backends live on as orphans."""
        if self.postmaster.poll() is not None:
            return False
        self.postmaster.kill()
        return True

    def stop(self) -> None:
        """End it, at once."""
        self.postmaster.send_signal(signal.SIGQUIT)
        try:
            self.postmaster.wait(15)
        except subprocess.TimeoutExpired:
            self.postmaster.kill()
            self.postmaster.wait()
        self._clear()


#: No setting of the person who runs the tests reaches the cluster.
_PLAIN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a cluster that is gone afterwards; FileNotFoundError where PostgreSQL's programs are not installed."""
    programs = binaries()
    if programs is None:
        message = "initdb is neither under /usr/lib/postgresql nor on the path"
        raise FileNotFoundError(message)
    folder = Path(tempfile.mkdtemp(prefix="guibin-faults-"))
    try:
        made = Cluster(folder, programs)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
