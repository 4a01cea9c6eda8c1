"""The second factor: six digits that a person's phone makes from a secret and the time (TOTP, RFC 6238).

A code is taken once, also by two requests at the same moment; a clock may be off by one step of 30 seconds. Eight
recovery codes stand in for the phone, each once. The secret is kept encrypted, the recovery codes as digests, both
under a key that lies outside the database. Commands run in the caller's transaction and never commit.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from markupsafe import Markup
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.config import factor_key
from core.errors import Refusal
from core.web.security.models import FactorRole, RecoveryCode, User

STEP = 30  # seconds
DRIFT = 1  # steps
RECOVERY_CODES = 8
ISSUER = "Guibin"
_NONCE = 12
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read as another one
_HALF = 5
_users, _codes = User.__table__, RecoveryCode.__table__


class FactorIsOn(Refusal):
    """A second factor that is set up while one is asked for already."""

    sentence = "Your second factor is set up already; turn it off first."


class FactorNotBegun(Refusal):
    """A code that confirms nothing: there is no secret yet."""

    sentence = "There is nothing to confirm: begin again."


class CodeNotRight(Refusal):
    """A code that is wrong, too old, or was used before."""

    sentence = "This code is not right. Codes are good for half a minute, and each once."
    status = 422


class FactorMustStay(Refusal):
    """A second factor that one's role must have."""

    sentence = "Your role must have a second factor."


# -- setting it up ----------------------------------------------------------------------------------------------------


def begin(session: Session, user_id: int) -> str:
    """Draw a secret for an account and return it; nothing is asked for before it is confirmed.

    Refuses with FactorIsOn.
    """
    secret = pyotp.random_base32()
    fresh = (
        update(_users)
        .where(_users.c.id == user_id, _users.c.factor_since.is_(None))
        .values(factor_secret=_locked(user_id, secret), factor_step=0)
    )
    if _changed(session, fresh) != 1:
        raise FactorIsOn
    return secret


def confirm(session: Session, user_id: int, code: str, now: datetime) -> list[str]:
    """Ask for the second factor from now on, and return the recovery codes, which are kept nowhere else.

    Refuses with FactorIsOn, FactorNotBegun, CodeNotRight.
    """
    row = session.connection().execute(_row(user_id)).one()
    if row.factor_since is not None:
        raise FactorIsOn
    if row.factor_secret is None:
        raise FactorNotBegun
    step = _step_of(_opened(user_id, row.factor_secret), code, now)
    if step is None:
        raise CodeNotRight
    on = (
        update(_users)
        .where(_users.c.id == user_id, _users.c.factor_since.is_(None), _users.c.factor_secret == row.factor_secret)
        .values(factor_since=now, factor_step=step)
    )
    if _changed(session, on) != 1:
        raise FactorIsOn
    return renew_codes(session, user_id)


def renew_codes(session: Session, user_id: int) -> list[str]:
    """Return new recovery codes; the old ones are worth nothing any more."""
    drawn = ["".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF)) for _ in range(RECOVERY_CODES)]
    connection = session.connection()
    connection.execute(delete(_codes).where(_codes.c.user_id == user_id))
    connection.execute(insert(_codes), [{"user_id": user_id, "digest": _digest(user_id, code)} for code in drawn])
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in drawn]


def take_away(session: Session, user_id: int) -> None:
    """Ask for no second factor any more."""
    session.connection().execute(delete(_codes).where(_codes.c.user_id == user_id))
    off = {"factor_secret": None, "factor_since": None, "factor_step": 0}
    session.connection().execute(update(_users).where(_users.c.id == user_id).values(off))


# -- using it ---------------------------------------------------------------------------------------------------------


def accept(session: Session, user_id: int, typed: str, now: datetime) -> str:
    """Take a code and return "code" or "recovery" by what it was, "" if it is worth nothing; each is taken once."""
    plain = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    if len(plain) == 2 * _HALF:
        used = delete(_codes).where(_codes.c.user_id == user_id, _codes.c.digest == _digest(user_id, plain))
        return "recovery" if _changed(session, used) == 1 else ""
    row = session.connection().execute(_row(user_id)).one()
    if row.factor_since is None or row.factor_secret is None:
        return ""
    step = _step_of(_opened(user_id, row.factor_secret), plain, now)
    if step is None:
        return ""
    newer = update(_users).where(_users.c.id == user_id, _users.c.factor_step < step).values(factor_step=step)
    return "code" if _changed(session, newer) == 1 else ""


