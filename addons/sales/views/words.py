"""The words of codes on these screens."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from core.web import formats

SOURCES = {
    "till": ("quiet", _("Till")),
    "api": ("quiet", _("Point-of-sale API")),
    "import": ("quiet", _("Imported")),
    "demo": ("quiet", _("Demonstration")),
}
TENDERS = {
    "cash": _("Cash"),
    "card": _("Bank card"),
    "wechat": _("WeChat Pay"),
    "alipay": _("Alipay"),
    "wallet": _("Wallet"),
    "voucher": _("Voucher"),
    "lost_voucher": _("Voucher that was worth nothing"),
    "shortfall": _("Shortfall"),
    "exchange": _("Goods that came back"),
    "other": _("Other"),
}
STATES = {
    "partly": ("warn", _("Partly returned")),
    "returned": ("bad", _("Wholly returned")),
    "changed": ("quiet", _("Changed afterwards")),
}
KINDS = {
    "return": ("quiet", _("Return")),
    "exchange": ("quiet", _("Exchange")),
    "swap": ("quiet", _("Swap")),
    "correction": ("warn", _("Corrected price")),
    "unreceipted": ("warn", _("Return without receipt")),
}
REASONS = {
    "size": _("Size does not fit"),
    "colour": _("Colour"),
    "quality": _("Faulty"),
    "changed_mind": _("Changed one's mind"),
    "wrong_item": _("Wrong goods"),
    "price": _("Wrong price"),
    "other": _("Something else"),
}


def state_chip(state: str) -> Any:
    """Return how a receipt stands since, as a chip; in plain words where it stands as it was sold."""
    return formats.chip(STATES[state][0], str(STATES[state][1])) if state else gettext("As sold")


state_chip.plain = lambda state: str(STATES[state][1] if state else gettext("As sold"))  # type: ignore[attr-defined]
