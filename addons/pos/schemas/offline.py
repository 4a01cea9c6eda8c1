"""Selling without a connection: the pack a till takes along, and the sales it brings back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from addons.pos.domain import PAYMENTS
from addons.pos.domain.packs import COLUMNS
from addons.pos.models.offline import BEARERS, KINDS
from addons.pos.schemas.asked import LINES, PAYMENTS_AT_MOST, VOUCHERS, LineRequest
from addons.pos.schemas.fields import Strict, fen, said, text, visible, whole

SALES = 200
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _possible(value: datetime) -> None:
    """Refuse what no clock of a till shows."""
    if not _EARLIEST <= value < _LATEST:
        raise ValidationError("Not a possible moment.")


# -- what tills send --------------------------------------------------------------------------------------------------


class TakenVoucherRequest(Strict):
    """A voucher that was taken."""

    code = text("Code of a voucher.", 40, required=True)
    amount = fen("What it was taken for, in fen.", required=True)


class PaidRequest(Strict):
    """Money of some kind that was taken."""

    kind = fields.String(required=True, validate=validate.OneOf(PAYMENTS), metadata=said("How it was paid."))
    amount = fen("Amount in fen.", required=True)


class OfflineSaleRequest(Strict):
    """A sale that was made: goods are gone, and it is paid."""

    key = fields.String(
        required=True,
        validate=[validate.Regexp(r"^[!-~]{1,100}$"), visible],
        metadata=said("Chosen by the till for this sale alone, and kept with it: it is posted once."),
    )
    pack = text("The pack it was sold by, as the till got it.", 1000, required=True)
    sold_at = fields.AwareDateTime(
        required=True, format="iso", validate=_possible, metadata=said("Moment of the sale by the till's clock.")
    )
    lines = fields.Nested(
        LineRequest,
        many=True,
        required=True,
        validate=validate.Length(min=1, max=LINES),
        metadata=said("What was bought."),
    )
    member = text("The member, as the pack names her.", 400)
    card = fields.String(
        validate=[validate.Regexp(r"^[0-9A-Za-z]{4,24}$"), visible],
        metadata=said("The whole number on the card, where the pack does not know it."),
    )
    vouchers = fields.Nested(
        TakenVoucherRequest,
        many=True,
        validate=validate.Length(max=VOUCHERS),
        metadata=said("Vouchers that were taken."),
    )
    payments = fields.Nested(
        PaidRequest,
        many=True,
        required=True,
        validate=validate.Length(max=PAYMENTS_AT_MOST),
        metadata=said("What was paid in money; nothing where vouchers paid it all."),
    )
    currency = fields.String(
        validate=[validate.Regexp(r"^[A-Z]{3}$"), visible], metadata=said("Currency of the amounts.")
    )
    cashier = text("Who sold; the till's name where it is left out.", 60)

    @validates_schema(skip_on_field_errors=True)
    def one_member(self, data: dict[str, Any], **_more: Any) -> None:
        """Refuse a member who is named twice."""
        if "member" in data and "card" in data:
            raise ValidationError("Either member or card.", "card")


class OfflineSalesRequest(Strict):
    """Sales a till brings, in any order; what came before may be among them."""

    sales = fields.Nested(
        OfflineSaleRequest,
        many=True,
        required=True,
        validate=validate.Length(min=1, max=SALES),
        metadata=said("The sales; what is not brought now may be brought later."),
    )


# -- what tills are answered ------------------------------------------------------------------------------------------


class PricesAnswer(Strict):
    """What one piece costs, in fen, for each kind of customer."""

    none = fen("Without a card.", required=True)
    first = fen("For an ordinary member's first receipt.", required=True)
    ordinary = fen("For an ordinary member.", required=True)
    gold = fen("For a gold member.", required=True)
    diamond = fen("For a diamond member.", required=True)


class PackProductAnswer(Strict):
    """A product on sale."""

    product = fields.String(required=True, metadata=said("The product's code."))
    list_price = fen("List price of a piece, in fen.", required=True)
    special_price = fen("Special price of a piece, in fen.", required=True, allow_none=True)
    members_only = fields.Boolean(required=True, metadata=said("Sold to members alone."))
    prices = fields.Nested(PricesAnswer, required=True, metadata=said("What one piece costs whom."))


class PackVoucherAnswer(Strict):
    """A voucher of a member that can pay."""

    code = fields.String(required=True, metadata=said("HMAC-SHA256 of the code by the salt, in hexadecimal."))
    remaining = fen("What it can still pay, in fen.", required=True)
    valid_until = fields.Date(required=True, metadata=said("The last day on which it can be used."))


class PackMemberAnswer(Strict):
    """A member of the store; nothing here says who she is but to whom she shows her card."""

    card = fields.String(required=True, metadata=said("HMAC-SHA256 of the card number by the salt, in hexadecimal."))
    member = fields.String(required=True, metadata=said("What the till sends with a sale of hers."))
    name = fields.String(required=True, metadata=said("Name of which only the first letter can be read."))
    tier = fields.String(required=True, metadata=said("Tier of the card: ordinary, gold or diamond."))
    prices = fields.String(
        required=True, validate=validate.OneOf(COLUMNS), metadata=said("Which of the prices are hers.")
    )
    vouchers = fields.Nested(PackVoucherAnswer, many=True, required=True, metadata=said("Vouchers she can pay with."))


class PackAnswer(Strict):
    """What a till takes along."""

    pack = fields.String(required=True, metadata=said("What the till sends with each sale it makes by this pack."))
    issued_at = fields.AwareDateTime(required=True, format="iso", metadata=said("When it was made."))
    valid_until = fields.AwareDateTime(
        required=True, format="iso", metadata=said("Until then its prices stand, whatever changed since.")
    )
    store = fields.String(required=True, metadata=said("Code of its store."))
    currency = fields.String(required=True, metadata=said("Currency of the amounts."))
    version = fields.String(required=True, metadata=said("Version of the rule book."))
    digest = fields.String(required=True, metadata=said("Digest of the rule book."))
    salt = fields.String(required=True, metadata=said("What card numbers and codes are hashed with."))
    content = fields.String(
        required=True,
        metadata=said("SHA-256 of products and members as JSON, names sorted and without blanks: it came whole."),
    )
    products = fields.Nested(
        PackProductAnswer, many=True, required=True, metadata=said("The products on sale, by code.")
    )
    members = fields.Nested(PackMemberAnswer, many=True, required=True, metadata=said("The members of the store."))


class ConflictAnswer(Strict):
    """Something about a sale that does not fit; a person of the store looks at it."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS), metadata=said("What does not fit."))
    amount = whole("By how much, in fen.", required=True)
    bearer = fields.String(
        required=True, validate=validate.OneOf(BEARERS), metadata=said("Who bears it; customer: it is owed to her.")
    )


