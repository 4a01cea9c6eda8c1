"""What the API refuses before it asks the rules."""

from __future__ import annotations

from core.errors import Refusal
from core.money import Fen


class BadCredential(Refusal):
    """No credential, an unknown one, or one that was revoked."""

    sentence = "The till's credential is missing, unknown or was revoked."
    status = 401


class KeyMissing(Refusal):
    """A write without a usable idempotency key."""

    sentence = "A write needs the header Idempotency-Key: 1 to 100 visible letters, chosen anew for each operation."
    status = 400


class UnreadableBody(Refusal):
    """A body that is no JSON."""

    sentence = "The body must be JSON (Content-Type: application/json)."
    status = 400


class TooManyCalls(Refusal):
    """More calls within a minute than a till needs."""

    sentence = "The till made more than %(most)s calls within a minute. Try again in %(seconds)s seconds."
    status = 429
    most: int
    seconds: int


class TillNameTaken(Refusal):
    """A second till of the same name in one store."""

    sentence = "The store has a till called %(name)s already."
    name: str


class TillRevoked(Refusal):
    """A new credential for a till that was revoked."""

    sentence = "The till %(name)s was revoked. Connect it anew."
    name: str


class BadQuote(Refusal):
    """A quote we did not sign, or that was changed on its way."""

    sentence = "The quote was not made here or was changed. Price the basket again."
    status = 422


class QuoteOfOtherTill(Refusal):
    """A quote that was given to another till."""

    sentence = "The quote was given to another till. Price the basket again."


class QuoteOfOtherBasket(Refusal):
    """A quote of another basket, member or voucher than the one to be sold."""

    sentence = "The quote is of another basket. Price this one again."
    status = 422


class QuoteExpired(Refusal):
    """A quote whose time is over."""

    sentence = "The quote was good until %(until)s. Price the basket again."
    until: str


class QuoteWithdrawn(Refusal):
    """A quote by rules that headquarters switched off at once."""

    sentence = "The rules of the quote (%(version)s) were withdrawn. Price the basket again."
    version: str


class QuoteUsed(Refusal):
    """A quote that was sold before, under another key."""

    sentence = "The quote was sold with receipt %(receipt)s."
    receipt: str


class QuoteOvertaken(Refusal):
    """Something the price rested on was used up since: a limited offer, a budget, the amount of a birthday."""

    sentence = "%(told)s was quoted; an offer was used up since, and %(due)s is due. Price the basket again."
    told: Fen
    due: Fen


class SubscriptionNameTaken(Refusal):
    """A second subscription of the same name in one store."""

    sentence = "The store has a subscription called %(name)s already."
    name: str


class NoEvents(Refusal):
    """A subscription that would be told of nothing, or of what there is not."""

    sentence = "Choose at least one thing to be told of."
    status = 422


class MayNotApproveHere(Refusal):
    """A second person who is no manager of the store: neither staff code nor login of one."""

    sentence = "%(person)s is no manager of this store, who could approve it."
    status = 403
    person: str


class AlreadyResolved(Refusal):
    """A conflict that somebody resolved before."""

    sentence = "%(by)s has resolved it already."
    by: str


class NotHeld(Refusal):
    """A sale that waits for nobody: it is posted or closed."""

    sentence = "The sale %(sale)s does not wait for anybody."
    sale: str
