"""What membership does not allow."""

from __future__ import annotations

from core.errors import Refusal


class ProgrammeOff(Refusal):
    """A brand without a VIP programme (MEM-19)."""

    sentence = "The brand %(brand)s has no VIP programme."
    brand: str


class BadPhone(Refusal):
    """A phone number that can be nobody's."""

    sentence = "%(phone)s is no phone number. Write it with its country, like +86, if it is from elsewhere."
    status = 422
    phone: str


class PhoneTaken(Refusal):
    """A second person of a brand with one phone number; whose it is, is not said."""

    sentence = "There is already somebody with the phone number %(phone)s. Look them up instead."
    phone: str


class MemberIncomplete(Refusal):
    """An activation without the three fields (C38); each of them has its own refusal."""

    sentence = "A member needs a name, a birthday (or that it was declined) and a phone number."
    status = 422


class NameNeeded(MemberIncomplete):
    """A member without a name."""

    sentence = "A member needs a name."


class BirthdayNeeded(MemberIncomplete):
    """A member who neither gave nor declined a birthday."""

    sentence = "A member needs a birthday, or a note that it was declined."


class PhoneNeeded(MemberIncomplete):
    """A member or prospect without a phone number."""

    sentence = "A phone number is needed."


class BirthdayNotPossible(Refusal):
    """A birthday to come, or of somebody over a hundred and twenty."""

    sentence = "A birthday must be a day in the past."
    status = 422


class AlreadyActive(Refusal):
    """An activation of somebody who is a member."""

    sentence = "%(member)s is a member already."
    member: str


class NotActivated(Refusal):
    """A card or a family for somebody who is not an active member."""

    sentence = "%(member)s is not an active member."
    member: str


class FieldNotChangeable(Refusal):
    """A change of a member's file that has its own procedure, or none."""

    sentence = "%(name)s cannot be changed here."
    status = 422
    name: str


class GuardianNeeded(Refusal):
    """A minor without a guardian (C32)."""

    sentence = "A member under %(age)s years needs a guardian."
    age: int


class GuardianConsentNeeded(Refusal):
    """A minor whose guardian did not agree (C32)."""

    sentence = "The guardian of a member under %(age)s years must agree first."
    age: int


class GuardianUnfit(Refusal):
    """A guardian who is not an adult member."""

    sentence = "A guardian must be an active member of age and somebody else."


class BirthdayLocked(Refusal):
    """A birthday to be changed shortly before it is used (C14)."""

    sentence = "Within %(days)s days before it is used a birthday is changed with a reason and a second person."
    days: int


class ReasonNeeded(Refusal):
    """A change that must say why."""

    sentence = "This change needs a reason."
    status = 422


class SecondPersonNeeded(Refusal):
    """A decision by the person who asked for it."""

    sentence = "Somebody else must decide this."


class RequestDecided(Refusal):
    """A request that was decided before."""

    sentence = "This request was decided already."


class SegmentTaken(Refusal):
    """Card numbers that another store or tier has."""

    sentence = "The card numbers %(first)s to %(last)s overlap with another segment."
    first: int
    last: int


class SegmentNotPossible(Refusal):
    """Card numbers that are no span."""

    sentence = "The last card number must not be below the first, nor have more than 18 digits."
    status = 422


class NoCardNumbers(Refusal):
    """A store that has no card numbers left for a tier."""

    sentence = "The store %(store)s has no card numbers left for the tier %(tier)s."
    store: str
    tier: str


class CardNumberUnknown(Refusal):
    """A card number that is none of this store's for this tier, or is mistyped."""

    sentence = "%(number)s is no card number of this store for this tier."
    number: str


class CardNumberUsed(Refusal):
    """A card number that was given before; no number is ever given twice."""

    sentence = "The card number %(number)s was given already."
    number: str


class CardHeld(Refusal):
    """A second card for a member who has one."""

    sentence = "This member has the card %(number)s. Replace or convert it instead."
    number: str


class DirectIssue(Refusal):
    """A gold or diamond card for somebody who did not climb to it (MEM-11, C27)."""

    sentence = "Gold and diamond cards are not issued directly; members climb to them."


class CardNotIssued(Refusal):
    """An activation of a card that does not wait for one."""

    sentence = "The card %(number)s does not wait for activation."
    number: str


class CardNotUsable(Refusal):
    """A step with a card that is out of use."""

    sentence = "The card %(number)s is out of use."
    number: str


class NothingToConvert(Refusal):
    """A conversion of a card that is of the member's tier."""

    sentence = "The member's card is of the member's tier already."


class QuotaFull(Refusal):
    """No more cards of a tier may be out (C26); the member can wait."""

    sentence = "All cards of the tier %(tier)s are given out. The member can be put on the waiting list."
    tier: str


class NoWaitingList(Refusal):
    """Headquarters keeps no waiting list."""

    sentence = "There is no waiting list."


class NotMergeable(Refusal):
    """Two files that cannot become one."""

    sentence = "Two files become one only if they are two, of one brand, both in use, and none is the other's guardian."


class NoFamily(Refusal):
    """Members who cannot be a family."""

    sentence = "A family needs two persons of one brand who are not of two families."


class OtherStoresClosed(Refusal):
    """A member of another store where headquarters lets stores serve their own only (C31)."""

    sentence = "This member belongs to another store."


class WithdrawnConsent(Refusal):
    """A consent of a person who is no longer there."""

    sentence = "%(member)s is no longer a member."
    member: str
