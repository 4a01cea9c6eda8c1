"""A crash on SQLite: the files as they stand when the process dies, and nothing that it still holds.

The operation is done once, and before each statement and each COMMIT the database and its log are copied: what a
process killed at that moment leaves behind. Each copy is then opened by itself.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from core.db import session
from tests.crash.scene import Act, Scene, World, dice

Digest = dict[str, str]
#: What a run in parts writes anew each time it is begun: keys that it draws itself, which run it is, how far.
RUNS = {"core_posting_key", "core_job", "tiers_review", "tiers_review_part", "sqlite_sequence"}
RUN = "review_id"


def digest(path: Path, *, value: bool = False) -> Digest:
    """Return a digest of the rows of each table that has any; of `value` alone, whichever run it came from."""
    with closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        texts = {name: _text(connection, name, value) for name in names - (RUNS if value else set())}
        codes = [row[0] for row in connection.execute("SELECT code FROM vouchers_voucher ORDER BY id")] if value else []
    for number, code in enumerate(codes):  # another run draws others
        texts = {name: text.replace(code, f"code {number}") for name, text in texts.items()}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items() if text}


def _text(connection: sqlite3.Connection, name: str, value: bool) -> str:
    found = connection.execute(f'SELECT * FROM "{name}"')
    columns = [place for place, column in enumerate(found.description) if not value or column[0] != RUN]
    return "\n".join(repr([row[place] for place in columns]) for row in found)


@dataclass(frozen=True)
class Held:
    """A database as it lies on the disk: its file, and its log where there is one.

    The index of the log is in memory that a dead process has no more.
    """

    data: Path
    log: Path | None = None

    def onto(self, disk: Path) -> None:
        """Put it on the disk in place of what is there."""
        for each in disk.parent.glob(f"{disk.name}*"):
            each.unlink()
        shutil.copyfile(self.data, disk)
        if self.log is not None:
            shutil.copyfile(self.log, _log_of(disk))


def _log_of(disk: Path) -> Path:
    return Path(f"{disk}-wal")


@contextmanager
def over(disk: Path, held: Held) -> Iterator[None]:
    """Put what is held on the disk of this process, and begin anew with it."""
    session.engine().dispose()
    held.onto(disk)
    yield
    session.engine().dispose()  # the last one out writes the log into the database


@dataclass(frozen=True)
class Shot:
    """The disk before a statement, and how many transactions were committed by then."""

    held: Held
    statement: str
    committed: int


@dataclass
class Camera:
    """Copies the disk before each statement and each COMMIT."""

    disk: Path
    folder: Path
    shots: list[Shot] = field(default_factory=list)
    committed: int = 0
    written: int = -1  # when the file itself was written to last: between check points only the log grows

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take a picture at each step within the block, and one after it."""
        heard = (("before_cursor_execute", self._statement), ("commit", self._commit))
        for name, listener in heard:
            event.listen(session.engine(), name, listener)
        yield
        for name, listener in heard:
            event.remove(session.engine(), name, listener)
        self._take("the answer")

    def _take(self, statement: str) -> None:
        number = len(self.shots)
        data = self.shots[-1].held.data if self.shots else self.folder
        written = self.disk.stat().st_mtime_ns
        if written != self.written:
            data, self.written = self.folder / f"shot-{number}.db", written
            shutil.copyfile(self.disk, data)
        log = self.folder / f"shot-{number}.log"
        shutil.copyfile(_log_of(self.disk), log)
        self.shots.append(Shot(Held(data, log), statement, self.committed))

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self._take(statement)

    def _commit(self, _connection: Any) -> None:
        self._take("COMMIT")
        self.committed += 1


@dataclass
class Story:
    """A scene played once without a crash: the disk before each statement, and how it began and ended."""

    scene: Scene
    disk: Path
    act: Act
    answer: Any
    shots: list[Shot]
    begun: Digest
    ended: Digest
    outcome: Digest  # what any way to the end must come to


def played(scene: Scene, world: World, disk: Path, base: Path) -> Story:
    """Set a scene over a copy of the base, and play it once."""
    start = world.folder / "start.db"
    with over(disk, Held(base)), dice(2):
        act = scene.prepare(world)
    begun = digest(disk)
    shutil.copyfile(disk, start)
    camera = Camera(disk, world.folder)
    with over(disk, Held(start)), dice(1), camera.watching():
        answer = act()
    outcome = digest(disk, value=scene.in_parts)
    return Story(scene, disk, act, answer, camera.shots, begun, digest(disk), outcome)


def crashed(story: Story) -> Iterator[Shot]:
    """Crash before each statement, look at the disk, ask again; AssertionError where an end differs."""
    held = {0: story.begun, story.shots[-1].committed: story.ended}
    for number, shot in enumerate(story.shots):
        at = f"{story.scene.name}, crashed before {shot.statement[:200]!r}"
        # What draws its own keys draws others when it is begun again.
        with over(story.disk, shot.held), dice(100 + number if story.scene.in_parts else 1):
            found = digest(story.disk)
            assert found == held.setdefault(shot.committed, found), f"{at}: half of it is there"
            answer = story.act()
        found = digest(story.disk, value=story.scene.in_parts)
        assert found == story.outcome, f"{at}: asked again, another end: {_differ(found, story.outcome)}"
        assert story.scene.in_parts or answer == story.answer, f"{at}: asked again, another answer"
        yield shot


def _differ(one: Digest, other: Digest) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
