"""Words of the codes on these screens."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from addons.settlement import domain
from addons.stores.models import Franchisee
from core.web.here import builder

WHAT = {
    "discount": ("accent", _("Discount")),
    "points": ("accent", _("Points")),
    "voucher": ("accent", _("Voucher")),
    "return": ("accent", _("Refund for another")),
    "dispute": ("warn", _("Dispute")),
}
STATES = {
    "asked": ("warn", _("Waits for headquarters")),
    "accepted": ("good", _("Accepted")),
    "refused": ("bad", _("Refused")),
}
_PARTIES: dict[str, Any] = {
    domain.HQ: _("Headquarters"),
    domain.PARTNER: _("Partner"),
    domain.CUSTOMERS: _("Customers"),
    domain.POINTS: _("Points held by members"),
    domain.VOUCHERS: _("Vouchers held by members"),
    domain.CLEARING: _("Between franchisees"),
}


def told_party(party: str | None) -> str:
    """Write a party as people know it."""
    text = party or ""
    if text.startswith(domain.FRANCHISEE):
        key = int(text.removeprefix(domain.FRANCHISEE))
        return _franchisees().get(key) or str(gettext("Franchisee %(number)s", number=key))
    return str(_PARTIES.get(text, text))


def _franchisees() -> dict[int, str]:
    """Return the names of franchisees by their keys; read once a request."""
    if "settlement_franchisees" not in g:
        wanted = select(Franchisee.id, Franchisee.name)
        g.settlement_franchisees = dict(builder().session.execute(wanted).all())
    names: dict[int, str] = g.settlement_franchisees
    return names
