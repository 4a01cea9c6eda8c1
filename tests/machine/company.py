"""A brand with stores of two franchisees, four members and a rule book: what there is before anything happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from addons.catalog.models import Category, Product, Style
from addons.membership.models import Card, Family, Member
from addons.points.models import ReasonCode
from addons.rulebook.services.source import DatabaseVersions
from addons.stores.models import Brand, Franchisee, Market, Region, Store
from addons.vouchers.models import Budget
from core import settings
from core.db.session import work
from core.policy.version import BookVersion, digest_of, set_version_source, shipped_text
from rules.yaml_text import read_yaml, write_yaml

BEGIN = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
JOINED = datetime(2025, 1, 1, tzinfo=UTC)
#: Fen a piece, and the special price where there is one; the last two are one style in two sizes.
PRODUCTS = {
    "SOCKS": (999, None),
    "SHIRT": (33333, None),
    "SALE": (59900, 50915),
    "COAT": (100000, None),
    "FUR": (350000, None),
    "DRESS-S": (78000, 70000),
    "DRESS-M": (78000, 70000),
}
TIERS = ("gold", "ordinary", "diamond", "ordinary")
CHOSEN = {
    "points.family_transfers": True,
    "points.expiry": True,
    "points.transfer_monthly": 1_000_000,
    "vouchers.split_allowed": True,
    "vouchers.gifts_allowed": True,
    "tiers.on_return": "take_back",
}

#: Beside the programme that ships: a limited discount, thresholds for money, a voucher and a gift, and more points for
#: small baskets.
_MORE: list[dict[str, Any]] = [
    {
        "rule": "ten-off", "event": "quote", "group": "basket", "when": {"fact": "member.present", "is": True},
        "limits": [{"per": "member", "period": "month", "count": 3, "budget": 2500}],
        "then": [{"effect": "price.amount_off", "amount": 1000}],
    },
    {
        "rule": "spend-and-save", "event": "quote", "group": "basket",
        "totals": [{"measure": "amount", "at_least": 200_000}],
        "then": [{"effect": "price.amount_off", "amount": 15_000}],
        "funding": {"hq": 5000, "selling_store": 3000, "issuing_store": 2000},
    },
    {
        "rule": "thank-you", "event": "quote", "when": {"fact": "member.present", "is": True},
        "totals": [{"measure": "amount", "at_least": 150_000}],
        "then": [{"effect": "voucher.issue", "kind": "cash", "value": 5000, "days": 60}],
    },
    {
        "rule": "scarf", "event": "quote", "totals": [{"measure": "quantity", "at_least": 3}],
        "then": [{"effect": "gift.give", "gift": "scarf"}],
    },
    {
        "rule": "double-small", "event": "quote", "when": {"fact": "member.present", "is": True},
        "totals": [{"measure": "amount", "at_most": 120_000}],
        "then": [{"effect": "points.multiply", "ratio": 20_000}],
    },
]  # fmt: skip


class _Book:
    """The one version there is."""

    def __init__(self) -> None:
        whole = read_yaml(shipped_text() or "")
        if not isinstance(whole, dict):
            raise TypeError(whole)
        text = write_yaml({**whole, "rules": [*whole["rules"], *_MORE]})
        self.version = BookVersion("whole life", digest_of(text), text)

    def live(self, *_: object) -> BookVersion:
        return self.version

    def by_digest(self, _: object, digest: str) -> BookVersion | None:
        return self.version if digest == self.version.digest else None

    def overruled(self, *_: object) -> bool:
        return False


@contextmanager
def book() -> Iterator[None]:
    """The rule book in force."""
    set_version_source(_Book())
    try:
        yield
    finally:
        set_version_source(DatabaseVersions())


@dataclass(frozen=True)
class Company:
    """The ids of what there is."""

    brand: int
    stores: tuple[int, int]
    members: tuple[int, ...]
    family: int


def founded() -> Company:
    """Write the company into the connected database."""
    with work() as session:
        brand, market = Brand(code="GB", name="貴賓"), Market(code="CN", name="中國", currency="CNY")
        owners = [Franchisee(code=f"F{n}", name=f"加盟商{n}") for n in (1, 2)]
        session.add_all(
            [brand, market, *owners, Category(code="top", name="上衣"), ReasonCode(code="error", name="更正")]
        )
        session.flush()
        region = Region(code="EAST", name="華東", market_id=market.id)
        session.add(region)
        session.flush()
        stores = [_store(number, brand.id, region.id, owner.id) for number, owner in enumerate(owners, 1)]
        family = Family(store_id=0, name="家")
        session.add_all(stores)
        session.flush()
        family.store_id = stores[0].id
        session.add_all([family, Budget(brand_id=brand.id, name="thanks", rule="thank-you", granted=10**9)])
        _stock(session, brand.id)
        session.flush()
        members = [
            joined(session, number, brand.id, market.id, stores[number % 2].id, family.id if number < 3 else None)
            for number in range(1, 5)
        ]
        for name, to in CHOSEN.items():
            settings.change(session, name=name, to=to, by="hq", reason="test", now=BEGIN)
        return Company(brand.id, (stores[0].id, stores[1].id), tuple(members), family.id)


def _store(number: int, brand: int, region: int, owner: int) -> Store:
    return Store(
        code=f"S{number}", name=f"門市{number}", brand_id=brand, region_id=region, franchisee_id=owner,
        format="boutique", opened_on=date(2020, 1, 1),
    )  # fmt: skip


def _stock(session: Any, brand: int) -> None:
    for code, (list_price, special) in PRODUCTS.items():
        name = code.partition("-")[0]
        style = session.query(Style).filter_by(code=name).one_or_none()
        if style is None:
            style = Style(code=name, name=name, brand_id=brand, category_code="top")
            session.add(style)
            session.flush()
        session.add(
            Product(code=code, style_id=style.id, brand_id=brand, category_code="top", size=code[-1],
                    list_price=list_price, special_price=special)
        )  # fmt: skip


def joined(  # noqa: PLR0917 - who, and where
    session: Any, number: int, brand: int, market: int, store: int, family: int | None
) -> int:
    """Make a member with an active card and return the id."""
    tier = TIERS[(number - 1) % len(TIERS)]
    member = Member(
        store_id=store, brand_id=brand, number=f"M{number:06d}", name=f"王{number}", phone=f"+8613800{number:06d}",
        birthday=date(1990, 1, 4 + number % 4), birthday_declined=False, tier=tier, status="active",
        home_market_id=market, joined_at=JOINED, activated_at=JOINED, family_id=family,
    )  # fmt: skip
    session.add(member)
    session.flush()
    session.add(
        Card(store_id=store, member_id=member.id, number=f"C{number:06d}", tier=tier, status="active",
             issued_at=JOINED, activated_at=JOINED)
    )  # fmt: skip
    session.flush()
    return int(member.id)
