"""What tills send; whatever is not named here is refused."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from addons.membership.models import CHANNELS, SEXES
from addons.pos.domain import PAYMENTS
from addons.pos.schemas.fields import Strict, fen, member_reference, said, text, visible

LINES, VOUCHERS, PAYMENTS_AT_MOST = 1000, 20, 10


class FindRequest(Strict):
    """An exact card number or a full phone number."""

    card = fields.String(
        validate=[validate.Regexp(r"^[0-9A-Za-z]{4,24}$"), visible], metadata=said("The whole number on the card.")
    )
    phone = text("The whole phone number, with +86 and the like if it is from elsewhere.", 30, 4)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse none and both."""
        if ("card" in data) == ("phone" in data):
            raise ValidationError("Either card or phone.")


class LineRequest(Strict):
    """A product in the basket."""

    product = text("The product's code.", 40, required=True)
    quantity = fields.Integer(
        strict=True,
        load_default=1,
        validate=validate.Range(min=1, max=1_000_000),
        metadata=said("Pieces; 1 where it is left out."),
    )


class EnrolRequest(Strict):
    """Who becomes a member with this receipt; for somebody found as a prospect only what is missing counts."""

    phone = text("Phone number; not needed where `member` names a prospect.", 30, 4)
    name = text("Name.", 80)
    birthday = fields.Date(metadata=said("Birthday."))
    birthday_lunar = fields.Boolean(metadata=said("The birthday (given by the sun) is kept by the lunar calendar."))
    birthday_declined = fields.Boolean(metadata=said("The birthday was asked for and not given."))
    sex = fields.String(validate=validate.OneOf(SEXES), metadata=said("Sex."))
    recruited_by = fields.String(validate=validate.OneOf(CHANNELS), metadata=said("How the member came."))
    referrer = text("The reference of the member who brought the new one.", 200)


class QuoteRequest(Strict):
    """A basket to be priced."""

    lines = fields.Nested(
        LineRequest,
        many=True,
        required=True,
        validate=validate.Length(min=1, max=LINES),
        metadata=said("What is bought."),
    )
    member = member_reference()
    enrol = fields.Nested(EnrolRequest, metadata=said("Makes the customer a member with this receipt."))
    vouchers = fields.List(
        text("Code of a voucher.", 40),
        validate=validate.Length(max=VOUCHERS),
        metadata=said("Vouchers to pay with."),
    )
    hold = text("The sale under whose name the till holds the vouchers, where it does.", 60)
    currency = fields.String(
        validate=[validate.Regexp(r"^[A-Z]{3}$"), visible],
        metadata=said("Currency of the amounts; another one than the store's is refused."),
    )

    @validates_schema(skip_on_field_errors=True)
    def phone_of_the_new_member(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse an enrolment that says neither who is meant nor a phone number."""
        if "enrol" in data and "member" not in data and "phone" not in data["enrol"]:
            raise ValidationError("A new member needs a phone number.", "enrol")


class PaymentRequest(Strict):
    """Money of some kind."""

    kind = fields.String(required=True, validate=validate.OneOf(PAYMENTS), metadata=said("How it is paid."))
    amount = fen("Amount in fen.", required=True)


class CheckoutRequest(QuoteRequest):
    """A basket to be sold."""

    payments = fields.Nested(
        PaymentRequest,
        many=True,
        validate=validate.Length(max=PAYMENTS_AT_MOST),
        metadata=said("They must come to what is to be paid in money; all in cash where they are left out."),
    )
    quote = text(
        "The signed quote of this basket: its price is paid, whatever changed since. Without it, the price of now.",
        40_000,
    )
    told = fen("What the customer was told to pay, in fen; another price is refused.")
    cashier = text("Who sells; the till's name where it is left out.", 60)


class MemberRequest(Strict):
    """A customer whose file is begun."""

    phone = text("Phone number, with +86 and the like if it is from elsewhere.", 30, 4, required=True)
    name = text("Name.", 80)
    sex = fields.String(validate=validate.OneOf(SEXES), metadata=said("Sex."))
    recruited_by = fields.String(validate=validate.OneOf(CHANNELS), metadata=said("How the member came."))
    referrer = text("The reference of the member who brought the new one.", 200)


class VisitRequest(Strict):
    """A visit that staff confirmed."""

    member = member_reference(required=True)
    invited = fields.Boolean(load_default=False, metadata=said("The member came by invitation."))
    confirmed_by = text("Who saw the member.", 60, required=True)

    @validates_schema(skip_on_field_errors=True)
    def somebody_confirms(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse a name of nothing but spaces."""
        if not data["confirmed_by"].strip():
            raise ValidationError("A visit needs the name of who confirms it.", "confirmed_by")


class VoucherCheckRequest(Strict):
    """A voucher that is shown at the till."""

    code = text("The code as it is printed or typed.", 40, required=True)
    member = member_reference()
