"""What is said of a field of the enrolment when it is left: what the enrolment would refuse, as far as one may know."""

from __future__ import annotations

from datetime import date

from addons.membership import services as membership
from addons.till.services import read_day
from core.web.leaving import PlainCheck


def checks(store_id: int, today: date) -> dict[str, PlainCheck]:
    """Return the checks of the fields that people mistype; the first card of a new member is of the ordinary tier."""
    return {
        "phone": lambda session, typed: membership.check_phone_in_sight(
            session, store_id=store_id, phone=typed["phone"]
        ),
        "birthday": lambda session, typed: membership.check_minor(
            session, None, read_day(typed["birthday"]), None, today
        ),
        "number": lambda session, typed: membership.check_card_number(
            session, store_id=store_id, tier="ordinary", number=typed["number"]
        ),
    }
