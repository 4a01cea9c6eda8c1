"""Everything a decision needs to know of a member, read in one go or carried along by an import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rules.birthday import Birthday, kept_in
from rules.vocabulary import Value

TIERS = ("ordinary", "gold", "diamond")


@dataclass(slots=True)
class MemberState:
    """A member before a sale; amounts are fen, `presented` is the state of the card that was shown."""

    id: int
    number: str
    store_id: int
    brand_id: int
    status: str
    tier: str
    birthday: date | None = None
    sex: str = ""
    is_staff: bool = False
    referrer_id: int | None = None
    card_id: int | None = None  # the active card
    receipts_before: int = 0
    birthday_list_used: int = 0  # list price sold at the birthday rate today
    credit_half_year: int = 0
    points_half_year: int = 0
    points_balance: int = 0
    purchase_12m: int = 0
    birthdays: tuple[Birthday, ...] = ()  # those whose rights are hers (C14)

    @property
    def price_tier(self) -> str:
        """Return the tier that sets the price, "none" for a prospect."""
        return self.tier if self.tier in TIERS else "none"


def member_facts(member: MemberState | None, day: date) -> dict[str, Value]:
    """Return the facts the rules may ask about a member; none of a customer without one."""
    if member is None:
        return {}
    facts: dict[str, Value] = {
        "member.present": True,
        "member.tier": member.price_tier,
        "member.card_active": member.card_id is not None,
        "member.receipts_before": member.receipts_before,
        "member.is_birthday": any(birthday.is_on(day) for birthday in member.birthdays),
        "member.is_staff": member.is_staff,
    }
    if member.birthday is not None:
        facts["member.age"] = age(member.birthday, day)
    if member.sex in ("female", "male"):
        facts["member.sex"] = member.sex
    return facts


def counters(member: MemberState, asked: frozenset[str]) -> dict[str, Value]:
    """Return the counters of a member that the rules ask about."""
    known: dict[str, Value] = {
        "tiers.credit_half_year": member.credit_half_year,
        "tiers.points_half_year": member.points_half_year,
        "points.balance": member.points_balance,
        "points.purchase_12m": member.purchase_12m,
    }
    return {name: value for name, value in known.items() if name in asked}


def age(birthday: date, day: date) -> int:
    """Return full years on a day."""
    return max(0, day.year - birthday.year - (day < kept_in(day.year, birthday)))
