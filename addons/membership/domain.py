"""Pure answers about members: masked contacts, ages, birthdays that are locked, the ladder."""

from __future__ import annotations

from datetime import date, timedelta

import phonenumbers

from rules.birthday import Birthday, kept_in, lunar_key

#: Where a number without its country belongs, by the market of the store.
PHONE_REGIONS = ("CN", "HK", "MO", "TW")
LADDER = ("", "ordinary", "gold", "diamond")


def phone_number(text: str, market: str = "CN") -> str:
    """The E.164 form of a phone number as people write it; ValueError if it can be nobody's."""
    region = market if market in PHONE_REGIONS else PHONE_REGIONS[0]
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueError(text) from None
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError(text)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def step_of(tier: str) -> int:
    """The place of a tier on the ladder: 0 for a prospect, 3 for diamond."""
    return LADDER.index(tier)


def masked_phone(phone: str | None) -> str:
    """A phone number of which only the last four digits can be read."""
    return "" if not phone else "*" * 4 + phone[-4:]


def masked_email(email: str) -> str:
    """An e-mail address of which only the first letter and the domain can be read."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


def age(birthday: date | None, today: date) -> int | None:
    """Full years on a day; None where the birthday is not known."""
    if birthday is None:
        return None
    return today.year - birthday.year - (today < kept_in(today.year, birthday))


def as_kept(born: date, *, lunar: bool) -> Birthday:
    """A birthday by the lunar calendar or by the sun (C14)."""
    return Birthday(born, lunar_key(born) if lunar else None)


def is_locked(birthdays: tuple[Birthday | None, ...], today: date, days: int) -> bool:
    """Tell whether one of these birthdays (the old one, the new one) is used within so many days (C14)."""
    last = today + timedelta(days=days)
    return any(birthday.next(today) <= last for birthday in birthdays if birthday is not None)
