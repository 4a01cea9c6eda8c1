"""What the API refuses before it asks the rules."""

from __future__ import annotations

from core.errors import Refusal


class BadCredential(Refusal):
    """No credential, an unknown one, or one that was revoked."""

    sentence = "The till's credential is missing, unknown or was revoked."
    status = 401


class KeyMissing(Refusal):
    """A write without a usable idempotency key."""

    sentence = "A write needs the header Idempotency-Key: 1 to 100 visible letters, chosen anew for each operation."
    status = 400


class UnreadableBody(Refusal):
    """A body that is no JSON."""

    sentence = "The body must be JSON (Content-Type: application/json)."
    status = 400


class TooManyCalls(Refusal):
    """More calls within a minute than a till needs."""

    sentence = "The till made more than %(most)s calls within a minute. Try again in %(seconds)s seconds."
    status = 429
    most: int
    seconds: int


class TillNameTaken(Refusal):
    """A second till of the same name in one store."""

    sentence = "The store has a till called %(name)s already."
    name: str


class TillRevoked(Refusal):
    """A new credential for a till that was revoked."""

    sentence = "The till %(name)s was revoked. Connect it anew."
    name: str
