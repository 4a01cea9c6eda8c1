"""Tables of the API: tills and their credentials."""

from __future__ import annotations

from addons.pos.models.tills import Till

__all__ = ["Till"]
