"""Commands of settlement."""

from __future__ import annotations

from addons.settlement.services.settling import settle

__all__ = ["settle"]
