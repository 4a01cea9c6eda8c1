"""A field that was left is looked at by the server: its own checks, and what the view knows of it; nothing is saved.

    checked_on_leaving = {"phone": phone_is_free}        # in a view: (session, form) -> None, or a Refusal
    return leaving.answer_plain(typed, checks)           # where a page writes its form itself: (session, typed)

Whoever may send the form may ask, within the same stores. A check looks at rows in sight alone: whether another store
knows a value is told by nobody before the form is sent. It is asked at most so often a minute and person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import abort, g, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from core.errors import Refusal
from core.web.here import builder

#: A check of one field of a form that is being typed; what it returns is no mistake but good to know, a sentence each.
Check = Callable[[Session, Any], Sequence[str] | None]
#: A check of one field of a form that a page writes itself: what was typed, by the names of the fields.
PlainCheck = Callable[[Session, Mapping[str, str]], Sequence[str] | None]
RATE = "120 per minute"
#: What is chosen or ticked is right by itself; whether a password is right is told to nobody who tries.
_NOT_TYPED = ("BooleanField", "CSRFTokenField", "HiddenField", "LookupField", "FileField", "PasswordField")


def is_typed(field: Any) -> bool:
    """Tell whether a field is one that is typed into."""
    return field.type not in _NOT_TYPED


def answer(form: Any, checks: dict[str, Check]) -> str:
    """Return what is wrong with the field that the address names (`field`), as it stands below it; "" for nothing."""
    name = request.args.get("field", "")
    if name not in form or not is_typed(form[name]):
        abort(404)
    with _asked():
        said = _said(form, form[name], checks.get(name))
    return render_template("guibin/field_errors.html", said=said)


def answer_plain(typed: Mapping[str, str], checks: Mapping[str, PlainCheck]) -> str:
    """Return the same of a form that a page writes itself; only fields with a check of their own may be asked for."""
    name = request.args.get("field", "")
    if name not in checks:
        abort(404)
    with _asked():
        said = _of(lambda: checks[name](builder().session, typed)) if typed.get(name) else _Said()
    return render_template("guibin/field_errors.html", said=said)


@contextmanager
def _asked() -> Iterator[None]:
    """Count the question, and keep nothing of what was done to answer it."""
    with builder().sm.limiter.limit(RATE, scope="leaving", key_func=lambda: f"leaving:{g.user.id}"):
        yield
    builder().session.rollback()


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands below a field: what is wrong, and what is good to know."""

    errors: Sequence[str] = ()
    notes: Sequence[str] = ()


def _said(form: Any, field: Any, check: Check | None) -> _Said:
    if not any(str(value).strip() for value in field.raw_data or ()):
        return _Said()  # that it is missing says the page itself
    own = getattr(type(form), f"validate_{field.short_name}", None)
    if not field.validate(form, [] if own is None else [own]):
        return _Said([str(error) for error in field.errors])
    return _Said() if check is None else _of(lambda: check(builder().session, form))


def _of(check: Callable[[], Sequence[str] | None]) -> _Said:
    """Return what a check says: the sentence of its refusal, or its notes."""
    try:
        return _Said(notes=check() or ())
    except Refusal as refusal:
        problem = refusal.facts.get("problem")
        return _Said([gettext(str(problem)) if problem else refusal.worded(gettext)])
