"""The point-of-sale API at /api/v1/pos."""

from __future__ import annotations

from addons.pos.api.endpoints import PosApi

APIS: tuple[type, ...] = (PosApi,)
