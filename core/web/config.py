"""How the web part is set up: everything from the environment, with safe defaults for one machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.config import kept_secret, var_folder

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SHORTEST_SECRET = 32
_KNOWN = ("secret", "changeme", "password", "guibin", "development", "thisismyscretkey", "2\\2yguyd")


class WeakSecret(ValueError):
    """A signing secret that could be guessed; the product does not start with it."""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The settings of one installation."""

    secret_key: str
    var: Path
    redis_url: str | None = None
    public_hosts: tuple[str, ...] = ()  # names the product is reached by, beside this machine itself
    proxies: int = 0  # how many proxies stand in front, each adding to X-Forwarded-*
    idle: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=12)
    login_rate: str = "20 per minute;200 per hour"
    extra: Mapping[str, Any] = field(default_factory=dict)  # further Flask settings, for tests

    def __post_init__(self) -> None:
        """Refuse with WeakSecret a signing secret that could be guessed."""
        check_secret(self.secret_key)

    @property
    def secure(self) -> bool:
        """Tell whether the product is public, so that cookies must travel encrypted."""
        return bool(self.public_hosts)

    @property
    def hosts(self) -> list[str]:
        """Return the host names that are answered."""
        return [*_LOOPBACK, *self.public_hosts]


def check_secret(secret: str) -> None:
    """Refuse with WeakSecret a secret that is short, known or monotonous."""
    weak = len(secret) < _SHORTEST_SECRET or len(set(secret)) < 10
    if weak or any(word in secret.lower() for word in _KNOWN):
        raise WeakSecret(f"GUIBIN_SECRET_KEY must be at least {_SHORTEST_SECRET} random characters")


def from_environment() -> WebConfig:
    """Return the settings of this installation.

    GUIBIN_SECRET_KEY, GUIBIN_VAR, GUIBIN_REDIS, GUIBIN_PUBLIC_HOSTS (names, separated by commas), GUIBIN_PROXIES
    (how many), GUIBIN_IDLE_MINUTES, GUIBIN_LONGEST_HOURS.
    Refuses with WeakSecret a secret that could be guessed; without one, a random one is made and kept.
    """
    return WebConfig(
        secret_key=os.environ.get("GUIBIN_SECRET_KEY") or kept_secret("secret.key"),
        var=var_folder(),
        redis_url=os.environ.get("GUIBIN_REDIS") or None,
        public_hosts=tuple(h.strip() for h in os.environ.get("GUIBIN_PUBLIC_HOSTS", "").split(",") if h.strip()),
        proxies=int(os.environ.get("GUIBIN_PROXIES", "0")),
        idle=timedelta(minutes=int(os.environ.get("GUIBIN_IDLE_MINUTES", "60"))),
        longest=timedelta(hours=int(os.environ.get("GUIBIN_LONGEST_HOURS", "12"))),
    )


def flask_settings(config: WebConfig) -> dict[str, Any]:
    """Return the settings of Flask and its extensions."""
    return {
        "SECRET_KEY": config.secret_key,
        "APP_NAME": "貴賓",
        "TRUSTED_HOSTS": config.hosts,
        "MAX_CONTENT_LENGTH": 32 * 2**20,
        "MAX_FORM_MEMORY_SIZE": 2 * 2**20,
        **_cookies(config),
        **_screens(config),
        **_accounts(config),
        **config.extra,
    }


def _cookies(config: WebConfig) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if config.secure else "session",
        "SESSION_COOKIE_SECURE": config.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": config.longest,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "SESSION_PERMANENT": False,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "WTF_CSRF_SSL_STRICT": config.secure,
    }


def _screens(config: WebConfig) -> dict[str, Any]:
    return {
        "BABEL_DEFAULT_LOCALE": "zh_Hant_TW",
        "FAB_SAFE_REDIRECT_HOSTS": [f"{h}{port}" for h in config.hosts for port in ("", ":*")],
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_ADD_MENU_API": False,
        "FAB_API_SHOW_STACKTRACE": False,
        "FAB_API_MAX_PAGE_SIZE": 100,
        "FAB_BASE_TEMPLATE": "guibin/base.html",
    }


def _accounts(config: WebConfig) -> dict[str, Any]:
    return {
        "AUTH_ROLE_ADMIN": "SystemAdmin",
        "AUTH_USER_REGISTRATION": False,
        "AUTH_RATE_LIMITED": True,
        "AUTH_RATE_LIMIT": config.login_rate,
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_HEADERS_ENABLED": False,
        "RATELIMIT_STORAGE_URI": config.redis_url or "guibin://",
        "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=15),
        "JWT_REFRESH_TOKEN_EXPIRES": config.longest,
        "JWT_TOKEN_LOCATION": ["headers"],
    }
