"""What a member who asks may have for her points: how many of which voucher, and what she chose of it (C17)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from addons.points.services.refusals import ExchangeNotOffered, InsufficientPoints, NothingToExchange, SeveralOffers
from addons.vouchers.domain import UNLIMITED, Limits, limits_given
from core.errors import Invalid
from rules.trace import EffectFired

_LETTERS = 12  # of the key of limits: enough to tell those of one rule apart


class Offer(NamedTuple):
    """A voucher for points: `points` each, `value` in fen, good for so much; `most` is how many the points make."""

    choice: str  # says which one; another price or other limits are another one
    rule: str
    kind: str
    value: int
    points: int
    most: int
    limits: Limits = UNLIMITED


def offers_of(effects: Iterable[EffectFired], there: int) -> list[Offer]:
    """Return what the rules offer for so many points."""
    found = (_offer(effect, there) for effect in effects if effect.effect == "points.exchange")
    return [offer for offer in found if offer.most > 0]


def _offer(effect: EffectFired, there: int) -> Offer:
    rule, kind = effect.rule, str(effect.params["voucher_kind"])
    points, value, times = (int(str(effect.params[name])) for name in ("points", "voucher_value", "times"))
    limits = limits_given(effect.params)
    choice = f"{rule}:{kind}:{value}:{points}" + ("" if limits == UNLIMITED else f":{limits.key[:_LETTERS]}")
    return Offer(choice, rule, kind, value, points, min(times, max(0, there) // points), limits)


def chosen(offers: Sequence[Offer], choice: str, quantity: int, there: int) -> Offer:
    """Return the offer that was chosen; the only one needs no choice.

    Refuses with Invalid for no voucher, NothingToExchange, SeveralOffers, ExchangeNotOffered, InsufficientPoints.
    """
    if quantity < 1:
        raise Invalid(field="quantity", problem="at least one")
    if not offers:
        raise NothingToExchange(points=there)
    if not choice and len(offers) > 1:
        raise SeveralOffers
    found = next((offer for offer in offers if choice in ("", offer.choice)), None)
    if found is None:
        raise ExchangeNotOffered
    if quantity > found.most:
        raise InsufficientPoints(wanted=quantity * found.points, balance=there)
    return found
