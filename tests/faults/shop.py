"""The shop that faults are put upon: an installed product with stores of two franchisees, tills, members, vouchers.

`python -m tests.faults.shop FILE MEMBERS` installs what the environment names, opens the shop and writes into FILE what
its clients need to know.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from itsdangerous import URLSafeSerializer
from sqlalchemy import select

from addons.pos.services import add_till, make_pack, recognise
from addons.sales.tests.shop import Shop
from addons.stores.models import Franchisee, Region, Store
from addons.vouchers.services import Issue, issue_many
from core import clock, settings
from core.cli.serve import setup
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import reading, work
from core.periods import local_day
from core.web.deploy import create_user

SECRET = "k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa"
SHARED, TILLS = 60, 8
#: List prices in fen.
GOODS = (19_900, 39_900, 59_900, 89_900, 129_900)
VOUCHER = 5_000


@dataclass
class TillAt:
    """A till: where it stands, what it shows, what it took along, and how it names members."""

    id: int
    store: int
    key_id: str
    credential: str
    pack: str
    members: dict[int, str] = field(default_factory=dict)


@dataclass
class World:
    """What clients know of the shop."""

    brand: int
    store: int
    tills: list[TillAt]
    members: list[int]
    products: dict[str, int]
    #: Vouchers of nobody, that all clients try to use.
    shared: list[str]

    def save(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def load(cls, path: Path) -> World:
        """Read it again."""
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        tills = [
            TillAt(**{**till, "members": {int(k): v for k, v in till["members"].items()}}) for till in told["tills"]
        ]
        return cls(**{**told, "tills": tills})


def open_world(now: datetime, count: int) -> World:
    """Open the shop over an installed database, with so many members."""
    with system_scope("faults"):
        shop = Shop.opened()
        stores = [shop.store, shop.other_store, _foreign_store(shop)]
        products = {shop.product(price): price for price in GOODS}
        tiers = ("ordinary", "ordinary", "gold", "diamond")
        members = [shop.member(tiers[number % len(tiers)]) for number in range(count)]
        with work() as session:
            settings.change(
                session, name="pos.calls_per_minute", to=100_000, by="faults", reason="clients do not rest", now=now
            )
        tills = [_till(stores[number % len(stores)], number, members, now) for number in range(TILLS)]
        shared = _shared(shop, now)
    create_user(username="hq", role="HQApprover", password="correct horse battery")  # else it waits to be set up
    return World(shop.brand, shop.store, tills, members, products, shared)


def _foreign_store(shop: Shop) -> int:
    """Open a store of another franchisee, so that points and vouchers move between the two."""
    with work() as session:
        owner = Franchisee(code="F2", name="Other")
        session.add(owner)
        session.flush()
        region = session.scalars(select(Region)).one()
        store = Store(
            code="S3",
            name="S3",
            brand_id=shop.brand,
            region_id=region.id,
            franchisee_id=owner.id,
            format="boutique",
            opened_on=date(2020, 1, 1),
        )
        session.add(store)
        session.flush()
        return store.id


def _till(store: int, number: int, members: list[int], now: datetime) -> TillAt:
    with work() as session:
        made = add_till(session, store_id=store, name=f"till {number}", by="faults", now=now)
    with reading() as session:
        known = recognise(session, made.credential, now)
    pack = make_pack(till=known, now=now, secret=SECRET)["pack"]
    signer = URLSafeSerializer(SECRET, salt="pos.member")
    named = {member: signer.dumps([store, member]) for member in members}
    return TillAt(known.id, store, known.key_id, made.credential, pack, named)


def _shared(shop: Shop, now: datetime) -> list[str]:
    issue = Issue(None, shop.brand, shop.store, "cash", VOUCHER, local_day(now), now, "faults", binding="bearer")
    posted = post(
        Operation("faults.shared", "faults:shared", {}),
        lambda session: {"codes": issue_many(session, [issue] * SHARED)},
    )
    codes: list[str] = posted.answer["codes"]
    return codes


def main(path: Path, members: int) -> None:
    """Install the product as `guibin setup` does, and open the shop."""
    setup.main([], standalone_mode=False)
    open_world(clock.now(), members).save(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
