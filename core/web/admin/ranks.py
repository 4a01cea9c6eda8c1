"""Who keeps whose accounts: roles below one's own, and nobody the other half of a four-eyes step.

Nobody changes their own account, so one open system administrator always remains: whoever closed the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.web.roles import (
    ALL,
    AUDITOR,
    CASHIER,
    FRANCHISE_ADMIN,
    GUIDE,
    HQ_APPROVER,
    STORE_MANAGER,
    SYSTEM_ADMIN,
    Roles,
)

#: Headquarters' accounts are kept by the system administrator alone: an approver who could open an account of
#: headquarters' marketing could approve their own draft.
KEEPS: Mapping[str, Roles] = {
    STORE_MANAGER: (CASHIER, GUIDE),
    FRANCHISE_ADMIN: (CASHIER, GUIDE, STORE_MANAGER),
    HQ_APPROVER: (CASHIER, GUIDE, STORE_MANAGER, FRANCHISE_ADMIN),
    SYSTEM_ADMIN: ALL,
}
#: See every account.
SEES_ALL: Roles = (SYSTEM_ADMIN, AUDITOR)
KEEPERS: Roles = tuple(KEEPS)


def kept_by(roles: Iterable[str]) -> Roles:
    """Return the roles whose accounts a person with these roles keeps, lowest first."""
    found = {kept for role in roles for kept in KEEPS.get(role, ())}
    return tuple(role for role in ALL if role in found)
