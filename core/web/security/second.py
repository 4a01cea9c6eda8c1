"""A second person who approves at somebody else's screen by her password, of which nothing is kept."""

from __future__ import annotations

from flask import g

from core.errors import Refusal
from core.web.here import builder
from core.web.scope import scope_of_person
from core.web.security.permissions import pairs_of


class NotRecognised(Refusal):
    """A login or password that is wrong, or an account that is closed or locked."""

    sentence = "The login or the password of the second person is not right."
    status = 403


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


def second_person(username: str, password: str, *, permission: str, view: str, store_id: int) -> str:
    """Return the user name of another person who may approve in a store; failed tries count like those of a login.

    Refuses with NotRecognised, ApprovesForOneself, MayNotApprove; too many tries end with 429.
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
    return str(person.username)
