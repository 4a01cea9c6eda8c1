"""What can be done with rule books: draft, review, approve, publish, switch a rule off."""

from __future__ import annotations

from addons.rulebook.services.drafts import (
    check_text,
    edit_draft,
    import_book,
    pin_case,
    send_back,
    submit,
    unpin_case,
)
from addons.rulebook.services.publishing import approve, publish, switch_off
from addons.rulebook.services.refusals import (
    BookHasProblems,
    LimitsNotHeld,
    NoSuchRule,
    NotApproved,
    NotTheAuthor,
    PinnedCasesFail,
    SamePerson,
    TooLate,
    WordsInUse,
    WrongState,
)
from addons.rulebook.services.removal import may_uninstall
from addons.rulebook.services.source import DatabaseVersions
from core.policy.version import set_version_source

set_version_source(DatabaseVersions())

#: Asked before an addon is removed.
MAY_UNINSTALL = may_uninstall

__all__ = [
    "MAY_UNINSTALL",
    "BookHasProblems",
    "LimitsNotHeld",
    "NoSuchRule",
    "NotApproved",
    "NotTheAuthor",
    "PinnedCasesFail",
    "SamePerson",
    "TooLate",
    "WordsInUse",
    "WrongState",
    "approve",
    "check_text",
    "edit_draft",
    "import_book",
    "pin_case",
    "publish",
    "send_back",
    "submit",
    "switch_off",
    "unpin_case",
]
