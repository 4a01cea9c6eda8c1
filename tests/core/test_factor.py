"""Codes that come several times at once are taken once, on both databases."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import Engine, insert

from core.db.session import work
from core.web.security import factor
from core.web.security.models import User

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
AT_ONCE = 4


def code_at(secret: str, moment: datetime) -> str:
    return pyotp.TOTP(secret).generate_otp(int(moment.timestamp()) // factor.STEP)


@pytest.fixture
def somebody(every_database: Engine) -> tuple[int, str, list[str]]:
    """An account with a second factor: its key, the secret, the recovery codes."""
    person = {"first_name": "a", "last_name": "b", "username": "a", "email": "a@example.com", "active": True}
    with every_database.begin() as connection:
        made = connection.execute(insert(User.__table__).values(person).returning(User.__table__.c.id))
        key = int(made.scalar_one())
    with work() as session:
        secret = factor.begin(session, key)
    with work() as session:
        return key, secret, factor.confirm(session, key, code_at(secret, NOON), NOON)


def tried_at_once(key: int, code: str) -> Counter[str]:
    gate = Barrier(AT_ONCE)

    def once(_number: int) -> str:
        gate.wait()
        with work() as session:
            return factor.accept(session, key, code, LATER)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(once, range(AT_ONCE)))


def test_a_code_is_taken_once(somebody: tuple[int, str, list[str]]) -> None:
    key, secret, _codes = somebody
    assert tried_at_once(key, code_at(secret, LATER)) == {"code": 1, "": AT_ONCE - 1}


def test_a_recovery_code_is_taken_once(somebody: tuple[int, str, list[str]]) -> None:
    key, _secret, codes = somebody
    assert tried_at_once(key, codes[0]) == {"recovery": 1, "": AT_ONCE - 1}
    with work() as session:
        assert factor.codes_left(session, key) == factor.RECOVERY_CODES - 1
