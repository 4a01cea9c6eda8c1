"""One process of many that go for the same vouchers at once; prints as JSON what its threads were told.

`python -m addons.vouchers.tests.hammer URL NUMBER BRAND STORE CODE...`
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from addons.vouchers import services
from addons.vouchers.services import Hold
from addons.vouchers.tests.shop import NOON
from core.addons import registry
from core.addons.discover import available
from core.db import session
from core.db.posting import DatabaseBusy, Operation, Plain, post
from core.db.scope import system_scope
from core.errors import Refusal

THREADS = 8
TODAY = date(2026, 5, 4)


class Till:
    """One thread: in a random order it holds, lets go of, and pays with every voucher."""

    def __init__(self, number: int, brand_id: int, store_id: int) -> None:
        self.number, self.brand_id, self.store_id = number, brand_id, store_id
        self.hold = Hold(f"till-{number}", "sale")
        self.told: Counter[str] = Counter()
        self.posted = 0

    def run(self, codes: list[str]) -> None:
        for code in codes:
            for act in Random(f"{self.number} {code}").choices((self.lock, self.release, self.pay), k=2):
                self._told(act, code)
            self._told(self.pay, code)

    def _told(self, act: Any, code: str) -> None:
        self.posted += 1
        operation = Operation("test.voucher", f"{act.__name__}-{self.number}-{self.posted}", {"code": code})
        said = ""
        with system_scope("test"):
            while not said:
                try:
                    post(operation, lambda opened: act(opened, code))
                    said = f"{act.__name__} {code}"
                except DatabaseBusy:
                    continue  # nothing was changed: the same key is sent again, as a till does
                except Refusal as refusal:
                    said = refusal.code
        self.told[said] += 1

    def lock(self, opened: Session, code: str) -> Plain:
        services.lock(opened, codes=[code], hold=self.hold, store_id=self.store_id, day=TODAY, now=NOON)
        return {}

    def release(self, opened: Session, code: str) -> Plain:
        return {"codes": services.release(opened, codes=[code], hold=self.hold, store_id=self.store_id, now=NOON)}

    def pay(self, opened: Session, code: str) -> Plain:
        services.redeem(
            opened,
            uses=[(code, 20_000)],
            receipt_id=self.number * 1000 + self.posted,
            store_id=self.store_id,
            brand_id=self.brand_id,
            day=TODAY,
            now=NOON,
            hold=self.hold,
        )
        return {}


def main(url: str, number: int, place: tuple[int, int], codes: list[str]) -> None:
    """Let the threads of this process go."""
    registry.load(available())
    session.connect(url)
    tills = [Till(number * THREADS + thread, *place) for thread in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda till: till.run(codes), tills))
    told: Counter[str] = sum((till.told for till in tills), Counter())
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), (int(sys.argv[3]), int(sys.argv[4])), sys.argv[5:])
