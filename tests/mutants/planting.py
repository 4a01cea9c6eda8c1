"""Plants one bug at a time in a copy of the product, and runs the tests that must notice it.

A process that has read the libraries forks for each bug; the product itself is read anew, from the copy. What is
measured is the processor time of the tests with their fixtures, from the first one's begin to the first failure:
reading the product and collecting the tests are left out, and so is what other work on the machine takes. Before, the
same tests pass without any bug.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.mutants.planted import Planted

ROOT = Path(__file__).parents[2]
LIMIT = 5  # seconds of processor time
PATIENCE = 300  # seconds by the clock, for a bug that waits for ever
_COPIED = ("core", "rules", "reports", "addons", "tests", "docs", "pyproject.toml", "setup.cfg")
_LIBRARIES = (
    "alembic",
    "babel.dates",
    "durable_rules_engine",
    "flask_appbuilder",
    "lunar_python",
    "marshmallow",
    "phonenumbers",
    "psycopg",
    "sqlalchemy.orm",
    "yaml",
)
_OURS = {"core", "rules", "reports", "addons", "tests"}
#: How a child ends.
PASSED, CAUGHT, LATE = 0, 1, 7


@dataclass(frozen=True)
class Result:
    """What became of a bug: whether a test noticed it in time, which one, after how many seconds."""

    end: int
    seconds: float
    test: str

    @property
    def caught(self) -> bool:
        """Tell whether it was noticed in time."""
        return self.end == CAUGHT


def copied(folder: Path) -> None:
    """Copy what the tests need; what is compiled already stays valid."""
    for name in _COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("node_modules", "*.png", "*.woff2")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, folder / name)


@contextmanager
def planted(bug: Planted, folder: Path) -> Iterator[None]:
    """Change the copy, and change it back."""
    path = folder / bug.file
    sound, times = path.read_text(encoding="utf-8"), path.stat()
    assert sound.count(bug.old) == 1, f"{bug.name} does not apply once to {bug.file}"
    path.write_text(sound.replace(bug.old, bug.new), encoding="utf-8")
    yield
    path.write_text(sound, encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


class _Watch:
    """Measures the tests from the first one on, and ends the process when their time is over."""

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.begun = 0.0
        self.result: dict[str, Any] = {"seconds": 0.0, "test": ""}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.result["test"] = nodeid
        if not self.begun:
            self.begun = time.process_time()
            if self.limit is not None:
                signal.setitimer(signal.ITIMER_PROF, self.limit)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.result["seconds"] = time.process_time() - self.begun
        if report.failed:
            self.result["test"] = report.nodeid


def run(tests: Iterable[str], folder: Path, *, server: bool, limit: float | None = LIMIT) -> Result:
    """Run tests of the copy in a process of their own, on PostgreSQL or on SQLite."""
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            _be_child(list(tests), folder, limit, said.fileno(), "postgresql" if server else "not postgresql")
        end = _end_of(child, PATIENCE * (1 if limit else 10))
        said.seek(0)
        told = json.loads(said.read() or "{}")
    return Result(end, told.get("seconds", limit or 0.0), told.get("test", ""))


def _be_child(tests: list[str], folder: Path, limit: float | None, out: int, marked: str) -> NoReturn:
    watch = _Watch(limit)

    def end(code: int) -> NoReturn:
        os.pwrite(out, json.dumps(watch.result).encode(), 0)
        os._exit(code)

    signal.signal(signal.SIGPROF, lambda *_: end(LATE))
    silent = os.open(os.environ.get("GUIBIN_MUTANTS_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    importlib.invalidate_caches()
    os.environ["CI"] = ""
    arguments = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", marked, *tests]
    try:
        end(int(pytest.main(arguments, plugins=[watch])))
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent would
        traceback.print_exc()
        end(LATE)


def _end_of(child: int, patience: int) -> int:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return LATE


def plant(bugs: list[Planted]) -> Iterator[tuple[Planted, Result]]:
    """Plant each bug and yield what became of it; AssertionError where its tests fail without it."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        copied(folder)
        for server in sorted({bug.server for bug in bugs}):
            tests = {test for bug in bugs for test in bug.tests if bug.server == server}
            sound = run(sorted(tests), folder, server=server, limit=None)
            assert sound.end == PASSED, f"without any bug {sound.test} fails"
        for bug in bugs:
            with planted(bug, folder):
                yield bug, run(bug.tests, folder, server=bug.server)
