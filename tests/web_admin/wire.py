"""The product over the wire: served by two processes, asked by people whose browser keeps its cookies."""

from __future__ import annotations

import http.cookiejar
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from core.testing.screens import PASSWORD

PATIENCE = 90  # seconds; a busy machine starts processes slowly


class Client:
    """A person's browser over the wire."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open
        self.retry_after: str | None = None

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, text, and where it led."""
        body = None if data is None else urlencode(data).encode()
        try:
            with self.open(self.address + path, body, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as refused:
            with refused:
                self.retry_after = refused.headers.get("Retry-After")
                return refused.code, refused.read().decode(), refused.url

    def send(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Fill in the form of a page."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.patiently(path)[1])
        assert token is not None, path
        return self.ask(path, {"csrf_token": token[1], **(data or {})})

    def patiently(self, path: str) -> tuple[int, str, str]:
        """Ask again while the product is between two generations."""
        return until(lambda: self.ask(path), lambda answer: answer[0] != 503)

    def login(self, name: str) -> None:
        status, _text, led_to = self.send("/login/", {"username": name, "password": PASSWORD})
        assert (status, led_to) == (200, f"{self.address}/")


Answer = tuple[int, str, str]
_Asked = TypeVar("_Asked")


def until(ask: Callable[[], _Asked], enough: Callable[[_Asked], bool]) -> _Asked:
    """Ask until the answer is the one that is waited for."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = ask()
        if enough(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def is_there(client: Client) -> bool:
    try:
        return client.ask("/login/")[0] == 200
    except OSError:
        return False


@contextmanager
def serving(environment: Mapping[str, str], log: Path, workers: int = 2) -> Iterator[str]:
    """Serve an installation with some processes; what they say goes into a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    guibin = Path(sys.executable).with_name("guibin")
    with log.open("wb") as said:
        server = subprocess.Popen(
            [guibin, "serve", "--port", str(port), "--workers", str(workers)],
            env=dict(environment),
            stdout=said,
            stderr=said,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            end = time.monotonic() + PATIENCE
            while not is_there(Client(address)) and time.monotonic() < end:
                time.sleep(0.2)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def write_addon(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Write a new addon called shelf into a folder, and return the environment that finds it."""
    guibin = Path(sys.executable).with_name("guibin")
    subprocess.run(
        [guibin, "addons", "new", "shelf", "--folder", folder], env=dict(environment), check=True, capture_output=True
    )
    return {**environment, "GUIBIN_ADDONS_PATH": str(folder)}
