"""Ed25519 signatures as RFC 8032 defines them, in whole numbers and nothing else.

It takes some milliseconds a signature and its time depends on the key, so it is for the sealer, which signs a few times
a minute in a process nobody can measure; not for requests. Everything a seal says is also checked by `openssl pkeyutl`.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1
#: x, y, z and x * y / z: a point in extended coordinates.
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)


@lru_cache(maxsize=4)
def public_key(seed: bytes) -> bytes:
    """Return the public key (32 bytes) of a secret seed of 32 bytes."""
    return _written(_times_base(_secret(seed)[0]))


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the signature (64 bytes) of a message."""
    scalar, prefix = _secret(seed)
    key = public_key(seed)
    nonce = _scalar(prefix, message)
    point = _written(_times_base(nonce))
    return point + ((nonce + _scalar(point, key, message) * scalar) % _ORDER).to_bytes(32, "little")


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is that of a message under a public key; whatever is malformed is not."""
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, point = _read(key), _read(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if owner is None or point is None or scalar >= _ORDER:
        return False
    challenge = _scalar(signature[:32], key, message)
    return _same(_times_base(scalar), _plus(point, _times(challenge, owner)))


def _secret(seed: bytes) -> tuple[int, bytes]:
    if len(seed) != 32:
        raise ValueError("a seed has 32 bytes")
    hashed = hashlib.sha512(seed).digest()
    number = int.from_bytes(hashed[:32], "little")
    return number & ((1 << 254) - 8) | (1 << 254), hashed[32:]


def _scalar(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % _ORDER


def _plus(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    found = _NEUTRAL
    while scalar:
        if scalar & 1:
            found = _plus(found, point)
        point = _plus(point, point)
        scalar >>= 1
    return found


def _times_base(scalar: int) -> _Point:
    found = _NEUTRAL
    for doubled in _doubled_base():
        if not scalar:
            break
        if scalar & 1:
            found = _plus(found, doubled)
        scalar >>= 1
    return found


def _same(p: _Point, q: _Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % _P == 0 and (p[1] * q[2] - q[1] * p[2]) % _P == 0


def _written(p: _Point) -> bytes:
    inverse = pow(p[2], -1, _P)
    x, y = p[0] * inverse % _P, p[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _read(data: bytes) -> _Point | None:
    number = int.from_bytes(data, "little")
    sign_bit, y = number >> 255, number & ((1 << 255) - 1)
    x = None if y >= _P else _x_of(y, sign_bit)
    return None if x is None else (x, y, 1, x * y % _P)


def _x_of(y: int, sign_bit: int) -> int | None:
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(squared, (_P + 3) // 8, _P)
    if (x * x - squared) % _P:
        x = x * _ROOT % _P
    if (x * x - squared) % _P or (x == 0 and sign_bit):
        return None
    return _P - x if x & 1 != sign_bit else x


@cache
def _doubled_base() -> tuple[_Point, ...]:
    """Return the base point doubled 0, 1, 2 ... times."""
    points = [_base()]
    for _ in range(255):
        points.append(_plus(points[-1], points[-1]))
    return tuple(points)


def _base() -> _Point:
    y = 4 * pow(5, -1, _P) % _P
    x = _x_of(y, 0)
    if x is None:
        raise AssertionError("the base point is on the curve")
    return x, y, 1, x * y % _P
