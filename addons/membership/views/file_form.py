"""The fields of a member's file, as its forms ask for them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField
from wtforms.validators import Optional

from addons.membership import services
from addons.membership.models import Member
from addons.membership.views.words import CHANNELS, SEXES, choice, line
from core.web.forms import PlainDate

#: What a form may say of a member, the birthday apart.
FILE = ("name", "phone", "sex", "email", "district", "street", "recruited_by", "recruited_note", "is_staff")


def file_fields(about_birthday: Any) -> dict[str, Any]:
    """Return the fields; what is said about the birthday differs between a new file and one that is changed."""
    return {
        "name": line(_("Full name"), 80),
        "phone": line(_("Phone"), 30, needed=True, help=_("With +86, +852, +853 or +886 if it is from elsewhere.")),
        "email": line(_("E-mail"), 120),
        "district": line(_("District"), 80),
        "street": line(_("Street"), 160),
        "recruited_note": line(_("Which partner or campaign"), 120),
        "sex": choice(_("Sex"), SEXES, default="unknown"),
        "recruited_by": choice(_("Recruited by"), CHANNELS),
        "birthday": DateField(_("Birthday"), validators=[Optional()], widget=PlainDate(), description=about_birthday),
        "birthday_lunar": BooleanField(
            _("Kept by the lunar calendar"),
            description=_("The day of birth stays that of the sun; each year its lunar month and day are kept."),
        ),
    }


def filled(form: Any) -> dict[str, Any]:
    """Return what a form says, the birthday apart."""
    return {name: getattr(form, name).data or ("" if name != "is_staff" else False) for name in FILE}


def phone_in_sight(session: Session, form: Any) -> None:
    """Refuse a phone number as `check_phone_in_sight` does."""
    key = getattr(form, "_id", None)
    store_id = (
        session.scalar(select(Member.store_id).where(Member.id == key)) if key else getattr(form.store.data, "id", 0)
    )
    services.check_phone_in_sight(session, store_id=store_id or 0, phone=form.phone.data, member_id=key)
