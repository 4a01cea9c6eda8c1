"""Vouchers held for a sale in the making, let go, and handed over."""

from __future__ import annotations

from marshmallow import fields, validate

from addons.pos.schemas.asked import VOUCHERS
from addons.pos.schemas.fields import Strict, fen, member_reference, said, text

SALE = "The till's own name of the sale in the making: what is held for it is free for it alone."


class HoldRequest(Strict):
    """Vouchers and the sale they are for."""

    codes = fields.List(
        text("Code of a voucher.", 40),
        required=True,
        validate=validate.Length(min=1, max=VOUCHERS),
        metadata=said("The codes as they are printed or typed."),
    )
    sale = text(SALE, 60, required=True)


class LockRequest(HoldRequest):
    """Vouchers to be held."""

    member = member_reference()


class HandOverRequest(Strict):
    """A gift or parking voucher, and what is given for it."""

    code = text("The code as it is printed or typed.", 40, required=True)
    ref = text("Which article, or the reference of the partner.", 120, required=True)
    member = member_reference()
    sale = text(SALE, 60)
    cashier = text("Who gives it; the till's name where it is left out.", 60)


class SplitRequest(Strict):
    """A cash voucher and the parts it is split into."""

    code = text("The code as it is printed or typed.", 40, required=True)
    parts = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=1, max=10**12)),
        required=True,
        validate=validate.Length(min=2, max=VOUCHERS),
        metadata=said("What each part is worth, in fen; together what remains of the voucher."),
    )
    member = member_reference()
    cashier = text("Who does it; the till's name where it is left out.", 60)


class GiveRequest(Strict):
    """A voucher and who gets it."""

    code = text("The code as it is printed or typed.", 40, required=True)
    to = text("The reference of the member who gets it, as `members/find` gave it to this store.", 200, required=True)
    member = member_reference()
    cashier = text("Who does it; the till's name where it is left out.", 60)


class HeldAnswer(Strict):
    """A voucher that is held."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    kind = fields.String(required=True, metadata=said("Kind: cash, discount, gift or parking."))
    remaining = fen("What it can still pay, in fen.", required=True)
    valid_until = fields.Date(required=True, metadata=said("The last day on which it can be used."))
    held_until = fields.AwareDateTime(required=True, format="iso", metadata=said("Then it is free again by itself."))


class LockAnswer(Strict):
    """What is held."""

    vouchers = fields.Nested(HeldAnswer, many=True, required=True, metadata=said("All that were named."))


class ReleaseAnswer(Strict):
    """What was let go."""

    codes = fields.List(
        fields.String(), required=True, metadata=said("Those that were held for the sale; the others stay as they are.")
    )


class HandOverAnswer(Strict):
    """A voucher that was used."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    amount = fen("What it was worth, in fen.", required=True)


class NewVoucherAnswer(Strict):
    """A voucher that took over value of another one, with all that limits it."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    kind = fields.String(required=True, metadata=said("Kind: cash, discount, gift or parking."))
    value = fen("What it is worth, in fen.", required=True)
    valid_until = fields.Date(required=True, metadata=said("The last day on which it can be used."))


class SplitAnswer(Strict):
    """What a voucher was split into."""

    vouchers = fields.Nested(NewVoucherAnswer, many=True, required=True, metadata=said("One for each part, in order."))
