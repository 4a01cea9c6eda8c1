"""What the till refuses; nothing is written then."""

from __future__ import annotations

from core.errors import Refusal
from core.money import Fen


class EmptyBasket(Refusal):
    """A sale without lines."""

    sentence = "There is nothing in the basket."
    status = 422


class TooManyLines(Refusal):
    """More lines than a receipt may have."""

    sentence = "A receipt has at most %(most)s lines, this one has %(lines)s."
    status = 422
    lines: int
    most: int


class ImpossibleQuantity(Refusal):
    """A quantity nobody buys: below one, or beyond what the setting allows."""

    sentence = "Line %(line)s: the quantity %(quantity)s is not between 1 and %(most)s."
    status = 422
    line: int
    quantity: int
    most: int


class ImpossiblePrice(Refusal):
    """A price below nothing, above all bounds, or a special price above the list price."""

    sentence = "Line %(line)s: the price %(price)s is not possible."
    status = 422
    line: int
    price: Fen


class UnknownProduct(Refusal):
    """A code the catalogue does not have, or of another brand."""

    sentence = "Line %(line)s: there is no product %(product)s in this brand."
    status = 422
    line: int
    product: str


class StoreClosed(Refusal):
    """The store is not open on the day of the sale."""

    sentence = "The store %(store)s is closed on %(day)s."
    store: str
    day: str


class WrongCurrency(Refusal):
    """The amounts are in another currency than the store's."""

    sentence = "The store sells in %(currency)s, not in %(given)s."
    status = 422
    currency: str
    given: str


class CardNotActive(Refusal):
    """A card that was not activated, is lost, replaced or closed."""

    sentence = "The card %(card)s is not active: %(state)s."
    card: str
    state: str


class NoSuchCard(Refusal):
    """A card number or a member that this brand does not have."""

    sentence = "There is no card or member %(which)s in this brand."
    status = 404
    which: str


class MemberNotActive(Refusal):
    """A member who was merged or erased."""

    sentence = "The member %(member)s is not active: %(state)s."
    member: str
    state: str


class MembersOnly(Refusal):
    """A product that only members may buy."""

    sentence = "Line %(line)s: %(product)s is for members only."
    line: int
    product: str


class VoucherNotTaken(Refusal):
    """A voucher that the rules do not take on this receipt."""

    sentence = "The voucher %(voucher)s cannot be used on this receipt."
    voucher: str


class WrongPayment(Refusal):
    """The payments do not come to what is to be paid in money."""

    sentence = "%(due)s is to be paid, the payments come to %(paid)s."
    status = 422
    due: Fen
    paid: Fen


class PriceChanged(Refusal):
    """What is to be paid is no longer what the customer was told."""

    sentence = "The price changed from %(told)s to %(due)s since it was quoted."
    told: Fen
    due: Fen


class LimitReached(Refusal):
    """A limited offer was used up by another till at this very moment."""

    sentence = "The offer %(rule)s was used up a moment ago; please price the basket again."
    rule: str


class ReceiptExists(Refusal):
    """A receipt number that the store has given out before."""

    sentence = "The store has a receipt %(number)s already."
    number: str


class EmptyReturn(Refusal):
    """A return without lines."""

    sentence = "Nothing was chosen to come back."
    status = 422


class WrongReason(Refusal):
    """A reason that is not on the list."""

    sentence = "%(reason)s is not one of the reasons for a return."
    status = 422
    reason: str


class NotOnReceipt(Refusal):
    """More is to come back than the customer still has of that line."""

    sentence = "Line %(line)s: %(quantity)s cannot come back, %(left)s are left."
    line: int
    quantity: int
    left: int


class NoHigherPrice(Refusal):
    """A correction that would make goods dearer than they were sold, or than an earlier correction made them."""

    sentence = "The price of line %(line)s is %(price)s; a correction can only lower it."
    line: int
    price: Fen


class NotTheSameStyle(Refusal):
    """A swap for something else than another size or colour of the same style."""

    sentence = "%(product)s is not another size or colour of line %(line)s; take the goods back and sell anew."
    line: int
    product: str


class SeveralReceipts(Refusal):
    """Several stores of the brand gave out this number."""

    sentence = "Several stores gave out the receipt number %(number)s: %(stores)s. Please name the store."
    number: str
    stores: str


class NotReturnedHere(Refusal):
    """A receipt of another store, where the programme takes goods back in the store of the sale alone."""

    sentence = "The receipt %(number)s was made in another store, which takes its goods back."
    number: str


class PaidInAnotherCurrency(Refusal):
    """A receipt in another currency than the one of the store where the goods come back."""

    sentence = (
        "The receipt %(number)s was paid in %(currency)s; stores that sell in %(given)s cannot take its goods back."
    )
    number: str
    currency: str
    given: str


class ReturnNeedsApproval(Refusal):
    """A return that a second person must approve: too late, too much, a changed price, or no receipt."""

    sentence = "A store manager must approve this return."
    status = 403


class ApprovedByOneself(Refusal):
    """Whoever takes goods back may not approve it too."""

    sentence = "Another person than %(person)s must approve."
    status = 403
    person: str


class RefundChanged(Refusal):
    """What is paid back is no longer what the customer was told."""

    sentence = "What is paid back changed from %(told)s to %(due)s."
    told: Fen
    due: Fen


class NoUnreceiptedReturns(Refusal):
    """Goods without a receipt are not taken back."""

    sentence = "Goods without a receipt are not taken back."


class NeverSold(Refusal):
    """Goods that no store of the brand sold in the time that counts."""

    sentence = "%(product)s was not sold within %(days)s days."
    product: str
    days: int
