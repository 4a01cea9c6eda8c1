"""A small company with its people: two franchisees, three stores, one account for each kind of keeper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from addons.stores.models import Franchisee, Region, Store
from addons.stores.services import grant_scope
from addons.stores.tests.world import found
from core.db.scope import system_scope
from core.db.session import engine, work
from core.testing.screens import Browser
from core.web.admin.models import AccountEvent
from core.web.deploy import create_user
from core.web.security.models import User


@dataclass(frozen=True)
class Company:
    """Keys of stores, franchisees, regions and accounts by their codes and names."""

    stores: dict[str, int]
    franchisees: dict[str, int]
    regions: dict[str, int]
    people: dict[str, int]

    def place(self, code: str) -> str:
        """A place as forms send it."""
        if code in self.stores:
            return f"store:{self.stores[code]}"
        if code in self.franchisees:
            return f"franchisee:{self.franchisees[code]}"
        return f"region:{self.regions[code]}"


#: Who looks after what, beside the accounts of the site: role, kind, code.
PEOPLE = {
    "cash1": ("Cashier", "store", "S1"),
    "cash3": ("Cashier", "store", "S3"),
    "guide1": ("Guide", "store", "S1"),
    "manager2": ("StoreManager", "store", "S2"),
    "franchise2": ("FranchiseAdmin", "franchisee", "F2"),
}
#: The site's own accounts: what they look after here.
KEEPERS = {
    "storemanager": ("store", "S1"),
    "franchiseadmin": ("franchisee", "F1"),
    "hqapprover": ("hq", ""),
    "hqmarketing": ("hq", ""),
    "auditor": ("auditor", ""),
}


def company() -> Company:
    """Found it in the connected database."""
    with system_scope("test"), work() as session:
        stores = {code: store.id for code, store in found(session).items()}
        franchisees = {f.code: f.id for f in session.scalars(select(Franchisee))}
        regions = {r.code: r.id for r in session.scalars(select(Region))}
    for name, (role, _kind, _code) in PEOPLE.items():
        create_user(username=name, role=role, password="never used", name=name, hash_of=lambda _: "scrypt:none")
    with system_scope("test"), work() as session:
        people = {name: key for key, name in session.execute(select(User.id, User.username))}
        targets = {"store": stores, "franchisee": franchisees}
        for name, (kind, code) in {**KEEPERS, **{n: (k, c) for n, (_, k, c) in PEOPLE.items()}}.items():
            target = targets[kind][code] if kind in targets else None
            grant_scope(session, user_id=people[name], kind=kind, target_id=target)
    return Company(stores, franchisees, regions, people)


def row(username: str) -> User:
    """An account as it is now."""
    with work() as session:
        return session.scalars(select(User).where(User.username == username).options(selectinload(User.roles))).one()


def places(user_id: int) -> set[tuple[str, int | None]]:
    """What an account looks after now."""
    from addons.stores.models import UserScope

    with system_scope("test"), work() as session:
        mine = select(UserScope.kind, UserScope.target_id).where(UserScope.user_id == user_id)
        return {(kind, target) for kind, target in session.execute(mine)}


def happened(user_id: int) -> list[tuple[str, str]]:
    """What was written down of an account: what and by which person, in order."""
    with work() as session:
        events = select(AccountEvent).where(AccountEvent.user_id == user_id, AccountEvent.by != "guibin")
        return [(event.what, event.by) for event in session.scalars(events.order_by(AccountEvent.id))]


def shown_password(page: TestResponse) -> str:
    """The password a page shows once."""
    shown = re.search(r'class="secret"><code>([^<]+)<', page.text)
    assert shown is not None, page.text
    return shown[1]


def step(browser: Browser, user_id: int, verb: str, data: Mapping[str, object] | None = None) -> TestResponse:
    """Take a step with an account, from its page where there is one."""
    browser.get("/resetmypassword/form")
    return browser.post(f"/accounts/{user_id}/{verb}", dict(data or {}))


def give_role_by_hand(user_id: int, role: str) -> None:
    """Write a role into the database, as somebody with its password could."""
    from core.web.deploy import set_role

    with engine().begin() as connection:
        set_role(connection, user_id, role)


def lock(username: str) -> None:
    """Close an account directly."""
    with engine().begin() as connection:
        connection.execute(update(User.__table__).where(User.__table__.c.username == username).values(active=False))


__all__ = ["Company", "Store", "company", "happened", "lock", "places", "row", "shown_password", "step"]
