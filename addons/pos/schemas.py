"""What tills send and what they are answered; the descriptions are the reference people read.

Amounts are whole fen, days are ISO dates. Whatever is not named here is refused.
"""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from addons.membership.models import CHANNELS, SEXES
from addons.pos.domain import PAYMENTS

LINES, VOUCHERS, PAYMENTS_AT_MOST = 1000, 20, 10
_FEN = validate.Range(min=0, max=10**12)


def _visible(value: str) -> None:
    """Refuse what no till prints: control signs, and halves of letters that no database keeps."""
    if not value.isprintable():
        raise ValidationError("Only letters that can be printed.")


def _said(description: str) -> dict[str, Any]:
    return {"description": description}


def _text(description: str, longest: int, shortest: int = 1, **more: Any) -> fields.String:
    checks: list[Any] = [validate.Length(min=shortest, max=longest), _visible]
    return fields.String(validate=checks, metadata=_said(description), **more)


def _fen(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=_FEN, metadata=_said(description), **more)


def _whole(description: str, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, metadata=_said(description), **more)


def _member(**more: Any) -> fields.String:
    return _text("The member's reference, as `members/find` gave it to this store.", 200, **more)


class Strict(Schema):
    """Names that are not known are refused."""

    class Meta:
        """How it is read."""

        unknown = RAISE


# -- what tills send --------------------------------------------------------------------------------------------------


class FindRequest(Strict):
    """An exact card number or a full phone number."""

    card = fields.String(
        validate=[validate.Regexp(r"^[0-9A-Za-z]{4,24}$"), _visible], metadata=_said("The whole number on the card.")
    )
    phone = _text("The whole phone number, with +86 and the like if it is from elsewhere.", 30, 4)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse none and both."""
        if ("card" in data) == ("phone" in data):
            raise ValidationError("Either card or phone.")


class LineRequest(Strict):
    """A product in the basket."""

    product = _text("The product's code.", 40, required=True)
    quantity = fields.Integer(
        strict=True,
        load_default=1,
        validate=validate.Range(min=1, max=1_000_000),
        metadata=_said("Pieces; 1 where it is left out."),
    )


class EnrolRequest(Strict):
    """Who becomes a member with this receipt; for somebody found as a prospect only what is missing counts."""

    phone = _text("Phone number; not needed where `member` names a prospect.", 30, 4)
    name = _text("Name.", 80)
    birthday = fields.Date(metadata=_said("Birthday."))
    birthday_declined = fields.Boolean(metadata=_said("The birthday was asked for and not given."))
    sex = fields.String(validate=validate.OneOf(SEXES), metadata=_said("Sex."))
    recruited_by = fields.String(validate=validate.OneOf(CHANNELS), metadata=_said("How the member came."))
    referrer = _text("The reference of the member who brought the new one.", 200)


class QuoteRequest(Strict):
    """A basket to be priced."""

    lines = fields.Nested(
        LineRequest,
        many=True,
        required=True,
        validate=validate.Length(min=1, max=LINES),
        metadata=_said("What is bought."),
    )
    member = _member()
    enrol = fields.Nested(EnrolRequest, metadata=_said("Makes the customer a member with this receipt."))
    vouchers = fields.List(
        _text("Code of a voucher.", 40),
        validate=validate.Length(max=VOUCHERS),
        metadata=_said("Vouchers to pay with."),
    )
    currency = fields.String(
        validate=[validate.Regexp(r"^[A-Z]{3}$"), _visible],
        metadata=_said("Currency of the amounts; another one than the store's is refused."),
    )

    @validates_schema(skip_on_field_errors=True)
    def phone_of_the_new_member(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse an enrolment that says neither who is meant nor a phone number."""
        if "enrol" in data and "member" not in data and "phone" not in data["enrol"]:
            raise ValidationError("A new member needs a phone number.", "enrol")


class PaymentRequest(Strict):
    """Money of some kind."""

    kind = fields.String(required=True, validate=validate.OneOf(PAYMENTS), metadata=_said("How it is paid."))
    amount = _fen("Amount in fen.", required=True)


class CheckoutRequest(QuoteRequest):
    """A basket to be sold."""

    payments = fields.Nested(
        PaymentRequest,
        many=True,
        validate=validate.Length(max=PAYMENTS_AT_MOST),
        metadata=_said("They must come to what is to be paid in money; all in cash where they are left out."),
    )
    told = _fen("What the customer was told to pay, in fen; another price is refused.")
    cashier = _text("Who sells; the till's name where it is left out.", 60)


