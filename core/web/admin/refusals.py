"""What the keeping of accounts and addons does not allow."""

from __future__ import annotations

from core.errors import Refusal


class NotYourAccount(Refusal):
    """An account of a higher role, of other stores, or one that does not exist."""

    sentence = "This account is not one you keep."
    status = 403


class NotYourOwnAccount(Refusal):
    """A change of one's own role, stores or state."""

    sentence = "Nobody changes their own role, stores or state; ask whoever keeps your account."
    status = 403


class NoSecondFactor(Refusal):
    """A second factor to be taken away where there is none."""

    sentence = "This account has no second factor."


class RoleNotYoursToGive(Refusal):
    """A role above what the person may hand on, or none at all."""

    sentence = "This role is not yours to give."
    status = 403


class PlaceNotYoursToGive(Refusal):
    """Stores outside those of the person."""

    sentence = "You can only give stores that you look after yourself."
    status = 403


class PlaceDoesNotFit(Refusal):
    """A cashier for all stores, say."""

    sentence = "This role does not look after so much; choose other stores."
    status = 422


class PlaceMissing(Refusal):
    """A role that works in stores, without one."""

    sentence = "Choose at least one store or company this account is for."
    status = 422


class UserNameTaken(Refusal):
    """A user name somebody has."""

    sentence = "The user name %(username)s is taken."
    username: str


class UserNameNotAllowed(Refusal):
    """A user name with other letters, too short or too long."""

    sentence = "A user name has 3 to 64 small letters a-z, digits, points, hyphens or underscores."
    status = 422


class NameMissing(Refusal):
    """An account without the name of a person."""

    sentence = "An account needs the name of a person."
    status = 422


class ChangeIsRunning(Refusal):
    """Installing one addon while another is being installed."""

    sentence = "Addons are being changed already; wait until that is done."
