"""The documents Guibin prints: KINDS maps a template's name to its shape, tables and charts."""

from __future__ import annotations

from reports.documents.kind import Kind

KINDS: dict[str, Kind] = {}
