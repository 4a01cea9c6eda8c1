"""Eight processes of eight threads at the same vouchers: one use each, and a ledger without a gap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from addons.vouchers import queries, services
from addons.vouchers.models import Entry, Voucher
from addons.vouchers.services import Issue
from addons.vouchers.tests.counter import TODAY
from addons.vouchers.tests.shop import NOON, open_shop
from core.db.scope import system_scope
from core.db.session import reading, work

PROCESSES, THREADS, VOUCHERS = 8, 8, 2
ROOT = Path(__file__).parents[3]


@pytest.mark.usefixtures("crowd")
def test_sixty_four_tills_use_each_voucher_once(every_database: Engine) -> None:
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        issue = Issue(None, shop.brand_id, shop.store_id, "cash", 30_000, TODAY, NOON, "rule", binding="bearer")
        codes = services.issue_many(session, [issue] * VOUCHERS)
    told = _hammered(every_database, [str(shop.brand_id), str(shop.store_id)], codes)
    assert {code: told[f"pay {code}"] for code in codes} == dict.fromkeys(codes, 1)
    tries = PROCESSES * THREADS * VOUCHERS * 3
    assert sum(told.values()) == tries  # everybody was answered
    assert set(told) <= {"voucher_used", "voucher_locked", *(f"{act} {c}" for c in codes for act in _ACTS)}
    with system_scope("test"), reading() as session:
        assert list(queries.audit(session)) == []
        assert session.scalar(select(func.count(Entry.use_number))) == VOUCHERS
        paid = select(func.sum(Entry.amount)).where(Entry.to_state == "redeemed")
        assert session.scalar(paid) == 20_000 * VOUCHERS
        assert set(session.scalars(select(Voucher.remaining))) == {0}


_ACTS = ("lock", "release", "pay")


def _hammered(engine: Engine, place: list[str], codes: list[str]) -> Counter[str]:
    command = [sys.executable, "-m", "addons.vouchers.tests.hammer", engine.url.render_as_string(hide_password=False)]
    running = [
        subprocess.Popen(
            [*command, str(number), *place, *codes],
            cwd=ROOT,
            env=os.environ | {"PYTHONWARNINGS": ""},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    answers = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES
    return sum((Counter(json.loads(answer)) for answer in answers), Counter())
