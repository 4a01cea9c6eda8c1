"""A voucher as plain data for paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from addons.stores.queries import StorePlace
from addons.vouchers.queries import UsableVoucher
from reports.document import Document
from rules.vocabulary import Text

CODE = "VCH"
PAPERS = {"voucher_slip": Text("券", "券", "Voucher")}


def voucher_slip(
    voucher: UsableVoucher,
    *,
    at: StorePlace,
    brand: str,
    kind: str,
    limits: Sequence[str],
    member: str,
    printed: int,
    language: str,
    by: str,
    now: datetime,
) -> Document:
    """Return the paper of a voucher for a customer; words of its kind and limits are in the language already."""
    data = {
        "brand": brand,
        "kind": kind,
        "title": voucher.title,
        "code": voucher.code,
        "value": voucher.remaining,
        "currency": voucher.currency,
        "valid_from": None if voucher.valid_from is None else voucher.valid_from.isoformat(),
        "valid_until": voucher.valid_until.isoformat(),
        "limits": list(limits),
        "member": member,
        "printed": printed,
        "export": {"number": f"{CODE}-{voucher.id}-{printed}", "by": by, "reason": kind},
    }
    title = f"{kind} …{voucher.code[-4:]}"
    return Document("voucher_slip", data, language, now.astimezone(at.zone), title, CODE)
