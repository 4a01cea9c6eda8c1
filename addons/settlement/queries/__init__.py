"""Reads of settlement: what is to be settled, and what came of it."""

from __future__ import annotations

from addons.settlement.queries.sources import SOURCES, Row, Source, digests_of, franchisees, mark_of, pending

__all__ = ["SOURCES", "Row", "Source", "digests_of", "franchisees", "mark_of", "pending"]
