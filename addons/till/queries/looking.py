"""Products and members by what was typed, how far the next tier is, a receipt."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from addons.catalog.models import Product, Style
from addons.catalog.queries import ProductRow, priced_lines
from addons.membership.models import Member
from addons.sales.models import Exchange, Receipt, Return
from addons.tiers import domain as ladder
from addons.tiers import queries as tiers_read
from addons.till.domain import FOUND_AT_ONCE, SIZES, compact, words
from core.db.models import PostingKey
from rules.book import RuleBook
from rules.parameters import resolve


class FoundProduct(NamedTuple):
    """A product with the name of its style and its price of the day."""

    name: str
    product: ProductRow


def style_names(session: Session, style_ids: set[int]) -> dict[int, str]:
    """Return the names of styles."""
    rows = session.execute(select(Style.id, Style.name).where(Style.id.in_(style_ids)))
    return dict(rows.all())


def products_like(session: Session, brand_id: int, typed: str, day: date) -> list[FoundProduct]:
    """Return products of a brand whose code, style, size or colour have every word typed; the exact code alone.

    What was launched last comes first. One more than FOUND_AT_ONCE says that there are more.
    """
    wanted = words(typed)
    if not wanted:
        return []
    exact = priced_lines(session, [typed.strip()], day).get(typed.strip())
    if exact is not None and exact.active and exact.brand_id == brand_id:
        return _named(session, [exact])
    found = (
        select(Product.code)
        .join(Style, Style.id == Product.style_id)
        .where(Product.brand_id == brand_id, Product.active, *[_has(word) for word in wanted])
        .order_by(Product.launched_on.desc().nulls_last(), Style.name, Product.colour, *in_sizes(), Product.code)
        .limit(FOUND_AT_ONCE + 1)
    )
    codes = list(session.scalars(found))
    priced = priced_lines(session, codes, day)
    return _named(session, [priced[code] for code in codes])


def in_sizes() -> tuple[Any, Any]:
    """Return what orders products from the smallest size to the largest."""
    places = {size: place for place, size in enumerate(SIZES)}
    return case(places, value=func.upper(Product.size), else_=len(SIZES)), Product.size


def _has(word: str) -> Any:
    like = f"%{word}%"
    return or_(
        Product.code.ilike(f"{word}%"),
        Style.name.ilike(like),
        Style.code.ilike(f"{word}%"),
        Product.colour.ilike(like),
        func.lower(Product.size) == word.lower(),
    )


def _named(session: Session, products: list[ProductRow]) -> list[FoundProduct]:
    names = style_names(session, {product.style_id for product in products})
    return [FoundProduct(names.get(product.style_id, product.code), product) for product in products]


def members_like(session: Session, brand_id: int, typed: str) -> list[Member]:
    """Return members of one's own stores by name, member number or the end of the phone number (C31)."""
    number = compact(typed)
    named = [Member.name.ilike(f"%{word}%") for word in words(typed)]
    if not named:
        return []
    matches = and_(*named)
    if number.isdigit() and len(number) >= 4:
        matches = or_(matches, Member.number == number, Member.phone.endswith(number))
    wanted = (
        select(Member)
        .where(Member.brand_id == brand_id, Member.status.in_(("prospect", "active")), matches)
        .order_by(Member.name, Member.id)
        .limit(FOUND_AT_ONCE)
    )
    return list(session.scalars(wanted))


class Progress(NamedTuple):
    """How far the next tier is: what counts now, what is missing (fen or points), and until when it counts.

    Fen are of the brand's currency.
    """

    tier: str
    to: str
    metric: str
    reached: int
    threshold: int
    last_day: date | None
    days_left: int | None
    currency: str

    @property
    def missing(self) -> int:
        """What is missing."""
        return max(0, self.threshold - self.reached)

    @property
    def share(self) -> int:
        """How much of the way is done, in percent."""
        return min(100, self.reached * 100 // self.threshold) if self.threshold else 100


def progress(session: Session, member_id: int, tier: str, book: RuleBook, day: date) -> Progress | None:
    """Return how far a member is from the next tier; None on the highest, or where no rule says."""
    standing = tiers_read.waiting_many(session, [member_id]).get(member_id, tier)
    step = next((step for step in ladder.ladder(book, day) if step.tier == standing), None)
    if step is None:
        return None
    counts = tiers_read.reached(session, member_id, day)
    reached = counts.credit if step.metric == "credit" else counts.points
    days_left = None if counts.last_day is None else (counts.last_day - day).days
    return Progress(step.tier, step.to, step.metric, reached, step.threshold, counts.last_day, days_left, book.currency)


def exchange_price(book: RuleBook, day: date) -> int | None:
    """Return how many purchase points make a voucher (C17), None where no rule says."""
    prices = (
        resolve(then.params["points"], book.parameters, day)
        for rule in book.rules
        if rule.enabled
        for then in rule.then
        if then.effect == "points.exchange"
    )
    return min((price for price in prices if isinstance(price, int)), default=None)


def receipt_with(session: Session, receipt_id: int) -> Receipt | None:
    """Return a receipt of one's stores."""
    return session.scalar(select(Receipt).where(Receipt.id == receipt_id))


def told_of_sale(session: Session, receipt: Receipt) -> dict[str, Any]:
    """Return what the till was told of a sale: the new card, a step on the ladder, vouchers, the points balance.

    What a return took back since is left out: nobody hands over a voucher or a card that is no longer due. What was
    taken in exchange was posted together with the return, whose key holds the answers of both.
    """
    told = answer_under(session, receipt.key) or _told_in_exchange(session, receipt)
    return _still_due(session, receipt, told) if receipt.state else told


def _told_in_exchange(session: Session, receipt: Receipt) -> dict[str, Any]:
    back = select(Return.key).join(Exchange, Exchange.return_id == Return.id)
    key = session.scalar(back.where(Exchange.receipt_id == receipt.id))
    return dict(answer_under(session, key).get("sale", {})) if key else {}


def _still_due(session: Session, receipt: Receipt, told: dict[str, Any]) -> dict[str, Any]:
    keys = session.scalars(select(Return.key).where(Return.receipt_id == receipt.id))
    answers = [answer.get("return", answer) for answer in (answer_under(session, key) for key in keys)]
    gone = {code for answer in answers for code in answer.get("vouchers_withdrawn", ())}
    tier = None if any("tier" in answer for answer in answers) else told.get("tier")
    return told | {"vouchers": [code for code in told.get("vouchers") or () if code not in gone], "tier": tier}


def answer_under(session: Session, key: str) -> dict[str, Any]:
    """Return what the till was told when a key was posted: the new card, a step on the ladder, vouchers."""
    answer = session.scalar(select(PostingKey.answer).where(PostingKey.key == key))
    return dict(answer or {})