class ProblemAnswer(Strict):
    """Why a sale was not taken."""

    code = fields.String(required=True, metadata=said("What programs decide by."))
    message = fields.String(required=True, metadata=said("One sentence for people, in the language asked for."))
    facts = fields.Dict(required=True, metadata=said("The values of the sentence, by name."))


class OfflineSaleAnswer(Strict):
    """What became of a sale."""

    key = fields.String(required=True, metadata=said("The till's key of the sale."))
    state = fields.String(
        required=True,
        validate=validate.OneOf(("posted", "held", "closed", "refused")),
        metadata=said("posted; held for a person; closed by a person without a receipt; refused: see problem."),
    )
    number = fields.String(required=True, allow_none=True, metadata=said("Number of the receipt."))
    sold_at = fields.AwareDateTime(
        required=True, format="iso", metadata=said("Moment of the sale by the till's clock.")
    )
    posted_at = fields.AwareDateTime(
        required=True, allow_none=True, format="iso", metadata=said("When the receipt was written.")
    )
    total = fen("To be paid, in fen; only where it is posted.")
    tendered = fen("Of it by voucher, in fen; only where it is posted.")
    cash = fen("Of it in money, in fen; only where it is posted.")
    points = whole("Points the member got; only where it is posted.")
    conflicts = fields.Nested(ConflictAnswer, many=True, required=True, metadata=said("What does not fit."))
    problem = fields.Nested(ProblemAnswer, required=True, allow_none=True, metadata=said("Why it was refused."))
    repeated = fields.Boolean(required=True, metadata=said("Whether it came before."))


class OfflineSalesAnswer(Strict):
    """What became of each sale, in the order they were sent."""

    sales = fields.Nested(OfflineSaleAnswer, many=True, required=True, metadata=said("The sales."))