def codes_left(session: Session, user_id: int) -> int:
    """Return how many recovery codes were not used yet."""
    counted = select(func.count()).select_from(_codes).where(_codes.c.user_id == user_id)
    return int(session.connection().execute(counted).scalar_one())


def address(secret: str, username: str) -> str:
    """Return the `otpauth:` address that a phone's app reads."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER))


def picture(otpauth: str, title: str) -> Markup:
    """Return the address as a QR code to be photographed by a phone, an SVG for the page."""
    drawn = segno.make_qr(otpauth, error="m")
    return Markup(drawn.svg_inline(scale=5, dark="#000", light="#fff", title=title, omitsize=True))  # noqa: S704 - our own


def in_groups(secret: str) -> str:
    """Return a secret as it is typed from the screen, four letters a group."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def waiting(session: Session, user_id: int) -> str:
    """Return the secret that waits to be confirmed, "" where none does."""
    row = session.connection().execute(_row(user_id)).one()
    return (
        "" if row.factor_secret is None or row.factor_since is not None else _opened(user_id, row.factor_secret) or ""
    )


#: How many roles must have it, as part of another statement.
HOW_MANY_ROLES = select(func.count(FactorRole.__table__.c.role)).scalar_subquery()


# -- who must have it -------------------------------------------------------------------------------------------------


def roles_asked(session: Session) -> frozenset[str]:
    """Return the roles whose people must have a second factor."""
    return frozenset(session.connection().execute(select(FactorRole.__table__.c.role)).scalars())


def must_have(session: Session, roles: Iterable[str]) -> bool:
    """Tell whether somebody with these roles must have one."""
    return not roles_asked(session).isdisjoint(roles)


def ask_roles(session: Session, roles: frozenset[str], *, among: frozenset[str], by: str, now: datetime) -> list[str]:
    """Let these of the roles one may decide about have it, and those alone; return what changed as `+Role`, `-Role`."""
    held = roles_asked(session) & among
    wanted = roles & among
    table = FactorRole.__table__
    if held - wanted:
        session.connection().execute(delete(table).where(table.c.role.in_(sorted(held - wanted))))
    for role in sorted(wanted - held):
        session.connection().execute(insert(table).values(role=role, since=now, by=by))
    return [*(f"+{role}" for role in sorted(wanted - held)), *(f"-{role}" for role in sorted(held - wanted))]


# -- parts ------------------------------------------------------------------------------------------------------------


def _row(user_id: int) -> Any:
    return select(_users.c.factor_secret, _users.c.factor_since).where(_users.c.id == user_id)


def _changed(session: Session, statement: Any) -> int:
    return int(session.connection().execute(statement).rowcount)


def _step_of(secret: str | None, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, the present one and its neighbours; None if it is none of theirs."""
    if secret is None or len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    totp = pyotp.TOTP(secret, interval=STEP)
    present = int(now.timestamp()) // STEP
    steps = range(present - DRIFT, present + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)), None)


def _derived(purpose: bytes) -> bytes:
    return hmac.digest(factor_key(), purpose, hashlib.sha256)


def _digest(user_id: int, code: str) -> str:
    return hmac.digest(_derived(b"recovery"), f"{user_id}:{code}".encode(), hashlib.sha256).hex()


def _locked(user_id: int, secret: str) -> str:
    """Return a secret encrypted for one account: under another one's name it does not open."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(_derived(b"secret")).encrypt(nonce, secret.encode(), str(user_id).encode())
    return base64.b64encode(nonce + sealed).decode()


def _opened(user_id: int, kept: str) -> str | None:
    """Return the secret; None for one that was made under another key, or for another account."""
    raw = base64.b64decode(kept)
    try:
        return AESGCM(_derived(b"secret")).decrypt(raw[:_NONCE], raw[_NONCE:], str(user_id).encode()).decode()
    except InvalidTag:
        return None
