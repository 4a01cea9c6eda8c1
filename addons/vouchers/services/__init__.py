"""What can be done with vouchers; every command is part of a posting and never commits."""

from __future__ import annotations

from addons.vouchers.domain import Hold
from addons.vouchers.services.attempts import OUTCOMES, note_attempt
from addons.vouchers.services.batches import (
    Limits,
    VoucherBatchDecided,
    VoucherBatchNeedsAnother,
    VoucherBatchOver,
    Wanted,
    ask_batch,
    decide_batch,
    hold_up,
    issue_part,
    stop_part,
)
from addons.vouchers.services.budgets import VoucherBudgetUsedUp
from addons.vouchers.services.ending import cancel, expire
from addons.vouchers.services.headquarters import grant, open_budget, set_pattern
from addons.vouchers.services.holders import PERSON, VoucherGiftsForbidden, VoucherSplitForbidden, give, split
from addons.vouchers.services.issuing import Issue, issue_many
from addons.vouchers.services.papers import note_download, note_print
from addons.vouchers.services.refusals import (
    ReferenceNeeded,
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
from addons.vouchers.services.returning import Restored, Withdrawn, restore, withdraw, withdraw_exchanged
from addons.vouchers.services.tills import (
    Locked,
    Redeemed,
    hand_over,
    lock,
    redeem,
    release,
    require_free,
    require_holder,
    require_usable,
)

__all__ = [
    "OUTCOMES",
    "PERSON",
    "Hold",
    "Issue",
    "Limits",
    "Locked",
    "Redeemed",
    "ReferenceNeeded",
    "RestoreTooMuch",
    "Restored",
    "VoucherBatchDecided",
    "VoucherBatchNeedsAnother",
    "VoucherBatchOver",
    "VoucherBudgetUsedUp",
    "VoucherCancelled",
    "VoucherExpired",
    "VoucherGiftsForbidden",
    "VoucherLocked",
    "VoucherNeedsMember",
    "VoucherNotYet",
    "VoucherOfOtherBrand",
    "VoucherOfOtherCurrency",
    "VoucherOfOtherMember",
    "VoucherOfOtherStore",
    "VoucherReplaced",
    "VoucherSplitForbidden",
    "VoucherTooSmall",
    "VoucherUsed",
    "Wanted",
    "Withdrawn",
    "WrongVoucherKind",
    "ask_batch",
    "cancel",
    "decide_batch",
    "expire",
    "give",
    "grant",
    "hand_over",
    "hold_up",
    "issue_many",
    "issue_part",
    "lock",
    "note_attempt",
    "note_download",
    "note_print",
    "open_budget",
    "redeem",
    "release",
    "require_free",
    "require_holder",
    "require_usable",
    "restore",
    "set_pattern",
    "split",
    "stop_part",
    "withdraw",
    "withdraw_exchanged",
]
