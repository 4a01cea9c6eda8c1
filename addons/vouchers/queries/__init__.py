"""Reads of vouchers and of their ledger."""

from __future__ import annotations

from addons.vouchers.models import Attempt, Download, Entry, Print, Terms
from addons.vouchers.queries.agreement import Standing, audit, trial_balance
from addons.vouchers.queries.attempts import GUESSES, Tried, attempts_by_till
from addons.vouchers.queries.batches import (
    Code,
    ToIssue,
    batches_to_issue,
    codes_of,
    left_of_batch,
    members_in_tiers,
    members_named,
)
from addons.vouchers.queries.life import Limited, Names, Part, Step, became, life, limit_names, lives
from addons.vouchers.queries.receipts import (
    Coupon,
    OnReceipt,
    Stood,
    Used,
    coupons_on,
    issued_with,
    origins_of,
    parts_of,
    redeemed_on,
    stood,
    used_on,
)
from addons.vouchers.queries.vouchers import (
    UsableVoucher,
    by_code,
    by_code_to_change,
    by_id,
    ended,
    issued_at,
    known_codes,
    of_member,
    to_change,
    usable,
)
from core.ledger.books import Book
from rules.vocabulary import Text

LEDGERS = (
    Book("vouchers", Text("券帳本", "券账本", "Voucher ledger"), Entry.__table__, audit),
    Book("voucher_terms", Text("券的使用條件", "券的使用条件", "Terms of vouchers"), Terms.__table__, alike=True),
    Book("voucher_attempts", Text("被拒的券碼", "被拒的券码", "Codes that were refused"), Attempt.__table__),
    Book("voucher_prints", Text("券的列印", "券的打印", "Vouchers on paper"), Print.__table__),
    Book("voucher_downloads", Text("券碼的下載", "券码的下载", "Codes taken away as files"), Download.__table__),
)

__all__ = [
    "GUESSES",
    "LEDGERS",
    "Code",
    "Coupon",
    "Limited",
    "Names",
    "OnReceipt",
    "Part",
    "Standing",
    "Step",
    "Stood",
    "ToIssue",
    "Tried",
    "UsableVoucher",
    "Used",
    "attempts_by_till",
    "audit",
    "batches_to_issue",
    "became",
    "by_code",
    "by_code_to_change",
    "by_id",
    "codes_of",
    "coupons_on",
    "ended",
    "issued_at",
    "issued_with",
    "known_codes",
    "left_of_batch",
    "life",
    "limit_names",
    "lives",
    "members_in_tiers",
    "members_named",
    "of_member",
    "origins_of",
    "parts_of",
    "redeemed_on",
    "stood",
    "to_change",
    "trial_balance",
    "usable",
    "used_on",
]
