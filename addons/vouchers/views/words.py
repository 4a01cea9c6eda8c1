"""The words of codes on the screens of vouchers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from addons.vouchers.domain.codes import pattern_problem, typed
from addons.vouchers.models import Terms
from addons.vouchers.queries import Limited, Names, limit_names
from addons.vouchers.vocabulary import step_text
from core.db.session import reading
from core.errors import Invalid, Refusal, refusals
from core.money import yuan
from core.web import formats

KINDS = {
    "cash": ("accent", _("Cash voucher")),
    "discount": ("accent", _("Discount coupon")),
    "gift": ("accent", _("Gift voucher")),
    "parking": ("accent", _("Parking voucher")),
}
STATES = {
    "active": ("good", _("Can be used")),
    "used": ("quiet", _("Used up")),
    "expired": ("quiet", _("Expired")),
    "void": ("bad", _("Cancelled")),
    "split": ("quiet", _("Split")),
    "transferred": ("quiet", _("Given away")),
}
ACCOUNTS = {
    "issued": ("quiet", _("Vouchers issued")),
    "outstanding": ("good", _("Outstanding")),
    "locked": ("warn", _("Held by a till")),
    "redeemed": ("accent", _("Used")),
    "forfeited": ("quiet", _("Forfeited")),
    "expired": ("quiet", _("Expired")),
    "void": ("bad", _("Cancelled")),
    "split": ("quiet", _("Split")),
    "transferred": ("quiet", _("Given away")),
}
SOURCES = {
    "exchange": ("quiet", _("Points exchanged")),
    "rule": ("quiet", _("By a rule")),
    "batch": ("quiet", _("Batch")),
    "split": ("quiet", _("Split off")),
    "gift": ("quiet", _("Given by a member")),
}
BINDINGS = {
    "member": ("quiet", _("A member's")),
    "first_use": ("accent", _("The first user's")),
    "bearer": ("warn", _("Anybody's")),
}
BATCH_STATES = {
    "asked": ("warn", _("Waits for a second person")),
    "approved": ("accent", _("Being issued")),
    "refused": ("bad", _("Refused")),
    "issued": ("good", _("All issued")),
    "stopped": ("quiet", _("Stopped")),
}
OUTCOMES = {
    "unknown": ("bad", _("Does not exist")),
    "mistyped": ("warn", _("Mistyped")),
    "used": ("bad", _("Used up")),
    "void": ("bad", _("Cancelled")),
    "expired": ("quiet", _("Expired")),
    "replaced": ("warn", _("Split or given away")),
    "locked": ("warn", _("Held by a till")),
    "not_yet": ("quiet", _("Not valid yet")),
    "elsewhere": ("quiet", _("Not good here")),
    "other_member": ("warn", _("Another member's")),
}


def told(problem: Refusal) -> str:
    """Return the sentence of a refusal in the person's language; of a wrong value what is wrong with it."""
    return str(gettext(problem.problem)) if isinstance(problem, Invalid) else problem.worded(gettext)


def held_up(kept: Mapping[str, Any] | None) -> str:
    """Say why a batch does not go on, in the language of the screen."""
    return told(refusals()[kept["code"]](**kept["facts"])) if kept else formats.EMPTY


def said(from_state: str, to_state: str) -> str:
    """Say what an entry did, in the language of the screen."""
    return step_text(from_state, to_state).in_language(str(get_locale() or "zh_Hant"))


def masked(code: str | None) -> Markup:
    """Write the end of a code only: whoever knows a whole one could try to use it."""
    return Markup("<code>…{}</code>").format((code or "")[-4:])


def limits(voucher: Limited, names: Names) -> list[str]:
    """Say what a voucher, or those of some terms, are limited to."""
    told = []
    if voucher.min_spend:
        told.append(gettext("From a spend of %(amount)s", amount=yuan(voucher.min_spend)))
    if goods := names.goods(voucher):
        told.append(gettext("For %(goods)s", goods="、".join(goods)))
    if places := names.places(voucher):
        told.append(gettext("In %(stores)s", stores="、".join(places)))
    return [str(each) for each in told]


def limits_of(terms: Terms | None) -> str:
    """Say what the vouchers of a batch are limited to."""
    if terms is None:
        return formats.EMPTY
    with reading() as session:
        return ", ".join(limits(terms, limit_names(session, [terms])))


def pattern_fits(_session: Session, form: Any) -> None:
    """Refuse with Invalid a pattern that can be guessed or read wrongly."""
    if problem := pattern_problem(typed(form.pattern.data)):
        raise Invalid(field="pattern", problem=problem)
