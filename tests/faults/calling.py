"""Calls of a till over the wire, as a till of another maker would make them."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from tests.faults.journal import Asked, Told
from tests.faults.shop import TillAt

BASE = "/api/v1/pos"
PATIENCE = 20  # seconds for an answer
#: What is no answer to the operation: the same is sent again.
_NOT_YET = frozenset({429, 500, 502, 503, 504})


class Answer(NamedTuple):
    """What came back: whether the operation was answered, and how."""

    told: Told
    repeated: bool
    answers: bool


def send(port: int, till: TillAt, asked: Asked) -> Answer | None:
    """Send an operation once; None where no whole answer came."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", BASE + asked.path, _body(asked), _headers(till, asked))
        response = connection.getresponse()
        text = response.read()
        told = Told(response.status, json.loads(text))
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    waits = response.status in _NOT_YET or told.answer.get("code") in {"still_running", "not_saved"}
    return Answer(told, response.headers.get("Idempotency-Replayed") == "true", not waits)


def send_and_leave(port: int, till: TillAt, asked: Asked) -> None:
    """Send an operation and go away before it is answered."""
    body = _body(asked)
    head = f"POST {BASE}{asked.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in _headers(till, asked).items())
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
            line.sendall(f"{head}\r\n".encode() + body)
    except OSError:
        return  # it may have arrived or not: that is what leaving means


def _body(asked: Asked) -> bytes:
    return json.dumps(asked.body, ensure_ascii=False).encode()


def _headers(till: TillAt, asked: Asked) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {till.credential}",
        "Content-Type": "application/json",
        "Accept-Language": "en",
        "Idempotency-Key": asked.key,
    }
