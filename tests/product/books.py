"""Whether every book of the product agrees with its entries, at this moment."""

from __future__ import annotations

from core.ledger.books import Finding
from core.ledger.kernel import all_books
from core.ledger.verify import Verification, Verified


def findings() -> list[Finding]:
    """What is wrong in any ledger: hashes, guards, copies, and balances that are not the sums of their entries."""
    return list(Verification(all_books(), frozenset()).findings(Verified()))


def agreeing() -> None:
    """Fail where anything is wrong, and say what."""
    wrong = [(found.table, found.entry, found.problem.en, found.expected, found.found) for found in findings()]
    if wrong:
        raise AssertionError(wrong)
