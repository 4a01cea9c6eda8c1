"""Papers: in which language, and how they are handed to the browser."""

from __future__ import annotations

from flask import Response
from flask_babel import get_locale

from reports.document import LANGUAGES, Document
from reports.render import render_pdf


def language() -> str:
    """Return the language of the screen, as documents name it."""
    wanted = str(get_locale() or "")
    return next((each for each in LANGUAGES if each == wanted), LANGUAGES[0])


def download(document: Document, name: str) -> Response:
    """Return a document as a PDF to be kept as `name`.pdf; refuses like `render_pdf`."""
    return handed(render_pdf(document).content, "application/pdf", f"{name}.pdf")


def handed(content: bytes, kind: str, name: str) -> Response:
    """Return a file of a kind (as MIME names it) to be kept under a name."""
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
