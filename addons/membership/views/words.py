"""Words, labels and form fields that several screens of membership share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release
from wtforms.validators import DataRequired, Length, Optional

from addons.membership.queries import card_ends
from core.web.forms import PlainSelect, PlainText

TIERS: dict[str, Any] = {"ordinary": _("Ordinary card"), "gold": _("Gold card"), "diamond": _("Diamond card")}
STATUSES: dict[str, Any] = {
    "prospect": ("quiet", _("Prospect")),
    "active": ("good", _("Member")),
    "merged": ("quiet", _("Merged")),
    "erased": ("bad", _("Erased")),
}
CHANNELS: dict[str, Any] = {
    "walk_in": _("Walk-in"),
    "referral": _("Brought by a member"),
    "partner": _("Partner merchant"),
    "campaign": _("Campaign"),
}
SEXES: dict[str, Any] = {"unknown": _("Not given"), "female": _("Female"), "male": _("Male")}
CARDS: dict[str, Any] = {
    "issued": ("warn", _("Issued, not yet activated")),
    "active": ("good", _("In use")),
    "lost": ("bad", _("Lost")),
    "replaced": ("quiet", _("Replaced")),
    "converted": ("quiet", _("Converted")),
    "closed": ("quiet", _("Closed")),
}
PURPOSES: dict[str, Any] = {
    "programme": _("VIP programme"),
    "messages": _("Messages"),
    "profiling": _("Personal suggestions"),
    "partners": _("Partners"),
    "minor": _("Membership of a child"),
    "family_points": _("Spending points with the family"),
}
WAITING: dict[str, Any] = {
    "waiting": ("warn", _("Waits")),
    "served": ("good", _("Has the card")),
    "left": ("quiet", _("No longer waits")),
}
REQUESTS: dict[str, Any] = {
    "asked": ("warn", _("Waits for a second person")),
    "approved": ("good", _("Approved")),
    "refused": ("bad", _("Refused")),
}
LOOKUPS: dict[str, Any] = {"card": _("Member's card"), "phone": _("Phone"), "number": _("Member or receipt number")}

FIELDS: dict[str, Any] = {
    "name": _("Full name"),
    "phone": _("Phone"),
    "birthday": _("Birthday"),
    "lunar_birthday": _("Lunar birthday"),
    "birthday_declined": _("Birthday declined"),
    "sex": _("Sex"),
    "email": _("E-mail"),
    "district": _("District"),
    "street": _("Street"),
    "tier": _("Tier"),
    "status": _("State"),
    "recruited_by": _("Recruited by"),
    "recruited_note": _("Which partner or campaign"),
    "is_staff": _("Is staff"),
    "family_id": _("Family"),
    "guardian_id": _("Guardian"),
    "referrer_id": _("Brought by"),
    "merged_into_id": _("Merged into"),
    "activated_at": _("Member since"),
}

#: A member is looked up by what people say; a phone number is found by its end.
BY_MEMBER = ("name", "number", "phone")


def choice(label: Any, words: Mapping[str, Any], **more: Any) -> SelectField:
    """Return a field to choose one of these codes."""
    codes = [SelectChoice(code, words[code]) for code in words]
    return SelectField(label, choices=codes, widget=PlainSelect(), validators=[DataRequired()], **more)


def line(label: Any, longest: int, *, needed: bool = False, help: Any = "") -> StringField:  # noqa: A002 - what WTForms calls description
    """Return a field of one line."""
    checks = [DataRequired() if needed else Optional(), Length(max=longest)]
    return StringField(label, validators=checks, widget=PlainText(), description=help)


def told_elsewhere(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """Return what stands for members of other stores in rows of one's own: their cards, masked."""
    ends = card_ends(session, member_ids)
    return {
        key: gettext("Card %(number)s, of another store", number=f"****{ends[key]}")
        if key in ends
        else gettext("Of another store")
        for key in member_ids
    }
