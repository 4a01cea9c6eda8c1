"""What can be done with members and their cards; no command commits."""

from __future__ import annotations

from addons.membership.queries import find_duplicates
from addons.membership.services.birthdays import ask_birthday_change, change_birthday, decide_birthday_change
from addons.membership.services.cards import (
    activate_card,
    close_card,
    convert_card,
    enrol,
    issue_card,
    replace_card,
    report_loss,
)
from addons.membership.services.consents import record_consent
from addons.membership.services.families import leave_family, set_family, set_guardian
from addons.membership.services.importing import ImportResult, Rejected, import_members
from addons.membership.services.looking import identify, note_lookup
from addons.membership.services.members import (
    activate,
    change_member,
    check_minor,
    check_phone_in_sight,
    register_prospect,
)
from addons.membership.services.merging import PERSON, erase_member, merge_members
from addons.membership.services.numbers import as_printed, check_card_number, open_segment
from addons.membership.services.quotas import leave_waiting, set_quota, wait_for_card
from addons.membership.services.telling_apart import tell_apart
from addons.membership.services.turns import take_turns

__all__ = [
    "PERSON",
    "ImportResult",
    "Rejected",
    "activate",
    "activate_card",
    "as_printed",
    "ask_birthday_change",
    "change_birthday",
    "change_member",
    "check_card_number",
    "check_minor",
    "check_phone_in_sight",
    "close_card",
    "convert_card",
    "decide_birthday_change",
    "enrol",
    "erase_member",
    "find_duplicates",
    "identify",
    "import_members",
    "issue_card",
    "leave_family",
    "leave_waiting",
    "merge_members",
    "note_lookup",
    "open_segment",
    "record_consent",
    "register_prospect",
    "replace_card",
    "report_loss",
    "set_family",
    "set_guardian",
    "set_quota",
    "take_turns",
    "tell_apart",
    "wait_for_card",
]
