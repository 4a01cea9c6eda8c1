"""Messages to partners: secrets, signatures, waiting times. The form is that of the Standard Webhooks.

The signed text is `id.timestamp.body`, the signature HMAC-SHA256 in base64 behind `v1,`; while a secret is being
renewed there is one of each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

#: What a message may tell of, and the one that a trial sends.
RECEIPT, RETURN, VISIT, CONFLICT = "receipt.posted", "return.posted", "visit.recorded", "conflict.recorded"
TRIAL = "trial"
EVENTS = (RECEIPT, RETURN, VISIT, CONFLICT)

_PREFIX = "whsec_"
FIRST_WAIT, LONGEST_WAIT = 10, 6 * 60 * 60  # seconds


def new_message() -> str:
    """Return the id of a message, by which a receiver knows it again."""
    return f"msg_{secrets.token_hex(12)}"


def secret_of(installation: str, key_id: str, generation: int) -> str:
    """Return the secret of a subscription: nobody can tell it without the installation's, and it is kept nowhere."""
    told = f"pos.webhook:{key_id}:{generation}".encode()
    digest = hmac.new(installation.encode(), told, hashlib.sha256).digest()
    return _PREFIX + base64.b64encode(digest).decode()


def signature(secret: str, message: str, timestamp: int, body: str) -> str:
    """Return the signature of a message by one secret."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{message}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(keys: Sequence[str], message: str, at: datetime, body: str) -> dict[str, str]:
    """Return the headers of a message that is sent at a moment."""
    timestamp = int(at.timestamp())
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "guibin-webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, message, timestamp, body) for key in keys),
    }


def body_of(message: str, event: str, at: datetime, store: str, data: Mapping[str, Any]) -> str:
    """Return what is sent."""
    told = {"id": message, "type": event, "timestamp": at.isoformat(), "store": store, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def wait(attempts: int, choose: Callable[[int], int] = secrets.randbelow) -> int:
    """Return how many seconds to wait after so many attempts that failed: any time up to a bound that doubles.

    The whole time is left to chance, so that what failed together does not come again together.
    """
    bound = min(LONGEST_WAIT, FIRST_WAIT << min(attempts - 1, 20))
    return 1 + choose(bound)
