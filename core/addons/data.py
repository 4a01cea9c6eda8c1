"""Records an addon ships as YAML, kept up to date by key: `- {model: Category, key: [code], rows: [{code: top}]}`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.addons.manifest import Manifest


def load_file(session: Session, manifest: Manifest, name: str) -> int:
    """Insert or update the records of one data file; return how many there are.

    Refuses with KeyError or AttributeError where the file names a model or column that does not exist.
    """
    models = import_module(f"{manifest.package}.models")
    count = 0
    for block in yaml.safe_load((manifest.folder / name).read_text("utf-8")):
        model = getattr(models, block["model"])
        for row in block["rows"]:
            _keep(session, model, block["key"], row)
            count += 1
    session.flush()
    return count


def _keep(session: Session, model: Any, key: list[str], row: dict[str, Any]) -> None:
    found = session.scalar(select(model).filter_by(**{name: row[name] for name in key}))
    if found is None:
        session.add(model(**row))
        return
    for name, value in row.items():
        setattr(found, name, value)
