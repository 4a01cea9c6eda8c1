"""Files of the kernel and of addons at /static/NAME; a changed file gets another address, so caches may keep it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory

_PREFIX = "static_"


def serve(app: Flask, folders: dict[str, Path]) -> None:
    """Serve the files of each folder under its name: `url_for("static_NAME", filename=...)`."""
    for name, folder in folders.items():
        app.add_url_rule(f"/static/{name}/<path:filename>", f"{_PREFIX}{name}", _sender(name, folder))
    changed: dict[tuple[str, str], int] = {}

    @app.url_defaults
    def stamp(endpoint: str, values: dict[str, Any]) -> None:
        name, filename = endpoint.removeprefix(_PREFIX), values.get("filename")
        if name not in folders or filename is None or not endpoint.startswith(_PREFIX):
            return
        key = (name, filename)
        if key not in changed:
            path = folders[name] / filename
            changed[key] = int(path.stat().st_mtime) if path.is_file() else 0
        values["v"] = changed[key]


def _sender(name: str, folder: Path) -> Callable[..., Response]:
    def send(filename: str) -> Response:
        return send_from_directory(folder, filename)

    send.__name__ = name
    return send
