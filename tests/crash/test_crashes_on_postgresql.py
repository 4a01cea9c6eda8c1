"""The operations that move most, crashed before every statement on PostgreSQL: the backend dies, nothing is half."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.crash.catalogue import SCENES
from tests.crash.scene import opened_world
from tests.crash.server import Server, crashed


@pytest.fixture
def server(postgresql: Engine) -> Iterator[Server]:
    opened = Server(postgresql.url.render_as_string(hide_password=False))
    yield opened
    opened.forget()


@pytest.mark.postgresql
@pytest.mark.parametrize("name", [scene.name for scene in SCENES.values() if scene.on_both])
def test_a_killed_backend_leaves_all_or_nothing_and_asked_again_it_is_done_once(
    name: str, server: Server, tmp_path: Path
) -> None:
    assert crashed(SCENES[name], opened_world(tmp_path), server) > 5
