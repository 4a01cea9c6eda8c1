"""What the steps of a version share: one transaction each, and back to the version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from core.db.session import work
from core.errors import Refusal

Step = Callable[[Any], int]


def take(step: Step, done: str, fallback: str) -> Any:
    """Run a step in a transaction of its own and go to the version it returns; a refusal is shown where one was."""
    try:
        with work() as session:
            version_id = step(session)
    except Refusal as refusal:
        flash(refusal.worded(gettext), "danger")
        return redirect(fallback)
    flash(done, "success")
    return redirect(page_of(version_id))


def page_of(version_id: int) -> str:
    """Return the address of a version."""
    return url_for("RuleBookView.version", version_id=version_id)
