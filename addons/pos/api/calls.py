"""What every call of a till goes through: credential, rate, body, idempotency key, scope; and how it is answered.

Browser cookies are never looked at: a call acts within its till's store, or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple

from flask import Response, current_app, g, jsonify, request
from flask_babel import force_locale
from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session

from addons.pos import services
from addons.pos.api.rates import count_call
from addons.pos.api.references import member_of
from addons.pos.domain import credentials
from addons.pos.queries import KnownTill
from core import clock, settings
from core.db.posting import Posted, StillRunning
from core.db.scope import acting
from core.errors import Refusal
from core.web import errors
from core.web.here import builder
from core.web.languages import accepted_language

#: Bytes of a body; a receipt of a thousand lines fits.
LARGEST_BODY = 256 * 1024

_BLUEPRINT, _TILL = "PosApi", "pos_till"
_KEY = re.compile(r"[!-~]{1,100}\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a till that was let in; `asked` is its body as the schema read it."""

    till: KnownTill
    now: datetime
    asked: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def session(self) -> Session:
        """Return the session of the request, for reads."""
        found: Session = builder().session
        return found

    @property
    def secret(self) -> str:
        """Return the secret of the installation, which signs what tills are given."""
        return str(current_app.config["SECRET_KEY"])


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call takes and gives, as its documentation says."""

    gives: type[Schema]
    takes: type[Schema] | None = None
    keyed: bool = False
    refuses: tuple[type[Refusal], ...] = ()
    largest: int = LARGEST_BODY

    @property
    def status(self) -> int:
        """Return the status of a success."""
        return 201 if self.keyed else 200


class Reader(NamedTuple):
    """How a body is read, and how large it may be."""

    schema: Schema
    largest: int


def called(operation: Operation) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a method that takes a `Call` and returns plain data (or what was posted) an endpoint for tills."""
    reader = Reader(operation.takes(), operation.largest) if operation.takes else None

    def wrapped(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def answered(self: Any, **places: str) -> Response:
            with force_locale(accepted_language()):
                try:
                    call = _let_in(reader, keyed=operation.keyed)
                    with acting(services.scope_of_till(call.till)):
                        return _answer(_asked(call, lambda: method(self, call, **places)), operation.status)
                except (Refusal, ValidationError) as problem:
                    return _refused(problem)

        answered.operation = operation  # type: ignore[attr-defined]
        return answered

    return wrapped


def _asked(call: Call, ask: Callable[[], Any]) -> Any:
    """Ask a service; a code that was tried in vain is noted."""
    try:
        return ask()
    except Refusal as refusal:
        services.note_refused(till=call.till, refusal=refusal, now=call.now)
        raise


def _let_in(reader: Reader | None, *, keyed: bool) -> Call:
    now = clock.now()
    till = services.admit(g.pop(_TILL, None), shown_credential(), now)
    count_call(till.key_id, settings.value(builder().session, "pos.calls_per_minute"))
    asked = {} if reader is None else _read(reader, till)
    return Call(till, now, asked, _idempotency_key() if keyed else "")


def look(session: Session) -> Callable[[], None] | None:
    """Ask which till is calling along with what every request asks; for calls of tills alone."""
    if request.blueprint != _BLUEPRINT:
        return None
    asked = services.ask_till(session, shown_credential())
    return None if asked is None else lambda: setattr(g, _TILL, asked())


def shown_credential() -> str:
    """Return the credential a request shows, empty where it shows none."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def shows_credential() -> bool:
    """Tell whether a request comes from a till."""
    return credentials.is_credential(shown_credential())


def _read(reader: Reader, till: KnownTill) -> dict[str, Any]:
    request.max_content_length = reader.largest
    if request.mimetype != "application/json":
        raise services.UnreadableBody
    try:
        body = json.loads(request.get_data(cache=False), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise services.UnreadableBody from None
    asked: dict[str, Any] = reader.schema.load(body)
    for part in (asked, asked.get("sale", {})):
        _resolve(part, till)
    return asked


def _resolve(asked: Any, till: KnownTill) -> None:
    """Put members in the place of their references."""
    if not isinstance(asked, dict):
        return
    for holder in (asked, asked.get("enrol", {})):
        for name in {"member", "referrer", "to"} & set(holder):
            holder[name] = member_of(holder[name], till.store_id)


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.match(key):
        raise services.KeyMissing
    return key


def _answer(found: Any, status: int) -> Response:
    answer = found.answer if isinstance(found, Posted) else found
    response = jsonify(answer)
    response.status_code = status
    if isinstance(found, Posted):
        response.headers["Idempotency-Replayed"] = "true" if found.repeated else "false"
    return response


def _refused(problem: Refusal | ValidationError) -> Response:
    response = errors.of(problem)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="pos"'
    elif isinstance(problem, services.TooManyCalls):
        response.headers["Retry-After"] = str(problem.seconds)
    elif isinstance(problem, StillRunning):
        response.headers["Retry-After"] = "1"
    return response
