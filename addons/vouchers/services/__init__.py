"""What can be done with vouchers; every command is part of a posting and never commits."""

from __future__ import annotations

from addons.vouchers.domain import Hold
from addons.vouchers.services.budgets import BudgetUsedUp
from addons.vouchers.services.holders import PERSON
from addons.vouchers.services.issuing import Issue, issue_many
from addons.vouchers.services.refusals import (
    RestoreTooMuch,
    VoucherCancelled,
    VoucherExpired,
    VoucherLocked,
    VoucherNeedsMember,
    VoucherNotYet,
    VoucherOfOtherBrand,
    VoucherOfOtherCurrency,
    VoucherOfOtherMember,
    VoucherOfOtherStore,
    VoucherReplaced,
    VoucherTooSmall,
    VoucherUsed,
    WrongVoucherKind,
)
from addons.vouchers.services.returning import Restored, Withdrawn, restore, withdraw
from addons.vouchers.services.tills import (
    Locked,
    Redeemed,
    hand_over,
    lock,
    redeem,
    release,
    require_free,
    require_usable,
)

__all__ = [
    "PERSON",
    "BudgetUsedUp",
    "Hold",
    "Issue",
    "Locked",
    "Redeemed",
    "RestoreTooMuch",
    "Restored",
    "VoucherCancelled",
    "VoucherExpired",
    "VoucherLocked",
    "VoucherNeedsMember",
    "VoucherNotYet",
    "VoucherOfOtherBrand",
    "VoucherOfOtherCurrency",
    "VoucherOfOtherMember",
    "VoucherOfOtherStore",
    "VoucherReplaced",
    "VoucherTooSmall",
    "VoucherUsed",
    "Withdrawn",
    "WrongVoucherKind",
    "hand_over",
    "issue_many",
    "lock",
    "redeem",
    "release",
    "require_free",
    "require_usable",
    "restore",
    "withdraw",
]
