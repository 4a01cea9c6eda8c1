"""A rule as rows keep it: by the name it has in the rule book."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Ruled(NamedTuple):
    """The name of a rule, and the book that said it: by its digest, or as the one of a brand at a moment."""

    name: str
    digest: str = ""
    brand: str = ""
    at: datetime | None = None
