"""The same key with another body: what a till must never get through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.faults.journal import Asked, Plain, Told

#: A field of each kind that says who or why; the rest of the body stays as it was.
_FIELDS = {
    "visit": "confirmed_by",
    "checkout": "cashier",
    "lock": "sale",
    "release": "sale",
    "hand_over": "ref",
    "return": "cashier",
    "begin": "name",
}
_REUSED = "key_reused"


def altered(asked: Asked) -> Asked:
    """Return an operation with the same key that asks for something else."""
    return replace(asked, body=_other(asked))


def _other(asked: Asked) -> Plain:
    body: dict[str, Any] = asked.body
    if asked.kind == "exchange":
        return {**body, "sale": {**body["sale"], "cashier": "other"}}
    if asked.kind == "offline":  # more pieces: the same goods for the same money would be the same sale
        more = [{**sale, "lines": [{**line, "quantity": 7} for line in sale["lines"]]} for sale in body["sales"]]
        return {"sales": more}
    if asked.path:
        return {**body, _FIELDS[asked.kind]: "other"}
    return {**body, "other": True}


def is_refused(asked: Asked, told: Told) -> bool:
    """Tell whether an altered operation was refused for its key."""
    if asked.kind == "offline":  # an upload is answered sale by sale
        return all(
            sale["state"] == "refused" and sale["problem"]["code"] == _REUSED for sale in told.answer.get("sales", [{}])
        )
    return told.status == 422 and told.answer.get("code") == _REUSED
