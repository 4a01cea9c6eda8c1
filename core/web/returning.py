"""Where a person goes after a form or an action: back to where they came from, never off the product."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def own_path(address: str | None) -> str | None:
    """Return the path and query of an address of this product, None for any other address."""
    if not address or any(ord(letter) < 32 for letter in address) or "\\" in address:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("", "http", "https") or parts.netloc not in ("", request.host):
        return None
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def back_to(default: str) -> str:
    """Return the page the form was opened from, else the page before this one, else `default`."""
    named = own_path(request.form.get("next") or request.args.get("next"))
    if named is not None:
        return named
    before = own_path(request.referrer)
    return default if before is None or urlsplit(before).path == request.path else before
