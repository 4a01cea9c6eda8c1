"""Forks the clients, kills one when it is told to, and lets another take up its journal.

`python -m tests.faults.host POST work|again` reads `kill` from standard input and answers `killed N`, or `nobody`.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlalchemy.orm import configure_mappers

from core.addons import registry
from core.addons.discover import available
from tests.faults import client
from tests.faults.client import Post

Work = Callable[[Post, int], None]


class Host:
    """Processes of clients by the number of the client."""

    def __init__(self, post: Post, work: Work) -> None:
        """Begin without any."""
        self.post, self.work, self.chance = post, work, Random(f"{post.seed}:host")
        self.running: dict[int, int] = {}

    def start(self, number: int) -> None:
        """Fork a client; it ends with 0 when its work is done."""
        pid = os.fork()
        if pid:
            self.running[pid] = number
            return
        code = 1
        try:
            self.work(self.post, number)
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stderr.flush()
            os._exit(code)

    def kill(self) -> str:
        """Kill a client in the middle of whatever it does; its place is taken when it is found dead."""
        if not self.running:
            return "nobody"
        pid = self.chance.choice(sorted(self.running))
        os.kill(pid, signal.SIGKILL)
        return f"killed {self.running[pid]}"

    def look(self) -> bool:
        """Replace clients that were killed; tell whether all of the work is done. SystemExit where one failed."""
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return False
            number = self.running.pop(pid)
            if os.WIFSIGNALED(status):
                self.start(number)
            elif os.WEXITSTATUS(status):
                self.stop()
                raise SystemExit(f"client {number} failed")
        return True

    def stop(self) -> None:
        """End everybody."""
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.running = {}


def main(path: Path, verb: str) -> None:
    """Work until all is done, or until nobody listens any more."""
    registry.load(available())
    configure_mappers()  # once, not in every client
    post = Post.load(path)
    host = Host(post, {"work": client.work, "again": client.again}[verb])
    for number in range(post.clients):
        host.start(number)
    while not host.look():
        ready, _, _ = select.select([sys.stdin], [], [], 0.02)
        if not ready:
            continue
        if not sys.stdin.readline():  # whoever gave the orders is gone
            host.stop()
            raise SystemExit(1)
        sys.stdout.write(host.kill() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
