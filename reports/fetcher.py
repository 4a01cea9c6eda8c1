"""The fetcher that fetches nothing."""

from __future__ import annotations

from typing import Never

from weasyprint.urls import FatalURLFetchingError, URLFetcher


class Sealed(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Stops the whole job at the first thing a page asks for: no network, no file, no data: address."""

    def __init__(self) -> None:
        """Allow no protocol at all, should anything go past `fetch`."""
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: object = None) -> Never:
        """Refuse the address."""
        raise FatalURLFetchingError(f"refused: {url[:200]}")
