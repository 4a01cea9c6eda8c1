"""What tills are answered; the descriptions are the reference people read."""

from __future__ import annotations

from marshmallow import fields

from addons.pos.schemas.fields import Strict, fen, said, whole


class CardAnswer(Strict):
    """A card."""

    number = fields.String(required=True, metadata=said("The whole number on the card."))
    tier = fields.String(required=True, metadata=said("Tier of the card: ordinary, gold or diamond."))
    status = fields.String(required=True, metadata=said("State of the card: issued, active, lost and so on."))


class VoucherAnswer(Strict):
    """A voucher that can be used today."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    kind = fields.String(required=True, metadata=said("Kind: cash, discount, gift or parking."))
    value = fen("What it was issued for, in fen.", required=True)
    remaining = fen("What it can still pay, in fen.", required=True)
    valid_until = fields.Date(required=True, metadata=said("The last day on which it can be used."))
    min_spend = fen("The least spend on the goods it is good for, in fen.", required=True)
    categories = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata=said("Codes of categories it is good for, with all that is part of them. Null without such a limit."),
    )
    products = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata=said("Codes of styles or products it is good for, beside the categories. Null without such a limit."),
    )


class MemberAnswer(Strict):
    """A member who stands before the till; contact data is masked."""

    member = fields.String(required=True, metadata=said("The member's reference for the other calls of this store."))
    number = fields.String(required=True, metadata=said("Member number."))
    name = fields.String(required=True, metadata=said("Name."))
    phone = fields.String(required=True, metadata=said("Phone number, masked."))
    status = fields.String(required=True, metadata=said("prospect: a file was begun; active: a member."))
    tier = fields.String(required=True, metadata=said("Tier that prices the basket; empty for a prospect."))
    card = fields.Nested(
        CardAnswer, required=True, allow_none=True, metadata=said("The card shown, or the one in use.")
    )
    points = whole("Points balance.", required=True)
    family_points = whole(
        "What the family can spend together, her own points included. Null where it does not.",
        required=True,
        allow_none=True,
    )
    credit_half_year = fen("Money spent that counts for the next tier, in fen.", required=True)
    conversion_due = fields.String(
        required=True, allow_none=True, metadata=said("The tier that waits for the card to be converted.")
    )
    vouchers = fields.Nested(
        VoucherAnswer,
        many=True,
        required=True,
        metadata=said("Vouchers that can be used today, the first to end first."),
    )


class ProspectAnswer(Strict):
    """A customer whose file was begun."""

    member = fields.String(required=True, metadata=said("The member's reference for the other calls of this store."))
    number = fields.String(required=True, metadata=said("Member number."))
    status = fields.String(required=True, metadata=said("prospect: a file was begun; active: a member."))


class StepAnswer(Strict):
    """One step from list price to what is paid."""

    group = fields.String(required=True, metadata=said("Group of rules, or `special` for the special price."))
    rule = fields.String(required=True, allow_none=True, metadata=said("The rule that priced it."))
    before = fen("Before the step, in fen.", required=True)
    after = fen("After the step, in fen.", required=True)
    funding = fields.List(
        fields.Integer(strict=True),
        required=True,
        metadata=said("Who pays for the step, in basis points: headquarters, selling store, issuing store, partner."),
    )
    version = fields.String(required=True, metadata=said("Version of the rule book."))


class LineAnswer(Strict):
    """A priced line; amounts are for the whole line unless they say otherwise."""

    product = fields.String(required=True, metadata=said("The product's code."))
    quantity = whole("Pieces.", required=True)
    list_price = fen("List price of a piece, in fen.", required=True)
    special_price = fen("Special price of a piece, in fen.", required=True, allow_none=True)
    list = fen("At list price, in fen.", required=True)
    selling = fen("At the special price, in fen.", required=True)
    pay = fen("After all rules, in fen.", required=True)
    tendered = fen("Paid by voucher, in fen.", required=True)
    net = fen("Paid in money, in fen.", required=True)
    steps = fields.Nested(StepAnswer, many=True, required=True, metadata=said("How the price came about."))


class VoucherUseAnswer(Strict):
    """A voucher that pays part of the basket."""

    code = fields.String(required=True, metadata=said("Code of a voucher."))
    amount = fen("Amount in fen.", required=True)


class PointsNotGivenAnswer(Strict):
    """Points that a rule would have given beyond those of the answer and whose budget has no room for them."""

    rule = fields.String(required=True, metadata=said("The rule."))
    points = whole("How many points.", required=True)


class QuoteAnswer(Strict):
    """A priced basket; nothing was written."""

    lines = fields.Nested(LineAnswer, many=True, required=True, metadata=said("What is bought."))
    list_total = fen("At list prices, in fen.", required=True)
    selling_total = fen("At special prices, in fen.", required=True)
    total = fen("To be paid, in fen.", required=True)
    tendered = fen("Of it by voucher, in fen.", required=True)
    cash = fen("Of it in money, in fen.", required=True)
    points = whole("Points the member will get.", required=True)
    points_not_given = fields.Nested(
        PointsNotGivenAnswer,
        many=True,
        required=True,
        metadata=said("Points that rules would give beside them, had their budgets not been used up."),
    )
    multiplier = whole("Multiplier of the points in basis points: 20000 is double.", required=True)
    credit = fen("What will count for the next tier, in fen.", required=True)
    vouchers_used = fields.Nested(
        VoucherUseAnswer, many=True, required=True, metadata=said("Vouchers that pay, and how much.")
    )
    vouchers_untaken = fields.List(
        fields.String(), required=True, metadata=said("Vouchers the rules do not take on this basket.")
    )
    effects = fields.List(
        fields.Dict(), required=True, metadata=said("What else the rules give: effect, rule and its values.")
    )
    version = fields.String(required=True, metadata=said("Version of the rule book."))
    digest = fields.String(required=True, metadata=said("Digest of the rule book."))
    currency = fields.String(required=True, metadata=said("Currency of the amounts."))
    quote = fields.String(
        required=True, metadata=said("The signed quote: a checkout that shows it pays exactly this price.")
    )
    valid_until = fields.AwareDateTime(
        required=True, format="iso", metadata=said("Until then the price is kept; the moment itself is too late.")
    )


class ClimbAnswer(Strict):
    """A step to the next tier."""

    before = fields.String(required=True, metadata=said("Tier before."))
    after = fields.String(required=True, metadata=said("Tier that was reached."))
    rule = fields.String(required=True, metadata=said("The rule that decided it."))
    conversion_due = fields.Date(required=True, metadata=said("Until then the card should be converted."))


class NotGivenAnswer(Strict):
    """Vouchers that a rule would have given and whose budget has no room for them."""

    rule = fields.String(required=True, metadata=said("The rule."))
    count = whole("How many vouchers.", required=True)
    value = fen("What each would have been worth, in fen.", required=True)
    points = whole(
        "Points that were not exchanged for them and stay; 0 where the receipt alone gives them.", required=True
    )


class SaleAnswer(Strict):
    """A sale that was written."""

    number = fields.String(required=True, metadata=said("Number of the receipt."))
    card = fields.String(required=True, allow_none=True, metadata=said("The card that was issued with this receipt."))
    list_total = fen("At list prices, in fen.", required=True)
    total = fen("To be paid, in fen.", required=True)
    tendered = fen("Of it by voucher, in fen.", required=True)
    cash = fen("Of it in money, in fen.", required=True)
    points = whole("Points the member got.", required=True)
    credit = fen("What counts for the next tier, in fen.", required=True)
    balance = whole("Points balance afterwards; only for members.")
    tier = fields.Nested(ClimbAnswer, metadata=said("Only where the member climbed with this receipt."))
    vouchers = fields.List(fields.String(), metadata=said("Codes of vouchers the member got with this receipt."))
    vouchers_not_given = fields.Nested(
        NotGivenAnswer,
        many=True,
        metadata=said("Only where the budget of vouchers has no room for what she would get."),
    )
    points_not_given = fields.Nested(
        PointsNotGivenAnswer,
        many=True,
        metadata=said("Only where the budget of a rule has no room for the points it would give."),
    )
    referral_points = whole("Points promised to who brought the member.")


class VisitAnswer(Strict):
    """A visit that was written."""

    points = whole("Points for the visit; 0 beyond the caps.", required=True)
    balance = whole("Points balance.", required=True)
    points_not_given = whole("Only where a budget has no room for the points it would give: how many.")


class ReceiptLineAnswer(Strict):
    """A line of a receipt; amounts are for the whole line unless they say otherwise."""

    product = fields.String(required=True, metadata=said("The product's code."))
    quantity = whole("Pieces.", required=True)
    list_price = fen("List price of a piece, in fen.", required=True)
    special_price = fen("Special price of a piece, in fen.", required=True, allow_none=True)
    pay = fen("After all rules, in fen.", required=True)
    tendered = fen("Paid by voucher, in fen.", required=True)
    net = fen("Paid in money, in fen.", required=True)
    rules = fields.List(fields.String(), required=True, metadata=said("The rules that priced it."))


class PaidAnswer(Strict):
    """One way in which a receipt was paid."""

    kind = fields.String(
        required=True,
        metadata=said("How it was paid; voucher, lost_voucher (it was worth nothing) or shortfall where nobody paid."),
    )
    amount = fen("Amount in fen.", required=True)


class ReceiptAnswer(Strict):
    """A receipt of the till's store."""

    number = fields.String(required=True, metadata=said("Number of the receipt."))
    at = fields.AwareDateTime(required=True, format="iso", metadata=said("Moment of the sale."))
    posted_at = fields.AwareDateTime(
        required=True, format="iso", metadata=said("When it was written: later, where it was sold offline.")
    )
    day = fields.Date(required=True, metadata=said("Business day of the store."))
    cashier = fields.String(required=True, metadata=said("Who sold."))
    currency = fields.String(required=True, metadata=said("Currency of the amounts."))
    tier = fields.String(required=True, metadata=said("Tier of the member at the time; empty without one."))
    quantity = whole("Pieces.", required=True)
    list_total = fen("At list prices, in fen.", required=True)
    selling_total = fen("At special prices, in fen.", required=True)
    total = fen("To be paid, in fen.", required=True)
    tendered = fen("Of it by voucher, in fen.", required=True)
    cash = fen("Of it in money, in fen.", required=True)
    points = whole("Points the member got.", required=True)
    credit = fen("What counts for the next tier, in fen.", required=True)
    lines = fields.Nested(ReceiptLineAnswer, many=True, required=True, metadata=said("What was bought."))
    payments = fields.Nested(PaidAnswer, many=True, required=True, metadata=said("How it was paid."))


class TillAnswer(Strict):
    """The till itself."""

    name = fields.String(required=True, metadata=said("Name of the till."))
    store = fields.String(required=True, metadata=said("Code of its store."))
    store_name = fields.String(required=True, metadata=said("Name of its store."))
    currency = fields.String(required=True, metadata=said("Currency of the amounts."))
    timezone = fields.String(required=True, metadata=said("Time zone of its business days."))
    open = fields.Boolean(required=True, metadata=said("Whether the store trades today."))


class Problem(Strict):
    """Why something was not done; nothing was written then."""

    code = fields.String(required=True, metadata=said("What programs decide by."))
    message = fields.String(required=True, metadata=said("One sentence for people, in the language asked for."))
    facts = fields.Dict(required=True, metadata=said("The values of the sentence, by name."))
