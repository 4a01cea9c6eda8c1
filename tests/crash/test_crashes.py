"""A crash before every statement of every operation that moves value: nothing is there, or all, and once."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from core.db import session
from tests.crash.catalogue import SCENES
from tests.crash.disk import crashed, played
from tests.crash.scene import World, opened_world

LEAST = 200
#: Processes die here, not machines: what they wrote may lie in memory, and is much quicker there.
MEMORY = Path("/dev/shm")


@dataclass
class Stage:
    """A database with the shop to be copied, the disk on which scenes are played, and how many crashes each saw."""

    base: Path
    disk: Path
    world: World
    crashes: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for many copies of a database."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, folder: Path) -> Iterator[Stage]:
    """One connection for all scenes: what it has learnt of the statements stays."""
    base, disk = folder / "base.db", folder / "disk.db"
    shutil.copyfile(sqlite_template, disk)
    event.listen(session.connect(f"sqlite:///{disk}"), "connect", _remember_little)
    world = opened_world(folder)
    session.engine().dispose()
    shutil.copyfile(disk, base)
    yield Stage(base, disk, world)
    session.disconnect()


def _remember_little(raw: sqlite3.Connection, _record: Any) -> None:
    """Have what is not committed yet written into the log early: that is what a crash must not leave."""
    raw.execute("PRAGMA cache_size=1")


@pytest.mark.parametrize("name", SCENES)
def test_a_crash_leaves_all_or_nothing_and_asked_again_it_is_done_once(name: str, stage: Stage, folder: Path) -> None:
    scene = SCENES[name]
    own = World(replace(stage.world.shop, numbers=count(1)), folder)
    story = played(scene, own, stage.disk, stage.base)
    assert story.begun != story.ended
    assert scene.in_parts or story.shots[-1].committed == 1  # one operation is one transaction
    stage.crashes[name] = sum(1 for _ in crashed(story))
    assert stage.crashes[name] == len(story.shots) > 1


def test_there_are_many_places_to_crash(stage: Stage) -> None:
    if stage.crashes.keys() != SCENES.keys():
        pytest.skip("not every scene was played in this run")
    assert sum(stage.crashes.values()) >= LEAST
