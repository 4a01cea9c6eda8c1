"""A field that was left is looked at by the server: its own checks, and what the view knows of it; nothing is saved.

    checked_on_leaving = {"phone": phone_is_free}        # in a view: (session, form) -> None, or a Refusal

Whoever may send the form may ask, within the same stores. A check looks at rows in sight alone: whether another store
knows a value is told by nobody before the form is sent. It is asked at most so often a minute and person.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, g, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from core.errors import Refusal
from core.web.here import builder

#: A check of one field of a form that is being typed.
Check = Callable[[Session, Any], None]
RATE = "120 per minute"
#: What is chosen or ticked is right by itself.
_NOT_TYPED = ("BooleanField", "CSRFTokenField", "HiddenField", "LookupField", "FileField")


def is_typed(field: Any) -> bool:
    """Tell whether a field is one that is typed into."""
    return field.type not in _NOT_TYPED


def answer(form: Any, checks: dict[str, Check]) -> str:
    """Return what is wrong with the field that the address names (`field`), as it stands below it; "" for nothing."""
    name = request.args.get("field", "")
    if name not in form or not is_typed(form[name]):
        abort(404)
    manager = builder().sm
    with manager.limiter.limit(RATE, scope="leaving", key_func=lambda: f"leaving:{g.user.id}"):
        errors = _errors(form, form[name], checks.get(name))
    builder().session.rollback()
    return render_template("guibin/field_errors.html", errors=errors)


def _errors(form: Any, field: Any, check: Check | None) -> list[str]:
    if not any(str(value).strip() for value in field.raw_data or ()):
        return []  # that it is missing says the page itself
    own = getattr(type(form), f"validate_{field.short_name}", None)
    if not field.validate(form, [] if own is None else [own]):
        return [str(error) for error in field.errors]
    try:
        if check is not None:
            check(builder().session, form)
    except Refusal as refusal:
        problem = refusal.facts.get("problem")
        return [gettext(str(problem)) if problem else refusal.worded(gettext)]
    return []