class VisitRequest(Strict):
    """A visit that staff confirmed."""

    member = _member(required=True)
    invited = fields.Boolean(load_default=False, metadata=_said("The member came by invitation."))
    confirmed_by = _text("Who saw the member.", 60, required=True)

    @validates_schema(skip_on_field_errors=True)
    def somebody_confirms(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse a name of nothing but spaces."""
        if not data["confirmed_by"].strip():
            raise ValidationError("A visit needs the name of who confirms it.", "confirmed_by")


class VoucherCheckRequest(Strict):
    """A voucher that is shown at the till."""

    code = _text("The code as it is printed or typed.", 40, required=True)
    member = _member()


# -- what tills are answered ------------------------------------------------------------------------------------------


class CardAnswer(Strict):
    """A card."""

    number = fields.String(required=True, metadata=_said("The whole number on the card."))
    tier = fields.String(required=True, metadata=_said("Tier of the card: ordinary, gold or diamond."))
    status = fields.String(required=True, metadata=_said("State of the card: issued, active, lost and so on."))


class VoucherAnswer(Strict):
    """A voucher that can be used today."""

    code = fields.String(required=True, metadata=_said("Code of a voucher."))
    kind = fields.String(required=True, metadata=_said("Kind: cash, discount, gift or parking."))
    value = _fen("What it was issued for, in fen.", required=True)
    remaining = _fen("What it can still pay, in fen.", required=True)
    valid_until = fields.Date(required=True, metadata=_said("The last day on which it can be used."))


class MemberAnswer(Strict):
    """A member who stands before the till; contact data is masked."""

    member = fields.String(required=True, metadata=_said("The member's reference for the other calls of this store."))
    number = fields.String(required=True, metadata=_said("Member number."))
    name = fields.String(required=True, metadata=_said("Name."))
    phone = fields.String(required=True, metadata=_said("Phone number, masked."))
    status = fields.String(required=True, metadata=_said("prospect: a file was begun; active: a member."))
    tier = fields.String(required=True, metadata=_said("Tier that prices the basket; empty for a prospect."))
    card = fields.Nested(
        CardAnswer, required=True, allow_none=True, metadata=_said("The card shown, or the one in use.")
    )
    points = _whole("Points balance.", required=True)
    credit_half_year = _fen("Money spent that counts for the next tier, in fen.", required=True)
    conversion_due = fields.String(
        required=True, allow_none=True, metadata=_said("The tier that waits for the card to be converted.")
    )
    vouchers = fields.Nested(
        VoucherAnswer,
        many=True,
        required=True,
        metadata=_said("Vouchers that can be used today, the first to end first."),
    )


class StepAnswer(Strict):
    """One step from list price to what is paid."""

    group = fields.String(required=True, metadata=_said("Group of rules, or `special` for the special price."))
    rule = fields.String(required=True, allow_none=True, metadata=_said("The rule that priced it."))
    before = _fen("Before the step, in fen.", required=True)
    after = _fen("After the step, in fen.", required=True)
    funding = fields.List(
        fields.Integer(strict=True),
        required=True,
        metadata=_said("Who pays for the step, in basis points: headquarters, selling store, issuing store, partner."),
    )
    version = fields.String(required=True, metadata=_said("Version of the rule book."))


class LineAnswer(Strict):
    """A priced line; amounts are for the whole line unless they say otherwise."""

    product = fields.String(required=True, metadata=_said("The product's code."))
    quantity = _whole("Pieces.", required=True)
    list_price = _fen("List price of a piece, in fen.", required=True)
    special_price = _fen("Special price of a piece, in fen.", required=True, allow_none=True)
    list = _fen("At list price, in fen.", required=True)
    selling = _fen("At the special price, in fen.", required=True)
    pay = _fen("After all rules, in fen.", required=True)
    tendered = _fen("Paid by voucher, in fen.", required=True)
    net = _fen("Paid in money, in fen.", required=True)
    steps = fields.Nested(StepAnswer, many=True, required=True, metadata=_said("How the price came about."))


class VoucherUseAnswer(Strict):
    """A voucher that pays part of the basket."""

    code = fields.String(required=True, metadata=_said("Code of a voucher."))
    amount = _fen("Amount in fen.", required=True)


class QuoteAnswer(Strict):
    """A priced basket; nothing was written."""

    lines = fields.Nested(LineAnswer, many=True, required=True, metadata=_said("What is bought."))
    list_total = _fen("At list prices, in fen.", required=True)
    selling_total = _fen("At special prices, in fen.", required=True)
    total = _fen("To be paid, in fen.", required=True)
    tendered = _fen("Of it by voucher, in fen.", required=True)
    cash = _fen("Of it in money, in fen.", required=True)
    points = _whole("Points the member will get.", required=True)
    multiplier = _whole("Multiplier of the points in basis points: 20000 is double.", required=True)
    credit = _fen("What will count for the next tier, in fen.", required=True)
    vouchers_used = fields.Nested(
        VoucherUseAnswer, many=True, required=True, metadata=_said("Vouchers that pay, and how much.")
    )
    vouchers_untaken = fields.List(
        fields.String(), required=True, metadata=_said("Vouchers the rules do not take on this basket.")
    )
    effects = fields.List(
        fields.Dict(), required=True, metadata=_said("What else the rules give: effect, rule and its values.")
    )
    version = fields.String(required=True, metadata=_said("Version of the rule book."))
    digest = fields.String(required=True, metadata=_said("Digest of the rule book."))
    currency = fields.String(required=True, metadata=_said("Currency of the amounts."))


class ClimbAnswer(Strict):
    """A step to the next tier."""

    before = fields.String(required=True, metadata=_said("Tier before."))
    after = fields.String(required=True, metadata=_said("Tier that was reached."))
    rule = fields.String(required=True, metadata=_said("The rule that decided it."))
    conversion_due = fields.Date(required=True, metadata=_said("Until then the card should be converted."))


class SaleAnswer(Strict):
    """A sale that was written."""

    number = fields.String(required=True, metadata=_said("Number of the receipt."))
    card = fields.String(required=True, allow_none=True, metadata=_said("The card that was issued with this receipt."))
    list_total = _fen("At list prices, in fen.", required=True)
    total = _fen("To be paid, in fen.", required=True)
    tendered = _fen("Of it by voucher, in fen.", required=True)
    cash = _fen("Of it in money, in fen.", required=True)
    points = _whole("Points the member got.", required=True)
    credit = _fen("What counts for the next tier, in fen.", required=True)
    balance = _whole("Points balance afterwards; only for members.")
    tier = fields.Nested(ClimbAnswer, metadata=_said("Only where the member climbed with this receipt."))
    vouchers = fields.List(fields.String(), metadata=_said("Codes of vouchers the member got with this receipt."))
    referral_points = _whole("Points promised to who brought the member.")


class VisitAnswer(Strict):
    """A visit that was written."""

    points = _whole("Points for the visit; 0 beyond the caps.", required=True)
    balance = _whole("Points balance.", required=True)


class ReceiptLineAnswer(Strict):
    """A line of a receipt; amounts are for the whole line unless they say otherwise."""

    product = fields.String(required=True, metadata=_said("The product's code."))
    quantity = _whole("Pieces.", required=True)
    list_price = _fen("List price of a piece, in fen.", required=True)
    special_price = _fen("Special price of a piece, in fen.", required=True, allow_none=True)
    pay = _fen("After all rules, in fen.", required=True)
    tendered = _fen("Paid by voucher, in fen.", required=True)
    net = _fen("Paid in money, in fen.", required=True)
    rules = fields.List(fields.String(), required=True, metadata=_said("The rules that priced it."))


class PaidAnswer(Strict):
    """One way in which a receipt was paid."""

    kind = fields.String(required=True, metadata=_said("How it was paid; `voucher` for a voucher."))
    amount = _fen("Amount in fen.", required=True)


class ReceiptAnswer(Strict):
    """A receipt of the till's store."""

    number = fields.String(required=True, metadata=_said("Number of the receipt."))
    at = fields.AwareDateTime(required=True, format="iso", metadata=_said("Moment of the sale."))
    day = fields.Date(required=True, metadata=_said("Business day of the store."))
    cashier = fields.String(required=True, metadata=_said("Who sold."))
    currency = fields.String(required=True, metadata=_said("Currency of the amounts."))
    tier = fields.String(required=True, metadata=_said("Tier of the member at the time; empty without one."))
    quantity = _whole("Pieces.", required=True)
    list_total = _fen("At list prices, in fen.", required=True)
    selling_total = _fen("At special prices, in fen.", required=True)
    total = _fen("To be paid, in fen.", required=True)
    tendered = _fen("Of it by voucher, in fen.", required=True)
    cash = _fen("Of it in money, in fen.", required=True)
    points = _whole("Points the member got.", required=True)
    credit = _fen("What counts for the next tier, in fen.", required=True)
    lines = fields.Nested(ReceiptLineAnswer, many=True, required=True, metadata=_said("What was bought."))
    payments = fields.Nested(PaidAnswer, many=True, required=True, metadata=_said("How it was paid."))


class TillAnswer(Strict):
    """The till itself."""

    name = fields.String(required=True, metadata=_said("Name of the till."))
    store = fields.String(required=True, metadata=_said("Code of its store."))
    store_name = fields.String(required=True, metadata=_said("Name of its store."))
    currency = fields.String(required=True, metadata=_said("Currency of the amounts."))
    timezone = fields.String(required=True, metadata=_said("Time zone of its business days."))
    open = fields.Boolean(required=True, metadata=_said("Whether the store trades today."))


class Problem(Strict):
    """Why something was not done; nothing was written then."""

    code = fields.String(required=True, metadata=_said("What programs decide by."))
    message = fields.String(required=True, metadata=_said("One sentence for people, in the language asked for."))
    facts = fields.Dict(required=True, metadata=_said("The values of the sentence, by name."))
