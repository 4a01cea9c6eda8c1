"""The point-of-sale API at /api/v1/pos."""

from __future__ import annotations

from addons.pos.api.calls import look
from addons.pos.api.endpoints import PosApi
from core.web.generation import Look

APIS: tuple[type, ...] = (PosApi,)
LOOKS: tuple[Look, ...] = (look,)
