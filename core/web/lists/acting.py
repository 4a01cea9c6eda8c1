"""Steps that are taken with one record, or with many at once: who may, and what is said of those that cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request
from flask_babel import gettext

from core.errors import Refusal
from core.web.interface import NotSaved

_TOLD_AT_MOST = 5


def told(problem: Exception) -> str:
    """Return the sentence of a refusal in the person's language."""
    return problem.worded(gettext) if isinstance(problem, Refusal) else str(problem)


class Acting:
    """Mixin of views with `actions`: checks who asks, and keeps a refusal from breaking the page."""

    appbuilder: Any
    actions: dict[str, Any]
    class_permission_name: Any

    def heading(self, item: Any) -> str:
        """Return what a record is called where it is spoken of."""
        return str(item)

    def one_by_one(self, rows: Any, step: Callable[[Any], str | None]) -> None:
        """Take a step with a record, or with each of the marked ones; what the step returns is said of the one.

        Refuses with whatever the step refuses for the one. Of many each is a step of its own: those that cannot be
        taken are named with the reason, the others are taken.
        """
        if not isinstance(rows, list):
            if done := step(rows):
                flash(done, "success")
            return
        named, refused = [(row, self.heading(row)) for row in rows], []
        for row, name in named:
            try:
                step(row)
            except (Refusal, NotSaved) as problem:
                self.appbuilder.session.rollback()
                refused.append(f"{name}: {told(problem)}")
        _tell(len(rows), refused)

    def _check_action(self, name: str) -> None:
        if self.appbuilder.sm.person() is None:
            abort(redirect(self.appbuilder.get_url_for_login_with(request.full_path)))
        if name not in self.actions:
            abort(404)
        if not self.appbuilder.sm.has_access(self.get_action_permission_name(name), self.class_permission_name):  # type: ignore[attr-defined]
            abort(403)

    def _act(self, name: str, rows: Any) -> Any:
        try:
            return self.actions[name].func(rows)
        except (Refusal, NotSaved) as problem:
            self.appbuilder.session.rollback()
            flash(told(problem), "danger")
            return redirect(self.get_redirect())  # type: ignore[attr-defined]


def _tell(asked: int, refused: list[str]) -> None:
    """Say how many steps were taken, and why the others were not."""
    if asked > len(refused):
        flash(gettext("Done with %(done)s of %(asked)s.", done=asked - len(refused), asked=asked), "success")
    for sentence in refused[:_TOLD_AT_MOST]:
        flash(sentence, "danger")
    if len(refused) > _TOLD_AT_MOST:
        flash(gettext("%(count)s more could not be done.", count=len(refused) - _TOLD_AT_MOST), "danger")
