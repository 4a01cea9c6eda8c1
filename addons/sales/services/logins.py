"""One login per role for the demonstration; passwords are made by whoever sets it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from addons.stores.models import Franchisee, Region, Staff, Store, UserScope
from core.db.session import work

_TARGETS: dict[str, Any] = {"region": Region, "franchisee": Franchisee, "store": Store}


@dataclass(frozen=True, slots=True)
class Login:
    """A role to try, and what the person looks after."""

    username: str
    role: str
    name: str
    kind: str
    target: str = ""
    staff: str = ""

    def grant(self, user_id: int) -> None:
        """Give a new account what it looks after, and its person in the store."""
        with work() as session:
            model = _TARGETS.get(self.kind)
            found = None if model is None else session.scalar(select(model.id).where(model.code == self.target))
            session.add(UserScope(user_id=user_id, kind=self.kind, target_id=found))
            person = session.scalar(select(Staff).where(Staff.code == self.staff)) if self.staff else None
            if person is not None:
                person.user_id = user_id


DEMO_LOGINS = (
    Login("cashier", "Cashier", "收銀 SH01", "store", "SH01", "SH01-3"),
    Login("guide", "Guide", "導購 SH01", "store", "SH01", "SH01-2"),
    Login("manager", "StoreManager", "店長 SH01", "store", "SH01", "SH01-1"),
    Login("franchise", "FranchiseAdmin", "江南服飾", "franchisee", "JN"),
    Login("marketing", "HQMarketing", "總部市場部", "hq"),
    Login("approver", "HQApprover", "總部核准", "hq"),
    Login("auditor", "Auditor", "稽核", "auditor"),
    Login("admin", "SystemAdmin", "系統管理員", "hq"),
)
