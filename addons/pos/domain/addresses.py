"""Where messages may go: public addresses by HTTP, so that nobody is led into the network of the installation."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
#: IPv6 addresses that stand for an IPv4 one, which might be any.
_DISGUISES = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))

PLAIN = "Only plain letters, without blanks."
SCHEME = "It must begin with https:// or http://."
NO_USER = "No user name and no password may be in it."
NO_FRAGMENT = "No # may be in it."
NO_HOST = "The name of the server is missing."
BAD_PORT = "The port is not possible."
NOT_PUBLIC = "The server is not in the public network."
PROBLEMS = (PLAIN, SCHEME, NO_USER, NO_FRAGMENT, NO_HOST, BAD_PORT, NOT_PUBLIC)


class NotAllowed(ValueError):
    """An address that nothing is sent to; its text is one of PROBLEMS."""


class Target(NamedTuple):
    """A URL taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Take an address apart; refuses with NotAllowed."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>'):
        raise NotAllowed(PLAIN)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed(BAD_PORT) from None
    _check(parts)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme], path)


def _check(parts: SplitResult) -> None:
    if parts.scheme not in _PORTS:
        raise NotAllowed(SCHEME)
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(NO_USER)
    if parts.fragment:
        raise NotAllowed(NO_FRAGMENT)
    if not parts.hostname:
        raise NotAllowed(NO_HOST)


def require_public(host: str) -> None:
    """Refuse with NotAllowed a host that says itself that it is not public; others are looked up when it is sent."""
    try:
        address = ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
            raise NotAllowed(NOT_PUBLIC) from None
        return
    if not is_public(address):
        raise NotAllowed(NOT_PUBLIC)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the public network; what only looks like one is not."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in net for net in _DISGUISES):
            return False
    return address.is_global and not address.is_multicast
