"""The fields of a member's file, as its forms ask for them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField
from wtforms.validators import Optional

from addons.membership.models import Member
from addons.membership.services.errors import PhoneTaken
from addons.membership.services.members import normal_phone
from addons.membership.views.words import CHANNELS, SEXES, choice, line
from addons.stores.queries import places
from core.db.scope import current_scope
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
    """Refuse with BadPhone or PhoneTaken what the form will be refused for, as far as members of one's stores tell it.

    That somebody of another store has the number is said when the form is sent, not while one types.
    """
    key = getattr(form, "_id", None)
    store_id = (
        session.scalar(select(Member.store_id).where(Member.id == key)) if key else getattr(form.store.data, "id", 0)
    )
    at = places(session).get(store_id or 0)
    if at is None or not current_scope().may_write(at.id):
        return
    phone = normal_phone(form.phone.data, at.market)
    holder = session.scalar(select(Member.id).where(Member.brand_id == at.brand_id, Member.phone == phone))
    if holder not in (None, key):
        raise PhoneTaken(phone=phone)
