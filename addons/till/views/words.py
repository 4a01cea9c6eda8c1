"""The words of codes on these screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from addons.points.services import Offer
from addons.vouchers.domain import UNLIMITED
from addons.vouchers.queries import Limited, Names, limit_names
from core.db.session import reading
from core.money import yuan
from core.web import formats

TIERS = {"ordinary": _("Ordinary card"), "gold": _("Gold card"), "diamond": _("Diamond card"), "": _("Prospect")}
PAYMENTS = {"cash": _("Cash"), "card": _("Bank card"), "wechat": _("WeChat Pay"), "alipay": _("Alipay")}
TENDERS = PAYMENTS | {"voucher": _("Voucher"), "exchange": _("Goods that came back")}
RETURNS = {
    "return": _("Return"),
    "exchange": _("Exchange"),
    "swap": _("Swap"),
    "correction": _("Corrected price"),
    "unreceipted": _("Return without receipt"),
}
WHY_BACK = {
    "size": _("Size does not fit"),
    "colour": _("Colour"),
    "quality": _("Faulty"),
    "changed_mind": _("Changed one's mind"),
    "wrong_item": _("Wrong goods"),
    "price": _("Wrong price"),
    "other": _("Something else"),
}
SINCE = {
    "partly": ("warn", _("Partly returned")),
    "returned": ("bad", _("Wholly returned")),
    "changed": ("quiet", _("Changed afterwards")),
}
APPROVALS = {
    "late": _("The time in which goods may come back is over."),
    "price": _("A price is corrected."),
    "amount": _("The amount is large."),
}
SEXES = {"unknown": _("not said"), "female": _("female"), "male": _("male")}
CHANNELS = {
    "walk_in": _("Walk-in"),
    "referral": _("Brought by a member"),
    "partner": _("Partner merchant"),
    "campaign": _("Campaign"),
}
CARD_STATES = {
    "issued": ("warn", _("Issued, not yet activated")),
    "active": ("good", _("In use")),
    "lost": ("bad", _("Lost")),
    "replaced": ("quiet", _("Replaced")),
    "converted": ("quiet", _("Converted")),
    "closed": ("quiet", _("Closed")),
}
STATUSES = {
    "prospect": ("warn", _("Prospect")),
    "active": ("good", _("Member")),
    "merged": ("quiet", _("Merged into another file")),
    "erased": ("quiet", _("Erased")),
}
PURPOSES = {
    "programme": _("VIP programme"),
    "messages": _("Messages"),
    "profiling": _("Personal suggestions"),
    "partners": _("Partners"),
    "minor": _("Membership of a child"),
    "family_points": _("Spending points with the family"),
}
VOUCHERS = {
    "cash": _("Cash voucher"),
    "discount": _("Discount coupon"),
    "gift": _("Gift voucher"),
    "parking": _("Parking voucher"),
}
VOUCHER_STATES = {
    "active": ("good", _("Can be used")),
    "used": ("quiet", _("Used up")),
    "expired": ("quiet", _("Expired")),
    "void": ("bad", _("Cancelled")),
    "split": ("quiet", _("Split")),
    "transferred": ("quiet", _("Given away")),
}
SOURCES = {
    "purchase": _("Purchase"),
    "bonus": _("Bonus points"),
    "visit": _("Visit"),
    "referral": _("Referral"),
    "adjust": _("Correction"),
    "debt": _("Debt"),
}
FIELDS = {
    "name": _("Full name"),
    "phone": _("Phone"),
    "sex": _("Sex"),
    "email": _("E-mail"),
    "district": _("District"),
    "street": _("Street"),
    "birthday": _("Birthday"),
    "tier": _("Tier"),
    "store_id": _("Home store"),
    "guardian_id": _("Guardian"),
    "family_id": _("Family"),
    "status": _("State"),
    "referrer_id": _("Brought by"),
    "recruited_by": _("How recruited"),
    "recruited_note": _("Note"),
    "is_staff": _("Works for us"),
}
STEP_REASONS = {
    "purchase": _("by purchases"),
    "review": _("at the review"),
    "grant": _("granted by headquarters"),
    "grant_ended": _("the grant ended"),
    "merge": _("files merged"),
    "return": _("goods came back"),
    "downgrade": _("after notice"),
}


def state_chip(state: str) -> Any:
    """Return how a receipt stands since, as a chip; nothing where it stands as it was sold."""
    return formats.chip(SINCE[state][0], str(SINCE[state][1])) if state else ""


def offered(offer: Offer) -> str:
    """Say what is offered for points."""
    words = {"kind": VOUCHERS[offer.kind], "points": f"{offer.points:,}"}
    if offer.value:
        said = str(gettext("%(kind)s of %(value)s for %(points)s points", value=yuan(offer.value), **words))
    else:
        said = str(gettext("%(kind)s for %(points)s points", **words))
    return " · ".join([said, *limited(offer)])


def limited(offer: Offer) -> list[str]:
    """Say what a voucher that is offered for points would be limited to."""
    if offer.limits == UNLIMITED:
        return []
    with reading() as session:
        return limits(offer.limits, limit_names(session, [offer.limits]))


def limits(voucher: Limited, names: Names) -> list[str]:
    """Say what a voucher is limited to."""
    said = []
    if voucher.min_spend:
        said.append(gettext("from %(amount)s", amount=yuan(voucher.min_spend)))
    if goods := names.goods(voucher):
        said.append(gettext("for %(goods)s", goods="、".join(goods)))
    if places := names.places(voucher):
        said.append(gettext("in %(stores)s", stores="、".join(places)))
    return [str(each) for each in said]


def done(step: str, answer: Mapping[str, Any]) -> str:
    """Say what a step did."""
    said = {
        "activate": _("Now a member, with the card %(card)s."),
        "issue_card": _("The card %(card)s is active."),
        "activate_card": _("The card %(card)s is active."),
        "report_loss": _("The card %(card)s is blocked."),
        "replace_card": _("The new card is %(card)s."),
        "convert_card": _("Converted: the new card is %(card)s."),
        "visit": _("%(points)s points for the visit, balance %(balance)s."),
        "exchange": _("%(vouchers)s vouchers for %(points)s points."),
        "gift": _("%(gift)s for %(points)s points, balance %(balance)s."),
        "consent": _("The answer was kept."),
        "change": _("The file was changed."),
    }
    if step == "visit" and answer.get("not_given"):
        said["visit"] = _(
            "%(points)s points for the visit, balance %(balance)s. %(not_given)s more: the budget is used up."
        )
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in answer.items()}
    return str(said[step]) % shown
