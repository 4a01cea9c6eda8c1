"""Background work of the API: messages on their way, and those that arrived long ago."""

from __future__ import annotations

from addons.pos import services
from core import clock
from core.jobs import Progress, job
from core.web.config import from_environment


@job("pos.relay")
def relay(_progress: Progress) -> dict[str, int]:
    """Send what happened to those who are told of it, as far as it is due."""
    return services.relay_once(from_environment().secret_key)._asdict()


@job("pos.forget_messages", nightly=90)
def forget_messages(_progress: Progress) -> dict[str, int]:
    """Delete the messages that arrived long ago."""
    return {"deleted": services.forget_messages(clock.now())}
