"""What is hammered: one balance, one voucher, one budget, always at the edge of what they have.

Each target says what a hand does next, and afterwards counts in the books what there was more than there could be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.points import queries as points_read
from addons.points import services as points
from addons.points.models import Account, Lot
from addons.points.models import Entry as Moved
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from addons.vouchers.models import Budget, Voucher
from addons.vouchers.models import Entry as Used
from addons.vouchers.services import Issue
from addons.vouchers.tests.counter import TODAY
from addons.vouchers.tests.shop import NOON, Shop

Plain = dict[str, Any]


class Done(NamedTuple):
    """What was asked under a key, and the answer whoever asked was given; None for a "no"."""

    request: Plain
    answer: Plain | None


class Target(Protocol):
    """One thing that many hands reach for."""

    @property
    def tables(self) -> tuple[Any, ...]:
        """The tables whose constraints are its last guard."""
        ...

    def set_up(self, shop: Shop) -> Plain:
        """Make it, and return how it is found."""
        ...

    def ask(self, ids: Plain, dice: Random, last: Done | None, number: int) -> Plain:
        """Return what a hand asks for next, after what it was told last; `number` is another one each time."""
        ...

    def act(self, session: Session, ids: Plain, request: Mapping[str, Any]) -> Plain:
        """Do what is asked, within a posting."""
        ...

    def findings(self, session: Session, ids: Plain, done: Iterable[Done]) -> Iterator[str]:
        """Return what is wrong in the books."""
        ...


class Balance:
    """Points of one member, spent and earned."""

    tables: tuple[Any, ...] = (Moved.__table__, Lot.__table__, Account.__table__)
    _BEGUN = 5

    def set_up(self, shop: Shop) -> Plain:
        """Make a member with a few points."""
        ids = {"member": shop.member("9"), "store": shop.store_id}
        self.act(shop.session, ids, {"act": "earn", "points": self._BEGUN, "number": 0})
        return ids

    def ask(self, ids: Plain, dice: Random, last: Done | None, number: int) -> Plain:
        """Spend what there is at first, then more than is earned."""
        act = dice.choice(("spend", "spend", "earn")) if last else "spend"
        return {"act": act, "points": 5 if act == "spend" else 1, "number": number}

    def act(self, session: Session, ids: Plain, request: Mapping[str, Any]) -> Plain:
        """Spend or earn."""
        member, store, amount = ids["member"], ids["store"], request["points"]
        if request["act"] == "spend":
            facts: Plain = {"member_id": member, "store_id": store, "now": NOON}
            return {"left": points.spend(session, points=amount, reason="gift", **facts)[-1].balance_after}
        earning = points.Earning(member, store, request["number"], amount, amount, TODAY, NOON)
        return {"left": points.earn_many(session, [earning])[member]}

    def findings(self, session: Session, ids: Plain, done: Iterable[Done]) -> Iterator[str]:
        """Follow the balance through its entries, and compare it with what everybody was told."""
        entries = list(session.scalars(select(Moved).where(Moved.member_id == ids["member"]).order_by(Moved.id)))
        lowest = min(_running(entry.change for entry in entries))
        if lowest < 0:
            yield f"{-lowest} points too many were spent"
        sign = {"spend": -1, "earn": 1}
        told = sum(sign[each.request["act"]] * each.request["points"] for each in done if each.answer)
        account = session.scalars(select(Account).where(Account.member_id == ids["member"])).one()
        if account.balance != self._BEGUN + told:
            yield f"the balance is {account.balance}, everybody was told of {self._BEGUN + told}"
        yield from map(str, points_read.audit(session))


class OneVoucher:
    """One voucher, paid with and given back."""

    tables: tuple[Any, ...] = (Used.__table__, Voucher.__table__)
    _VALUE = 20_000

    def set_up(self, shop: Shop) -> Plain:
        """Issue it."""
        issue = Issue(shop.member("8"), shop.brand_id, shop.store_id, "cash", self._VALUE, TODAY, NOON, "rule")
        [code] = vouchers.issue_many(shop.session, [issue])
        number = shop.session.scalars(select(Voucher.id).where(Voucher.code == code)).one()
        of = {"store": shop.store_id, "brand": shop.brand_id, "member": issue.member_id}
        return {"code": code, "voucher": number, **of}

    def ask(self, ids: Plain, dice: Random, last: Done | None, number: int) -> Plain:
        """Pay with it; who could gives it back."""
        if last is not None and last.answer and last.request["act"] == "pay":
            return {"act": "back", "receipt": last.request["receipt"]}
        return {"act": "pay", "receipt": number}

    def act(self, session: Session, ids: Plain, request: Mapping[str, Any]) -> Plain:
        """Pay with it, or take the goods back."""
        facts: Plain = {"receipt_id": request["receipt"], "store_id": ids["store"], "day": TODAY, "now": NOON}
        if request["act"] == "back":
            [back] = vouchers.restore(session, parts=[(ids["voucher"], self._VALUE)], **facts)
            return {"remaining": back.remaining}
        facts |= {"brand_id": ids["brand"], "member_id": ids["member"]}
        [paid] = vouchers.redeem(session, uses=[(ids["code"], self._VALUE)], **facts)
        return {"use": paid.use_number}

    def findings(self, session: Session, ids: Plain, done: Iterable[Done]) -> Iterator[str]:
        """Follow it through its entries: it is paid with once before it is given back."""
        entries = list(session.scalars(select(Used).where(Used.voucher_id == ids["voucher"]).order_by(Used.id)))
        uses = [int(entry.to_state == "redeemed") - int(entry.from_state == "redeemed") for entry in entries]
        most = max(_running(uses))
        if most > 1:
            yield f"{most} receipts were paid with one voucher at once"
        acts = {"pay": 1, "back": -1}
        told = sum(acts[each.request["act"]] for each in done if each.answer)
        if sum(uses) != told:
            yield f"{sum(uses)} receipts are paid with it, everybody was told of {told}"
        yield from map(str, vouchers_read.audit(session))


class OneBudget:
    """One budget, from which vouchers are issued and to which cancelled ones return."""

    tables: tuple[Any, ...] = (Budget.__table__,)
    _VALUE, _GRANTED = 1_000, 2_500

    def set_up(self, shop: Shop) -> Plain:
        """Open it."""
        asked: Plain = {"brand_id": shop.brand_id, "name": "hammered", "granted": self._GRANTED}
        budget = vouchers.open_budget(shop.session, **asked)
        return {"budget": budget.id, "store": shop.store_id, "brand": shop.brand_id}

    def ask(self, ids: Plain, dice: Random, last: Done | None, number: int) -> Plain:
        """Issue one; who got one cancels it."""
        if last is not None and last.answer and "id" in last.answer:
            return {"act": "cancel", "id": last.answer["id"]}
        return {"act": "issue", "number": number}

    def act(self, session: Session, ids: Plain, request: Mapping[str, Any]) -> Plain:
        """Issue or cancel."""
        if request["act"] == "cancel":
            facts: Plain = {"reason": "hammered", "day": TODAY, "now": NOON, "by": "hq"}
            return {"codes": vouchers.cancel(session, voucher_ids=[request["id"]], **facts)}
        issue = Issue(None, ids["brand"], ids["store"], "cash", self._VALUE, TODAY, NOON, "batch", binding="bearer")
        [code] = vouchers.issue_many(session, [replace(issue, budget_id=ids["budget"])])
        return {"id": session.scalars(select(Voucher.id).where(Voucher.code == code)).one()}

    def findings(self, session: Session, ids: Plain, done: Iterable[Done]) -> Iterator[str]:
        """Follow what was issued from it and came back."""
        of_budget = select(Used).join(Voucher, Voucher.id == Used.voucher_id)
        entries = session.scalars(of_budget.where(Voucher.budget_id == ids["budget"]).order_by(Used.id))
        steps = [entry.amount * (1 if entry.from_state == "issued" else -1) for entry in entries]
        issued, budget = sum(steps), session.get_one(Budget, ids["budget"])
        most = max(*_running(steps), budget.used)
        if most > self._GRANTED:
            yield f"{most - self._GRANTED} fen too many were issued"
        told = sum(1 if each.request["act"] == "issue" else -1 for each in done if each.answer) * self._VALUE
        if not issued == budget.used == told:
            yield f"{issued} fen are issued, the budget says {budget.used}, everybody was told of {told}"
        yield from map(str, vouchers_read.audit(session))


def _running(steps: Iterable[int]) -> Iterator[int]:
    total = 0
    yield total
    for step in steps:
        total += step
        yield total


TARGETS: dict[str, Target] = {"balance": Balance(), "voucher": OneVoucher(), "budget": OneBudget()}
