"""With CI=true PostgreSQL and Redis are there: a test that skipped them would hide a fault."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import pytest

SERVERS = (
    ("PostgreSQL", "GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres"),
    ("Redis", "GUIBIN_TEST_REDIS", "redis://127.0.0.1:6379/0"),
)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to begin when a server that must be there does not answer."""
    if os.environ.get("CI") != "true":
        return
    for name, variable, standard in SERVERS:
        address = urlsplit(os.environ.get(variable, standard))
        try:
            socket.create_connection((address.hostname or "127.0.0.1", address.port or 0), timeout=5).close()
        except OSError as problem:
            message = (
                f"CI=true, but {name} does not answer at {address.hostname}:{address.port} ({variable}): {problem}"
            )
            raise pytest.UsageError(message) from problem


#: Each of them keeps the whole machine busy: one is begun first, the other comes last, and they do not meet.
FIRST, LAST = "faults", "hammer"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, and last what shows most while nothing else runs."""
    items.sort(key=lambda item: (item.path.parent.name == LAST) - (item.path.parent.name == FIRST))
