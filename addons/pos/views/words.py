"""What several screens of the API share."""

from __future__ import annotations

from core.web.roles import FRANCHISE_ADMIN, HQ, STORE_MANAGER

READERS = (STORE_MANAGER, FRANCHISE_ADMIN, *HQ)
