"""Who looks after which stores."""

from __future__ import annotations

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.models import Franchisee, Region, Store, UserScope
from addons.stores.queries import scope_of
from addons.stores.services import SCOPE_PROVIDER, grant_scope, revoke_scope
from addons.stores.tests.world import found
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope


@pytest.fixture
def user(db_session: Session) -> int:
    person = User(first_name="a", last_name="b", username="a", email="a@example.com", active=True)
    db_session.add(person)
    db_session.flush()
    return int(person.id)


@pytest.fixture
def stores(db_session: Session) -> dict[str, Store]:
    return found(db_session)


def test_nothing_was_said_so_nothing_is_seen(db_session: Session, user: int, stores: dict[str, Store]) -> None:
    scope = scope_of(db_session, user)
    assert (scope.reads, scope.writes, scope.user_id) == (frozenset(), frozenset(), user)


def test_a_franchisee_has_the_franchisees_stores(db_session: Session, user: int, stores: dict[str, Store]) -> None:
    owner = db_session.scalars(select(Franchisee).filter_by(code="F1")).one()
    grant_scope(db_session, user_id=user, kind="franchisee", target_id=owner.id)
    expected = frozenset({stores["S1"].id, stores["S2"].id})
    assert scope_of(db_session, user).writes == scope_of(db_session, user).reads == expected


def test_several_grants_add_up(db_session: Session, user: int, stores: dict[str, Store]) -> None:
    region = db_session.scalars(select(Region).filter_by(code="EAST")).one()
    grant_scope(db_session, user_id=user, kind="region", target_id=region.id)
    grant_scope(db_session, user_id=user, kind="store", target_id=stores["S3"].id)
    assert scope_of(db_session, user).reads == frozenset({stores["S1"].id, stores["S3"].id})


def test_an_auditor_reads_all_and_writes_nothing(db_session: Session, user: int, stores: dict[str, Store]) -> None:
    grant_scope(db_session, user_id=user, kind="auditor")
    scope = scope_of(db_session, user)
    assert scope.reads is None
    assert scope.writes == frozenset()


def test_headquarters_has_all_stores(db_session: Session, user: int, stores: dict[str, Store]) -> None:
    grant_scope(db_session, user_id=user, kind="hq")
    scope = SCOPE_PROVIDER(db_session, user)
    assert scope.reads is None
    assert scope.writes is None


def test_a_grant_given_twice_is_one(db_session: Session, user: int, stores: dict[str, Store]) -> None:
    first = grant_scope(db_session, user_id=user, kind="store", target_id=stores["S1"].id)
    assert grant_scope(db_session, user_id=user, kind="store", target_id=stores["S1"].id).id == first.id
    revoke_scope(db_session, user_id=user, kind="store", target_id=stores["S1"].id)
    assert scope_of(db_session, user).reads == frozenset()
    with pytest.raises(NotFound):
        revoke_scope(db_session, user_id=user, kind="store", target_id=stores["S1"].id)


def test_what_cannot_be_granted_is_refused_and_nothing_is_written(
    db_session: Session, user: int, stores: dict[str, Store]
) -> None:
    with pytest.raises(Invalid):
        grant_scope(db_session, user_id=user, kind="king")
    with pytest.raises(Invalid):
        grant_scope(db_session, user_id=user, kind="hq", target_id=1)
    with pytest.raises(NotFound):
        grant_scope(db_session, user_id=user, kind="store", target_id=999)
    with acting(Scope(reads=None, writes=frozenset({1}))), pytest.raises(OutOfScope):
        grant_scope(db_session, user_id=user, kind="hq")
    assert db_session.scalars(select(UserScope)).all() == []
