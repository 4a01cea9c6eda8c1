"""The roles people have; pages name them to say who reads and who writes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

CASHIER = "Cashier"
GUIDE = "Guide"
STORE_MANAGER = "StoreManager"
FRANCHISE_ADMIN = "FranchiseAdmin"
HQ_MARKETING = "HQMarketing"
HQ_APPROVER = "HQApprover"
AUDITOR = "Auditor"
SYSTEM_ADMIN = "SystemAdmin"

Roles = tuple[str, ...]

ALL: Roles = (
    CASHIER,
    GUIDE,
    STORE_MANAGER,
    FRANCHISE_ADMIN,
    HQ_MARKETING,
    HQ_APPROVER,
    AUDITOR,
    SYSTEM_ADMIN,
)
#: What people call them.
TITLES: dict[str, Any] = {
    CASHIER: lazy_gettext("Cashier"),
    GUIDE: lazy_gettext("Guide"),
    STORE_MANAGER: lazy_gettext("Store manager"),
    FRANCHISE_ADMIN: lazy_gettext("Franchise administrator"),
    HQ_MARKETING: lazy_gettext("HQ marketing"),
    HQ_APPROVER: lazy_gettext("HQ approver"),
    AUDITOR: lazy_gettext("Auditor"),
    SYSTEM_ADMIN: lazy_gettext("System administrator"),
}
NOBODY: Roles = ()
SHOP_FLOOR: Roles = (CASHIER, GUIDE, STORE_MANAGER)
MANAGERS: Roles = (STORE_MANAGER, FRANCHISE_ADMIN)
STORES: Roles = (CASHIER, GUIDE, STORE_MANAGER, FRANCHISE_ADMIN)
HQ: Roles = (HQ_MARKETING, HQ_APPROVER)
#: Everybody who works with the programme; the system administrator keeps accounts, not members.
EVERYBODY: Roles = (*STORES, *HQ, AUDITOR)
#: Those with a desk: master data and ledgers are in their menu; on the shop floor they are found through a member.
OFFICE: Roles = (*MANAGERS, *HQ, AUDITOR)
#: All but the cashier, whose menu is short.
CARING: Roles = (GUIDE, *OFFICE)


def title(role: str) -> str:
    """Return what people call a role; one that was made by hand has its own name."""
    return str(TITLES.get(role, role))
