"""A second person who approves at somebody else's screen by her password, and her code where she has a second factor.

Nothing of either is kept.
"""

from __future__ import annotations

from typing import Any

from flask import g

from core.errors import Refusal
from core.web.here import builder
from core.web.scope import scope_of_person
from core.web.security.permissions import pairs_of


class NotRecognised(Refusal):
    """A login or password that is wrong, or an account that is closed or locked."""

    sentence = "The login or the password of the second person is not right."
    status = 403


class CodeNeeded(Refusal):
    """A second person who has a second factor, with no code or a wrong one."""

    sentence = "%(person)s has a second factor: type the code of her phone too. Each code is good once."
    status = 403
    person: str


class FactorNeeded(Refusal):
    """A second person whose role must have a second factor, and who has none yet."""

    sentence = "%(person)s must set up a second factor first."
    status = 403
    person: str


class ApprovesForOneself(Refusal):
    """Whoever asks wants to approve too."""

    sentence = "Another person than %(person)s must approve."
    status = 403
    person: str


class MayNotApprove(Refusal):
    """A person who has no permission to approve this, or none in this store."""

    sentence = "%(person)s may not approve this here."
    status = 403
    person: str


def second_person(username: str, password: str, code: str, *, permission: str, view: str, store_id: int) -> str:
    """Return the user name of another person who may approve in a store; failed tries count like those of a login.

    Refuses with NotRecognised, ApprovesForOneself, MayNotApprove, CodeNeeded and FactorNeeded; too many tries end with
    429.
    """
    manager = builder().sm
    with manager.limiter.limit(manager.auth_rate_limit):
        person = manager.auth_user_db(username.strip(), password)
    if person is None:
        raise NotRecognised
    if person.id == g.user.id:
        raise ApprovesForOneself(person=person.username)
    allowed = (permission, view) in pairs_of(manager.session, person.id)
    if not allowed or not scope_of_person(person.id).may_write(store_id):
        raise MayNotApprove(person=person.username)
    _prove(person, code)
    return str(person.username)


def _prove(person: Any, code: str) -> None:
    """Take the code of a second person who has a second factor; without one typed, none is counted as wrong."""
    manager = builder().sm
    if manager.must_set_up_factor(person):
        raise FactorNeeded(person=person.username)
    if person.factor_since is None:
        return
    with manager.limiter.limit(manager.auth_rate_limit):
        right = bool(code.strip()) and manager.opens_with(person, code)
    if not right:
        raise CodeNeeded(person=person.username)
