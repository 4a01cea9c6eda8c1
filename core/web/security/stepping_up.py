"""Steps of weight ask again who one is, unless that was proved within the last ten minutes; logging in is a proof.

    @expose("/publish/<int:version_id>", methods=["POST"])
    @has_access
    @proved
    def publish(self, version_id): ...

The page that asks holds all that was typed, so that it goes on from there. Whoever has a second factor types a code,
the others their password; wrong ones count like those of a login.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import g, request, session
from flask_babel import gettext

from core import clock
from core.web.here import builder

GOOD_FOR = timedelta(minutes=10)
#: Where the session of a browser keeps when its person last proved who they are, in seconds.
PROVED = "proved"
#: What the page that asks sends; the view never sees it.
FIELD = "proof"
_OURS = (FIELD, "csrf_token")


def proved(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method that is posted to run only shortly after a proof; reading it asks for none."""

    @wraps(method)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST" or is_fresh():
            return method(self, *args, **kwargs)
        typed = request.form.get(FIELD)
        if typed is not None and _right(typed):
            note_proof()
            return method(self, *args, **kwargs)
        return _ask(self, wrong=typed is not None), 403

    return checked


def note_proof() -> None:
    """Keep that whoever this is has just proved it."""
    session[PROVED] = int(clock.now().timestamp())


def is_fresh() -> bool:
    """Tell whether the last proof is young enough."""
    since = int(clock.now().timestamp()) - int(session.get(PROVED, 0))
    return 0 <= since <= GOOD_FOR.total_seconds()


def _right(typed: str) -> bool:
    manager = builder().sm
    with manager.limiter.limit(manager.auth_rate_limit):
        return bool(manager.proves(g.user, typed))


def _ask(view: Any, *, wrong: bool) -> Any:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _OURS]
    return view.render_template(
        "guibin/proof.html",
        title=gettext("Is it you?"),
        kept=kept,
        wrong=wrong,
        address=request.full_path.rstrip("?"),
        by_code=g.user.factor_since is not None,
        field=FIELD,
    )
