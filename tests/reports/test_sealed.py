"""A page that reaches out, in every way HTML and CSS know, ends the job; nothing is fetched, nothing is embedded."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from reports.errors import FetchRefused, RenderFailed
from reports.worker import Job, paint

# weasyprint 70 leaves its colour profile open after writing a PDF in this process.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed file.*sRGB2014:ResourceWarning", "ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning"
)

AWAY = "http://127.0.0.1:{port}/x"
VECTORS = {
    "img": '<img src="{url}">',
    "img file": '<img src="{file}">',
    "img data": '<img src="data:image/svg+xml,<svg/>">',
    "link": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": '<p style="background: url({url})">x</p>',
    "font": '<style>@font-face {{ font-family: F; src: url("{url}") }} p {{ font-family: F }}</style><p>x</p>',
    "svg image": '<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    "svg use": '<svg width="9" height="9"><use href="{url}#a"/></svg>',
    "object": '<object data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "base": '<base href="{url}/"><img src="a.png">',
    "list": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "content": '<style>p::before {{ content: url("{url}") }}</style><p>x</p>',
    "border": '<p style="border-image: url({url}) 1; border: 1px solid">x</p>',
    "attached file": '<a rel="attachment" href="{file}">x</a>',
    "attached link": '<link rel="attachment" href="{file}">',
    "attached address": '<a rel="attachment" href="{url}">x</a>',
}
DRAWN = {"svg image"}  # refused while drawing: the drawing fails, and so does the job
QUIET = {"svg use"}  # an outside <use> is not even tried


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize("vector", VECTORS)
def test_a_page_cannot_reach_out(vector: str, listener: socket.socket, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET-OF-THE-MACHINE", "utf-8")
    body = VECTORS[vector].format(url=AWAY.format(port=listener.getsockname()[1]), file=secret.as_uri())
    job = Job(
        f"<!DOCTYPE html><html lang=en><title>t</title><body>{body}", "pdf/a-3u", False, "2026-05-01T00:00:00+00:00"
    )
    if vector in QUIET:
        with pikepdf.open(io.BytesIO(paint(job, tmp_path).content)) as pdf:
            assert "/Names" not in pdf.Root
    else:
        with pytest.raises(RenderFailed if vector in DRAWN else FetchRefused):
            paint(job, tmp_path)
    with pytest.raises(BlockingIOError):
        listener.accept()
