"""What is about to come back in this browser: kept on the server with the session, like the open basket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import session as kept
from flask_babel import gettext

from addons.sales.domain.prepared import Prepared
from addons.sales.domain.returning import REASONS
from addons.sales.services import Rehearsed, exchange, price_in_exchange, rehearse_return
from addons.tiers.queries import Shortfall
from addons.till.domain import Basket, OpenReturn
from addons.till.services import exchange_request, posting_key, return_request
from addons.till.views import words
from core.money import yuan
from core.web import formats
from core.web.posting import who
from core.web.sessions import UNFINISHED

PLACE = f"{UNFINISHED}till_return"


def open_return(store_id: int) -> OpenReturn | None:
    """Return what is open in a store."""
    plain: dict[str, Any] | None = kept.get(PLACE)
    return OpenReturn(**plain) if plain is not None and plain["store_id"] == store_id else None


def keep_return(back: OpenReturn) -> None:
    """Keep it with the session; never a password."""
    kept[PLACE] = back.as_plain()


def forget_return() -> None:
    """Forget it."""
    kept.pop(PLACE, None)


def open_exchange(store_id: int) -> OpenReturn | None:
    """Return what was agreed to come back while goods are chosen in exchange."""
    back = open_return(store_id)
    return back if back is not None and back.exchanging else None


def rehearsed(back: OpenReturn, now: datetime) -> Rehearsed:
    """Return what it would come to; a reason may still be missing."""
    asked = return_request(back, cashier=who())
    return rehearse_return(replace(asked, reason=asked.reason or REASONS[-1], told=None), now=now)


def priced_in_exchange(back: OpenReturn, basket: Basket, now: datetime) -> Prepared:
    """Return the basket as it will be priced once the goods came back; refuses like the exchange itself."""
    asked = exchange_request(basket, cashier=who())
    return price_in_exchange(return_request(back, cashier=who()), asked, now=now)


def post_exchange(back: OpenReturn, basket: Basket, told: int | None, now: datetime) -> dict[str, Any]:
    """Take goods back and sell the basket in one posting; returns the answer, refuses like `exchange`."""
    sale = exchange_request(basket, cashier=who(), told=told, back=back.told or 0)
    asked = return_request(back, cashier=who())
    return exchange(asked, sale, key=posting_key(basket.key), now=now).answer


def effects(seen: Rehearsed) -> list[tuple[str, str]]:
    """Return what else follows from a return, each with an icon, in the person's language."""
    answer = seen.answer
    found = [*_of_vouchers(answer), *_of_points(answer), *_of_tier(answer), *_of_keeping(seen.shortfall)]
    found += [("fa-gift", gettext("Gift to be given back: %(gift)s", gift=gift)) for gift in answer["gifts_lost"]]
    if answer["shortfall"]:
        found.append(("fa-scale-unbalanced", _shortfall(seen)))
    return found


def _of_vouchers(answer: Any) -> list[tuple[str, str]]:
    found = []
    for code, amount, until in answer.get("vouchers_restored", ()):
        said = gettext("%(amount)s goes back to the voucher …%(code)s, good until %(day)s",
                       amount=yuan(amount), code=code[-4:], day=formats.day_in_words(until))  # fmt: skip
        if not amount:
            said = gettext(
                "The coupon …%(code)s can be used again until %(day)s",
                code=code[-4:],
                day=formats.day_in_words(until),
            )
        found.append(("fa-ticket", said))
    for code, amount in answer.get("vouchers_void", ()):
        said = gettext("The voucher …%(code)s has ended: the %(amount)s it paid do not go back to it",
                       code=code[-4:], amount=yuan(amount))  # fmt: skip
        found.append(("fa-triangle-exclamation", said))
    gone = answer.get("vouchers_withdrawn", ())
    found += [("fa-ticket", gettext("The voucher …%(code)s is withdrawn", code=code[-4:])) for code in gone]
    for code in answer.get("vouchers_used", ()):
        said = gettext("The voucher …%(code)s is no longer due but was used already", code=code[-4:])
        found.append(("fa-triangle-exclamation", said))
    return found + _of_used(answer)


def _of_used(answer: Any) -> list[tuple[str, str]]:
    """Say what is kept back of the money for used vouchers, what of that is paid back, and what nobody pays."""
    found = []
    kept = answer.get("vouchers_deducted", 0)
    if kept > 0:
        found.append(("fa-scale-unbalanced", gettext("%(amount)s are kept back for used vouchers", amount=yuan(kept))))
    elif kept < 0:
        said = gettext("%(amount)s kept back earlier for used vouchers are paid back", amount=yuan(-kept))
        found.append(("fa-scale-unbalanced", said))
    if missing := answer.get("vouchers_missing"):
        said = gettext("%(amount)s of used vouchers are missing and are not asked for", amount=yuan(missing))
        found.append(("fa-scale-unbalanced", said))
    return found


def _of_points(answer: Any) -> list[tuple[str, str]]:
    found = []
    if answer["points"] > 0:
        said = gettext("%(points)s points are taken back", points=f"{answer['points']:,}")
        if "balance" in answer:
            said = gettext("%(said)s, balance %(balance)s", said=said, balance=f"{answer['balance']:,}")
        found.append(("fa-star", said))
    elif answer["points"] < 0:
        found.append(("fa-star", gettext("%(points)s points are added", points=f"{-answer['points']:,}")))
    if answer.get("points_debt"):
        said = gettext("%(points)s of them were spent: they are a debt, paid by the next points",
                       points=f"{answer['points_debt']:,}")  # fmt: skip
        found.append(("fa-triangle-exclamation", said))
    return found


def _of_tier(answer: Any) -> list[tuple[str, str]]:
    found = []
    if answer["credit"]:
        found.append(
            ("fa-layer-group", gettext("%(amount)s of tier credit are taken back", amount=yuan(answer["credit"])))
        )
    if "tier" in answer:
        before, after = (str(words.TIERS[answer["tier"][name]]) for name in ("before", "after"))
        said = gettext("The step to a higher tier is undone: %(before)s → %(after)s", before=before, after=after)
        found.append(("fa-arrow-trend-down", said))
    return found


def _of_keeping(lacks: Shortfall | None) -> list[tuple[str, str]]:
    """Say what is short of keeping the tier, and whether it is kept all the same."""
    if lacks is None:
        return []
    tier = str(words.TIERS[lacks.tier_before])
    found = []
    if lacks.missing:
        amount = yuan(lacks.missing)
        if lacks.metric == "points":
            amount = gettext("%(points)s points", points=f"{lacks.missing:,}")
        found.append(gettext("%(amount)s short of keeping %(tier)s", amount=amount, tier=tier))
    if lacks.kept:
        found.append(gettext("%(tier)s is kept all the same", tier=tier))
    return [("fa-scale-unbalanced", said) for said in found]


def _shortfall(seen: Rehearsed) -> str:
    """Say what a lost threshold costs, and who bears it."""
    amount = yuan(seen.answer["shortfall"])
    said = gettext("What is kept no longer reaches an offer, which costs %(amount)s.", amount=amount)
    bears = gettext("The store bears it.") if seen.returning.forgone else gettext("The customer bears it.")
    return f"{said} {bears}"
