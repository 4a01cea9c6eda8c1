"""Goods that come back."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from addons.pos.schemas.answers import SaleAnswer
from addons.pos.schemas.asked import LINES, CheckoutRequest
from addons.pos.schemas.fields import Strict, fen, member_reference, said, text, whole
from addons.sales.domain.returning import REASONS

_WHY = "Why: size, colour, quality, changed_mind, wrong_item, price or other."
_DEDUCTED = (
    "Kept back of the money for used vouchers that are no longer due, in fen; below nothing where that is paid back."
)
_MISSING = "Used of such vouchers and not kept back, in fen."
_APPROVED = "The second person, where one is needed: staff code or login of a manager of the store, not the cashier."


class BackLineRequest(Strict):
    """A line of the receipt."""

    line = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=LINES),
        metadata=said("Its place on the receipt."),
    )
    quantity = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(min=0, max=1_000_000),
        metadata=said("Pieces that come back, or are swapped."),
    )
    price = fen("The price a piece should have had, in fen: a correction.")
    swap = text("The product taken instead: the same style in another size or colour.", 40)


class ReturnCheckRequest(Strict):
    """Goods of a receipt."""

    receipt = text("Number of the receipt.", 40, required=True)
    sold_on = fields.Date(required=True, metadata=said("The day on the receipt."))
    store = text(
        "Code of the store on the receipt. Left out: the till's own, else the only one with this number and day.",
        40,
    )
    lines = fields.Nested(
        BackLineRequest,
        many=True,
        required=True,
        validate=validate.Length(min=1, max=LINES),
        metadata=said("What comes back of which line."),
    )
    reason = fields.String(required=True, validate=validate.OneOf(REASONS), metadata=said(_WHY))
    note = text("A remark.", 200)


class ReturnRequest(ReturnCheckRequest):
    """Goods of a receipt that are taken back."""

    told = whole("What the customer was told to get back in money, in fen; another amount is refused.")
    cashier = text("Who takes it back; the till's name where it is left out.", 60)
    approved_by = text(_APPROVED, 60)


class ExchangeRequest(Strict):
    """Goods that come back, and others that are taken: one step."""

    back = fields.Nested(ReturnRequest, required=True, metadata=said("What comes back."))
    sale = fields.Nested(CheckoutRequest, required=True, metadata=said("What is taken, priced by the rules of now."))

    @validates_schema(skip_on_field_errors=True)
    def no_quote(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse a quote: what comes back changes what the rules see."""
        if "quote" in data["sale"]:
            raise ValidationError("No quote in an exchange.", "sale")


class UnreceiptedRequest(Strict):
    """Goods without a receipt, for a voucher."""

    product = text("The product's code.", 40, required=True)
    quantity = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=1_000_000), metadata=said("Pieces.")
    )
    member = member_reference(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(REASONS), metadata=said(_WHY))
    note = text("A remark.", 200)
    cashier = text("Who takes it back; the till's name where it is left out.", 60)
    approved_by = text(_APPROVED, 60)


class RestoredAnswer(Strict):
    """A voucher that got something back."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    amount = fen("Amount in fen.", required=True)
    valid_until = fields.Date(required=True, metadata=said("The last day on which it can be used."))


class VoidAnswer(Strict):
    """A voucher that has ended and gets nothing back."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    amount = fen("Amount in fen.", required=True)


class StepBackAnswer(Strict):
    """A step that goods which came back led to."""

    before = fields.String(required=True, metadata=said("Tier before."))
    after = fields.String(required=True, metadata=said("Tier since."))
    receipt = fields.String(required=True, metadata=said("Number of the receipt."))


class ReturnAnswer(Strict):
    """A return that was written."""

    number = fields.String(required=True, metadata=said("Number of the return."))
    kind = fields.String(required=True, metadata=said("return, swap, correction or exchange."))
    receipt = fields.String(required=True, metadata=said("Number of the receipt."))
    quantity = whole("Pieces that came back.", required=True)
    paid_back = whole("Given back in all, in fen; below nothing where the customer pays.", required=True)
    to_vouchers = fen("Of it to vouchers, in fen.", required=True)
    cash = whole("Of it in money, in fen; below nothing where the customer pays.", required=True)
    shortfall = fen("What offers that are no longer reached cost, in fen.", required=True)
    points = whole("Points that are taken back.", required=True)
    credit = whole("What no longer counts for the next tier, in fen.", required=True)
    gifts_lost = fields.List(
        fields.String(), required=True, metadata=said("Gifts that are no longer due and should come back.")
    )
    balance = whole("Points balance afterwards; only for members.")
    points_debt = whole("Points that had been spent already and are owed.")
    points_queued = whole("Points beyond the lowest balance, which wait for two persons.")
    vouchers_restored = fields.Nested(
        RestoredAnswer, many=True, metadata=said("Vouchers that are worth something again.")
    )
    vouchers_withdrawn = fields.List(fields.String(), metadata=said("Vouchers that are no longer due and ended."))
    vouchers_used = fields.List(fields.String(), metadata=said("Vouchers that are no longer due and had been used."))
    vouchers_deducted = whole(_DEDUCTED)
    vouchers_missing = fen(_MISSING)
    vouchers_void = fields.Nested(
        VoidAnswer, many=True, metadata=said("Vouchers that have ended: what they had paid does not go back to them.")
    )
    tier = fields.Nested(StepBackAnswer, metadata=said("Only where the member's tier changed with it."))


class KeepingAnswer(Strict):
    """What of the member's tier the goods that come back are missing for."""

    tier = fields.String(required=True, metadata=said("Tier before."))
    metric = fields.String(required=True, metadata=said("What the tier asks for: credit or points."))
    missing = fields.Integer(
        required=True,
        allow_none=True,
        metadata=said("What is short of keeping it, in fen or in points; null where no plain rule says."),
    )
    kept = fields.Boolean(required=True, metadata=said("Whether it is kept all the same."))


class ReturnCheckAnswer(ReturnAnswer):
    """All that a return would bring, worked out by doing it and undoing it; nothing was written."""

    class Meta(ReturnAnswer.Meta):
        """A return that is not written has no number."""

        exclude = ("number", "kind")

    borne_by = fields.String(
        required=True, metadata=said("Who bears the shortfall: store or customer; empty where there is none.")
    )
    keeping = fields.Nested(
        KeepingAnswer, required=True, allow_none=True, metadata=said("Of her tier; null where nothing is short.")
    )
    vouchers_lost = whole("How many vouchers that came with the receipt are no longer due.", required=True)
    approval = fields.String(
        required=True, allow_none=True, metadata=said("Why a second person must approve: late, price or amount.")
    )


class ExchangeAnswer(Strict):
    """An exchange that was written."""

    back = fields.Nested(ReturnAnswer, required=True, metadata=said("What came back."))
    sale = fields.Nested(SaleAnswer, required=True, metadata=said("What was taken."))
    to_pay = whole("What the customer pays, in fen; below nothing: gets back.", required=True)


class UnreceiptedAnswer(Strict):
    """Goods that were taken without a receipt."""

    number = fields.String(required=True, metadata=said("Number of the return."))
    paid_back = fen("Given back in all, in fen.", required=True)
    voucher = fields.String(required=True, metadata=said("Code of the voucher that was given for them."))
