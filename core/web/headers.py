"""Headers of every answer: a strict content policy with a nonce, no sniffing, no framing, nothing kept in caches."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from core.web.config import WebConfig

_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_A_WEEK = 7 * 24 * 3600


def nonce() -> str:
    """Return the nonce of this answer's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def set_up(app: Flask, config: WebConfig) -> None:
    """Put the headers on every answer, errors and files included."""
    app.jinja_env.globals["csp_nonce"] = nonce

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce())
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        if config.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.path.startswith("/static/") and response.status_code in (200, 304):
            headers["Cache-Control"] = f"public, max-age={_A_WEEK}"
        else:
            headers["Cache-Control"] = "no-store"
        return response
