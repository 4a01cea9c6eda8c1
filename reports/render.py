"""A document to PDF, in a worker process that can neither fetch, nor grow, nor run for ever."""

from __future__ import annotations

from reports.document import Document, Pdf


def render_pdf(document: Document, *, seconds: int = 900) -> Pdf:
    """Print the document: PDF/A-3a with the PDF/UA-1 claim up to 3,000 rows, PDF/A-3u in sections above.

    Refuses with EnvironmentIncomplete, MissingGlyphs, FetchRefused, RenderTimedOut (after `seconds` of wall time in
    all) and RenderFailed.
    """
    raise NotImplementedError
