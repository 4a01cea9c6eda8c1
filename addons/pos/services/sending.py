"""One message by HTTP: to an address that was looked at first, with a time limit, without redirects."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from threading import Timer
from typing import NamedTuple

from addons.pos.domain.addresses import NOT_PUBLIC, NotAllowed, Target, is_public, target_of

_READ_AT_MOST = 1024  # bytes of an answer nobody looks at
_LONGEST_PROBLEM = 200


class Outcome(NamedTuple):
    """What became of an attempt: the status of the answer, or why there is none."""

    status: int | None
    problem: str = ""

    @property
    def arrived(self) -> bool:
        """Tell whether the receiver said that it has the message."""
        return self.status is not None and 200 <= self.status < 300


def send(url: str, headers: Mapping[str, str], body: str, *, seconds: int, anywhere: bool = False) -> Outcome:
    """Send a message and return what became of it; whatever goes wrong is an outcome.

    A server outside the public network is not spoken to unless `anywhere`; its name is looked up once, and the
    connection goes to the address that was found then.
    """
    try:
        target = target_of(url)
        return Outcome(_posted(target, _address(target, anywhere=anywhere), headers, body, seconds))
    except TimeoutError:
        return Outcome(None, f"no answer within {seconds} seconds")
    except (ValueError, OSError, http.client.HTTPException) as failure:
        return Outcome(None, f"{type(failure).__name__}: {failure}"[:_LONGEST_PROBLEM])


def _address(target: Target, *, anywhere: bool) -> str:
    """Return the address of a server; refuses with NotAllowed if one of its addresses is not public."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(info[4][0]) for info in found]
    if not anywhere and not all(is_public(ip_address(address.partition("%")[0])) for address in addresses):
        raise NotAllowed(NOT_PUBLIC)
    return addresses[0]


def _posted(target: Target, address: str, headers: Mapping[str, str], body: str, seconds: int) -> int:
    connection = _Pinned(target, address, seconds)
    limit = Timer(seconds, connection.cut)
    limit.daemon = True
    limit.start()
    try:
        connection.request("POST", target.path, body.encode(), {"host": target.authority, **headers})
        answer = connection.getresponse()
        answer.read(_READ_AT_MOST)
    except (OSError, http.client.HTTPException):
        if connection.was_cut:
            raise TimeoutError from None
        raise
    finally:
        limit.cancel()
        connection.close()
    return answer.status


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at; the name is for the certificate and the Host header."""

    def __init__(self, target: Target, address: str, seconds: int) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.target, self.address, self.was_cut = target, address, False

    def connect(self) -> None:
        """Connect, and shake hands where the address says https."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.target.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.target.host)

    def cut(self) -> None:
        """End it from outside: a server that answers a letter at a time must not hold the relay."""
        self.was_cut = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
