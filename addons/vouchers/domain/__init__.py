"""Pure arithmetic of vouchers: codes and their patterns, where a voucher's value stands."""

from __future__ import annotations

from addons.vouchers.domain.codes import (
    DEFAULT_PATTERN,
    RANDOM_LETTERS,
    check_letter,
    code_of,
    is_code,
    last_day,
    new_code,
    pattern_problem,
    typed,
)
from addons.vouchers.domain.guessing import most_within
from addons.vouchers.domain.limits import UNLIMITED, Limits, limits_given
from addons.vouchers.domain.states import BINDINGS, KINDS, STATES, STATUSES, WITHIN, Hold, standing

__all__ = [
    "BINDINGS",
    "DEFAULT_PATTERN",
    "KINDS",
    "RANDOM_LETTERS",
    "STATES",
    "STATUSES",
    "UNLIMITED",
    "WITHIN",
    "Hold",
    "Limits",
    "check_letter",
    "code_of",
    "is_code",
    "last_day",
    "limits_given",
    "most_within",
    "new_code",
    "pattern_problem",
    "standing",
    "typed",
]
