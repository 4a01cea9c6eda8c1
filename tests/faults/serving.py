"""The web processes, kept running: whatever ends is cleared away and started again, as a service manager would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random

WORKERS = 2
_LOOK = 3  # seconds a look at the server may take


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Served:
    """`guibin serve`: gunicorn with synchronous workers, in a process group of its own."""

    def __init__(self, environment: Mapping[str, str], log: Path, *, application: str = "") -> None:
        """Start it; another application takes the place of the product's where one is named."""
        self.environment, self.log, self.port = dict(environment), log, free_port()
        self.command = self._product() if not application else self._other(application)
        self.starts = 0
        self.master = self._start()

    def _product(self) -> list[str]:
        guibin = str(Path(sys.executable).with_name("guibin"))
        return [guibin, "serve", "--port", str(self.port), "--workers", str(WORKERS)]

    def _other(self, application: str) -> list[str]:
        gunicorn = str(Path(sys.executable).with_name("gunicorn"))
        return [gunicorn, "--bind", f"127.0.0.1:{self.port}", "--workers", str(WORKERS), application]

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        with self.log.open("ab") as said:
            return subprocess.Popen(
                self.command, env=self.environment, stdout=said, stderr=said, start_new_session=True
            )

    def look(self) -> None:
        """Start it again if the master is gone; its workers go first, since they hold the port."""
        if self.master.poll() is not None:
            self._clear()
            self.master = self._start()

    def workers(self) -> list[int]:
        """Return the web processes of now."""
        try:
            text = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text("ascii")
        except FileNotFoundError:
            return []
        return [int(pid) for pid in text.split()]

    def kill_worker(self, chance: Random) -> bool:
        """Kill a web process in the middle of whatever it does."""
        found = self.workers()
        if not found or self.master.poll() is not None:
            return False
        os.kill(chance.choice(found), signal.SIGKILL)
        return True

    def kill_master(self, _chance: Random) -> bool:
        """Kill the process that keeps the workers, which live on for a moment."""
        if self.master.poll() is not None:
            return False
        self.master.kill()
        return True

    def answers(self) -> bool:
        """Tell whether all workers are there and one of them answers; asking for a till reads the database."""
        if self.master.poll() is not None or len(self.workers()) != WORKERS:
            return False
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_LOOK)
        try:
            connection.request("GET", "/api/v1/pos/till", headers={"Authorization": "Bearer pos.nobody.nothing"})
            return connection.getresponse().status == 401
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End it."""
        self.master.terminate()
        try:
            self.master.wait(15)
        except subprocess.TimeoutExpired:
            self.master.kill()
        self._clear()

    def _clear(self) -> None:
        try:
            os.killpg(self.master.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.master.wait()
