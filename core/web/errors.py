"""What goes wrong, as an answer: one table for pages and APIs; no statement, no value, no trace is ever shown."""

from __future__ import annotations

import logging
import secrets
import sys
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from core.errors import Refusal
from core.web.here import builder
from core.web.interface import InUseOrNotUnique, NotSaved
from core.web.returning import own_path

log = logging.getLogger(__name__)

#: What a status means to people: what happened, and what to do.
MEANINGS: dict[int, tuple[Any, Any]] = {
    400: (lazy_gettext("This request could not be read"), lazy_gettext("Go back, load the page again and repeat it.")),
    401: (lazy_gettext("Please log in"), lazy_gettext("Your session has ended; nothing was changed.")),
    403: (lazy_gettext("This is not open to you"), lazy_gettext("Ask your manager if you need it for your work.")),
    404: (
        lazy_gettext("There is nothing here"),
        lazy_gettext("It may have been removed, or it belongs to another store."),
    ),
    405: (lazy_gettext("This cannot be done this way"), lazy_gettext("Use the button on the page.")),
    409: (lazy_gettext("This cannot be done now"), lazy_gettext("Nothing was changed.")),
    413: (lazy_gettext("The file is too large"), lazy_gettext("Split it, or ask for an import on the server.")),
    422: (lazy_gettext("Something was not filled in correctly"), lazy_gettext("Nothing was changed.")),
    429: (lazy_gettext("Too many attempts"), lazy_gettext("Wait a minute, then try again.")),
    500: (lazy_gettext("Something went wrong on our side"), lazy_gettext("Nothing was changed. Quote this code:")),
    503: (
        lazy_gettext("One moment, please"),
        lazy_gettext("The product is being updated; try again in a few seconds."),
    ),
}


def wants_json() -> bool:
    """Tell whether the answer goes to a program."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def answer(status: int, *, detail: str = "", code: str = "", facts: Any = None, means: int = 0) -> Response:
    """Return the answer for a status, as a page or as JSON with code, message and facts; `means` has its words."""
    what, then = MEANINGS.get(means or status, MEANINGS[500 if status >= 500 else 400])
    if wants_json():
        response = jsonify(code=code or str(status), message=detail or str(what), facts=facts or {})
    else:
        # A page without menu where the database may be what failed, or nobody is logged in.
        framed = status < 500 and builder().sm.person() is not None
        back = own_path(request.referrer)
        door = builder().get_url_for_login_with(back or "/") if (means or status) == 401 else ""
        page = render_template(
            "guibin/error.html",
            frame="guibin/base.html" if framed else "guibin/plain.html",
            title=str(what),
            detail=detail,
            then=str(then),
            code=code,
            status=status,
            back=back,
            door=door,
            appbuilder=builder(),
        )
        response = Response(page, mimetype="text/html")
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = "2"
        if request.method == "GET" and not wants_json():
            response.headers["Refresh"] = "3"  # the page comes by itself
    return response


def of(problem: BaseException) -> Response:
    """Return the answer for a failure."""
    if isinstance(problem, Refusal):
        return answer(problem.status, detail=problem.worded(gettext), code=problem.code, facts=problem.facts)
    if isinstance(problem, ValidationError):
        return answer(422, detail=_sentence(problem), code="invalid", facts=_said(problem))
    if isinstance(problem, InUseOrNotUnique | NotSaved):
        return answer(409, detail=str(problem), code="not_saved")
    if isinstance(problem, IntegrityError):
        log.warning("refused by the database", exc_info=problem)
        return answer(409, code="not_saved")
    if isinstance(problem, DataError | OverflowError):
        log.warning("a value out of range", exc_info=problem)
        return answer(422, code="out_of_range")
    if _is_out_of_reach(problem):
        log.error("the database does not answer", exc_info=problem)
        return answer(503, code="database")
    return _unforeseen(problem)


def _is_out_of_reach(problem: BaseException) -> bool:
    """Tell whether the database was not there; a connection that is lost has not always a code that says so."""
    return isinstance(problem, OperationalError) or (isinstance(problem, DBAPIError) and problem.connection_invalidated)


def _unforeseen(problem: BaseException) -> Response:
    code = secrets.token_hex(4)
    log.error("failure %s at %s", code, request.path, exc_info=problem)
    return answer(500, code=code)


def _sentence(problem: ValidationError) -> str:
    found = _said(problem)
    return "; ".join(
        f"{field}: {' '.join(map(str, said)) if isinstance(said, list) else said}" for field, said in found.items()
    )


def _said(problem: ValidationError) -> dict[str, Any]:
    found: dict[str, Any] = problem.normalized_messages()  # type: ignore[no-untyped-call]
    return found


def api_failure() -> Response:
    """Return the answer for what Flask-AppBuilder's API caught, a Refusal with its own status."""
    problem = sys.exc_info()[1]
    return answer(500, code="failure") if problem is None else of(problem)


def set_up(app: Flask) -> None:
    """Let every failure become an answer."""

    @app.errorhandler(HTTPException)
    def spoken(problem: HTTPException) -> Any:
        if problem.response is not None and problem.code is None:
            return problem.response
        if problem.code is not None and problem.code < 400:
            return problem.get_response()
        if isinstance(problem, SecurityError):  # an unknown host: no address of ours can be written
            return Response(str(MEANINGS[400][0]), 400, mimetype="text/plain")
        _undo()
        # A form that outlived its session: the token is of nobody any more.
        ended = isinstance(problem, CSRFError) and builder().sm.person() is None
        return answer(problem.code or 500, means=401 if ended else 0)

    @app.errorhandler(Exception)
    def failed(problem: Exception) -> Response:
        _undo()
        return of(problem)


def _undo() -> None:
    """Undo what the request had begun; a connection that was lost meanwhile has undone it, and is no other failure."""
    try:
        builder().session.rollback()
    except DBAPIError:
        log.warning("the connection of the request is lost", exc_info=True)
