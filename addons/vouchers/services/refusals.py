"""What vouchers do not allow; the code of each tells a till what to do."""

from __future__ import annotations

from core.errors import Refusal
from core.money import Fen


class VoucherExpired(Refusal):
    """Its last day is over."""

    sentence = "The voucher %(voucher)s was valid until %(valid_until)s."
    voucher: str
    valid_until: str


class VoucherNotYet(Refusal):
    """Its first day is still to come."""

    sentence = "The voucher %(voucher)s is valid from %(valid_from)s."
    voucher: str
    valid_from: str


class VoucherUsed(Refusal):
    """It has been used before, or at this very moment at another till."""

    sentence = "The voucher %(voucher)s has been used already."
    voucher: str


class VoucherCancelled(Refusal):
    """Headquarters cancelled it, or what it was given for came back."""

    sentence = "The voucher %(voucher)s has been cancelled."
    voucher: str


class VoucherReplaced(Refusal):
    """It was split or given to somebody else: its value has other codes now."""

    sentence = "The voucher %(voucher)s was split or given away; its value has a new code."
    voucher: str


class VoucherLocked(Refusal):
    """Another till is using it at this moment."""

    sentence = "The voucher %(voucher)s is in use at %(till)s, for %(minutes)s more minutes at most."
    voucher: str
    till: str
    minutes: int


class VoucherOfOtherBrand(Refusal):
    """It belongs to another brand."""

    sentence = "The voucher %(voucher)s belongs to another brand."
    voucher: str


class VoucherOfOtherStore(Refusal):
    """It is good in other stores only."""

    sentence = "The voucher %(voucher)s is not good in this store."
    voucher: str


class VoucherOfOtherCurrency(Refusal):
    """It is worth money of another market (C34)."""

    sentence = "The voucher %(voucher)s is worth %(currency)s and cannot be used here."
    voucher: str
    currency: str


class VoucherOfOtherMember(Refusal):
    """It belongs to another member."""

    sentence = "The voucher %(voucher)s belongs to another member."
    voucher: str


class VoucherNeedsMember(Refusal):
    """It is a member's, or becomes the member's who uses it first, and there is none on the receipt."""

    sentence = "The voucher %(voucher)s can be used by members only."
    voucher: str


class VoucherTooSmall(Refusal):
    """More was to be paid with it than it is worth, or nothing; amounts are fen."""

    sentence = "The voucher %(voucher)s is worth less than was to be paid with it."
    voucher: str


class WrongVoucherKind(Refusal):
    """Only gift and parking vouchers are handed over; the others are used with a receipt."""

    sentence = "The voucher %(voucher)s is used when paying; it is not handed over."
    voucher: str


class ReferenceNeeded(Refusal):
    """Something is handed out without a word which article, or under which reference of the partner."""

    sentence = "Say which article is handed out, or the reference of the partner."
    status = 422


class RestoreTooMuch(Refusal):
    """More was to be given back than this receipt took and has not had back."""

    sentence = "At most %(most)s of the voucher %(voucher)s can be given back for this receipt."
    voucher: str
    most: Fen
