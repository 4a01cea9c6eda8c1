"""The API's description, made from the endpoints and schemas themselves: OpenAPI 3.0, and rows for a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from addons.pos import schemas, services
from addons.pos.api.calls import Operation
from addons.pos.api.examples import EXAMPLES, refused
from core.errors import Refusal

TITLE = "Guibin point of sale"
VERSION = "1"
BASE = "/api/v1/pos"

#: Every call may be answered so.
_ALWAYS: tuple[type[Refusal], ...] = (services.BadCredential, services.TooManyCalls)
#: What is answered before a call is looked at, or while the product cannot.
_OF_BODY: dict[str, tuple[int, str, Any]] = {
    "413": (413, "The file is too large", {}),
    "invalid": (422, "lines: Missing data for required field.", {"lines": ["Missing data for required field."]}),
}
_OF_THE_PRODUCT: dict[str, tuple[int, str, Any]] = {
    "503": (503, "One moment, please", {}),
    "database": (503, "One moment, please", {}),
}
_WORDS = {
    400: "The request could not be read.",
    401: "The credential is not good.",
    403: "Not within the till's store.",
    404: "There is nothing of this name here.",
    405: "The address takes another method.",
    409: "The programme does not allow it now.",
    413: "The body is too large.",
    422: "Something in the request is not possible.",
    429: "Too many calls.",
    503: "Try again in a moment, with the same key.",
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Chosen anew for each operation and sent again with each repeat of it.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,100}$", "minLength": 1, "maxLength": 100},
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A call as people look it up."""

    verb: str
    path: str  # as OpenAPI writes it
    name: str
    summary: str
    operation: Operation


def endpoints(api: type) -> list[Endpoint]:
    """Return the calls of an API class, its own first, then those of its parts in the order they are written."""
    found = []
    for name, method in [item for part in api.__mro__ for item in vars(part).items()]:
        operation: Operation | None = getattr(method, "operation", None)
        for url, verbs in getattr(method, "_urls", ()):
            if operation is None:
                continue
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", url)
            summary = (method.__doc__ or "").strip().splitlines()[0]
            found.append(Endpoint(verbs[0].lower(), path, name, summary, operation))
    return found


@cache
def document(api: type) -> dict[str, Any]:
    """Return the OpenAPI document of an API class."""
    spec = APISpec(
        title=TITLE,
        version=VERSION,
        openapi_version="3.0.3",
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        info={"description": "Amounts are whole fen. Credentials are made under Settings, Connected tills."},
        servers=[{"url": BASE}],
        security=[{"till": []}],
    )
    spec.components.security_scheme("till", {"type": "http", "scheme": "bearer"})
    for endpoint in endpoints(api):
        spec.path(path=endpoint.path, operations={endpoint.verb: _operation(endpoint)})
    made: dict[str, Any] = spec.to_dict()
    return made


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation = endpoint.operation
    asked, told = EXAMPLES[endpoint.name]
    described: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [_place(name) for name in re.findall(r"{(\w+)}", endpoint.path)],
        "responses": {str(operation.status): _content("Done.", operation.gives, told)} | _refusals(operation),
    }
    if operation.keyed:
        described["parameters"].append(_KEY)
    if operation.takes is not None:
        described["requestBody"] = _content("", operation.takes, asked) | {"required": True}
    return described


def _place(name: str) -> dict[str, Any]:
    return {
        "in": "path",
        "name": name,
        "required": True,
        "description": "Number of the receipt.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 40},
    }


def _content(description: str, schema: type, example: Any) -> dict[str, Any]:
    said = {"description": description} if description else {}
    return said | {"content": {"application/json": {"schema": schema, "example": example}}}


def refusals(operation: Operation) -> list[type[Refusal]]:
    """Return what a call may be refused with."""
    own = dict.fromkeys((*_ALWAYS, *_of_body(operation), *operation.refuses))
    return sorted(own, key=lambda kind: (kind.status, kind.code))


def _of_body(operation: Operation) -> Iterator[type[Refusal]]:
    if operation.takes is not None:
        yield services.UnreadableBody
    if operation.keyed:
        yield services.KeyMissing


def _refusals(operation: Operation) -> dict[str, Any]:
    """Return every refusal by its status, each code with an example."""
    found: dict[int, dict[str, Any]] = {}
    for kind in refusals(operation):
        found.setdefault(kind.status, {})[kind.code] = refused(kind)
    for code, (status, message, facts) in (_OF_THE_PRODUCT | (_OF_BODY if operation.takes else {})).items():
        found.setdefault(status, {})[code] = {"code": code, "message": message, "facts": facts}
    return {str(status): _problem(status, codes) for status, codes in sorted(found.items())}


def _problem(status: int, codes: Mapping[str, Any]) -> dict[str, Any]:
    named = dict(sorted(codes.items()))
    examples = {code: {"value": value} for code, value in named.items()}
    content = {"application/json": {"schema": schemas.Problem, "examples": examples}}
    return {"description": f"{_WORDS[status]} Codes: {', '.join(named)}.", "content": content}


# -- for people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A field as people look it up; the name of a nested one has dots."""

    name: str
    kind: str
    required: bool
    description: str
    limits: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A call on the page."""

    endpoint: Endpoint
    takes: list[Row] = field(default_factory=list)
    gives: list[Row] = field(default_factory=list)
    refuses: list[type[Refusal]] = field(default_factory=list)

    @property
    def examples(self) -> tuple[str, str]:
        """Return what the call may be sent, empty for nothing, and what it may answer, as JSON to be read."""
        asked, told = (json.dumps(one, ensure_ascii=False, indent=2) for one in EXAMPLES[self.endpoint.name])
        return "" if asked == "null" else asked, told


def sections(api: type) -> list[Section]:
    """Return the calls with their fields and refusals, for a page."""
    known = document(api)["components"]["schemas"]
    found = []
    for endpoint in endpoints(api):
        operation = endpoint.operation
        takes = [] if operation.takes is None else list(_rows(known, _name(operation.takes)))
        gives = list(_rows(known, _name(operation.gives)))
        found.append(Section(endpoint, takes, gives, refusals(operation)))
    return found


def _rows(known: dict[str, Any], name: str, before: str = "") -> Iterator[Row]:
    schema = known[name]
    for called, told in schema["properties"].items():
        inner = _inner(told)
        required = called in schema.get("required", ())
        yield Row(f"{before}{called}", _kind(told), required, told.get("description", ""), _limits(told))
        if inner is not None:
            yield from _rows(known, inner, f"{before}{called}.")


def _inner(told: dict[str, Any]) -> str | None:
    """Return the schema that a field holds, by itself or in a list."""
    for part in (told, told.get("items", {}), *told.get("allOf", ()), *told.get("anyOf", ())):
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return None


def _kind(told: dict[str, Any]) -> str:
    kind = told.get("format") or told.get("type", "object")
    if kind == "array":
        return f"{_kind(told['items'])}[]"
    return str(kind)


_LIMITS = {"minimum": "≥ {}", "maximum": "≤ {}", "minLength": "≥ {}", "maxLength": "≤ {}", "maxItems": "≤ {}"}


def _limits(told: dict[str, Any]) -> str:
    if "enum" in told:
        return " · ".join(str(choice) for choice in told["enum"])
    return ", ".join(words.format(f"{told[name]:,}") for name, words in _LIMITS.items() if name in told)
