"""Every operation that moves value, set as a scene (tests/crash/scene.py)."""

from __future__ import annotations

from tests.crash import members, points, sales, settlement, tiers, tills, vouchers
from tests.crash.scene import SCENES

AREAS = (sales, points, vouchers, tiers, members, tills, settlement)

__all__ = ["AREAS", "SCENES"]
