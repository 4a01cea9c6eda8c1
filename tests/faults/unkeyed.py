"""The product with its keys taken out, for the proof that the audit notices: `tests.faults.unkeyed:app` for gunicorn.

Each delivery claims a key of its own, so that what is sent again is done again.
"""

from __future__ import annotations

import secrets
from typing import Any

from core.db import posting
from core.db.posting import Operation

_row = posting._row


def _of_its_own(operation: Operation) -> dict[str, Any]:
    return {**_row(operation), "key": f"{operation.key}:{secrets.token_hex(8)}"}


posting._row = _of_its_own

from core.web.wsgi import app  # noqa: E402 - the product is loaded over it

__all__ = ["app"]
