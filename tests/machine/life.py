"""What may happen in the company: steps as plain data, each done through the services as a shop or an office would.

Vouchers and receipts are named by the step that made them, so the same steps can be lived through again elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.membership.services import merge_members
from addons.points import jobs as points_jobs
from addons.points import services as points
from addons.points.models import Review
from addons.points.services import MONTHS
from addons.sales import services as sales
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.settlement import services as settlement
from addons.tiers import jobs as tiers_jobs
from addons.vouchers import jobs as vouchers_jobs
from addons.vouchers import services as vouchers
from addons.vouchers.models import Voucher
from core import clock, settings
from core.db.posting import Operation, post
from core.db.session import reading, work
from core.errors import NotFound, Refusal
from core.jobs import Progress
from core.ledger.closing import ask_close, decide_close
from core.periods import local_day
from tests.machine.company import Company, joined

K = TypeVar("K")
V = TypeVar("V")
#: A voucher by the step that issued it, and its place among those of the step.
Name = tuple[int, int]


@dataclass(frozen=True)
class Step:
    """Something that happens at a moment; `told` is plain data."""

    number: int
    kind: str
    at: datetime
    told: dict[str, Any]


class NotThere(LookupError):
    """A voucher, a receipt or a hold that another life had."""


def _of(known: dict[K, V], name: K) -> V:
    if name not in known:
        raise NotThere(name)
    return known[name]


class Silent(Progress):
    """Progress that nobody watches."""

    def at(self, done: int, total: int) -> None:
        """Say nothing."""


@dataclass
class Life:
    """The company as steps have left it."""

    company: Company
    members: list[int] = field(default_factory=list)
    receipts: dict[int, int] = field(default_factory=dict)
    holds: dict[int, int] = field(default_factory=dict)
    codes: dict[Name, str] = field(default_factory=dict)
    seen: int = 0  # the last voucher that has a name

    def __post_init__(self) -> None:
        """Begin with the members there are."""
        self.members = list(self.company.members)

    def do(self, step: Step) -> dict[str, Any] | None:
        """Do a step; return its answer, None where it is refused."""
        with clock.fixed(step.at):
            try:
                answer = getattr(self, f"_{step.kind}")(step, **step.told) or {}
            except (Refusal, NotThere):
                answer = None
        self._name_vouchers(step.number)
        return answer

    def _name_vouchers(self, number: int) -> None:
        with reading() as session:
            new = session.execute(
                select(Voucher.id, Voucher.code).where(Voucher.id > self.seen).order_by(Voucher.id)
            ).all()
        for place, (voucher_id, code) in enumerate(new):
            self.codes[number, place] = code
            self.seen = voucher_id

    def _post(self, step: Step, command: Callable[[Session], Any]) -> Any:
        done = post(
            Operation(f"test.{step.kind}", f"{step.kind}-{step.number}", {}),
            lambda session: {"done": command(session)},
        )
        return done.answer["done"]

    def _code(self, name: Name) -> str:
        return _of(self.codes, name)

    def _voucher_id(self, session: Session, name: Name) -> int:
        return session.scalars(select(Voucher.id).where(Voucher.code == self._code(name))).one()

    # -- at the tills ---------------------------------------------------------------------------------------------

    def _basket(
        self, who: int | None, store: int, lines: Sequence[tuple[str, int]], uses: Sequence[Name], till: str = ""
    ) -> SaleRequest:
        return SaleRequest(
            store_id=self.company.stores[store],
            lines=[SaleLine(*line) for line in lines],
            member_id=None if who is None else self.members[who],
            vouchers=tuple(map(self._code, uses)),
            hold=vouchers.Hold(till, "sale") if till else None,
        )

    def _sell(self, step: Step, **told: Any) -> dict[str, Any]:
        answer = sales.checkout(self._basket(**told), key=f"sale-{step.number}", now=step.at).answer
        self.receipts[step.number] = answer["receipt_id"]
        return answer

    def _request(self, receipt: int, store: int, lines: Sequence[dict[str, Any]]) -> ReturnRequest:
        return ReturnRequest(
            store_id=self.company.stores[store],
            receipt_id=_of(self.receipts, receipt),
            lines=[BackLine(**line) for line in lines],
            reason="size",
            cashier="amy",
            approved_by="boss",
        )

    def _back(self, step: Step, **told: Any) -> dict[str, Any]:
        return sales.take_back(self._request(**told), key=f"back-{step.number}", now=step.at).answer

    def _exchange(self, step: Step, back: dict[str, Any], sale: dict[str, Any]) -> dict[str, Any]:
        answer = sales.exchange(
            self._request(**back), self._basket(**sale), key=f"exchange-{step.number}", now=step.at
        ).answer
        self.receipts[step.number] = answer["sale"]["receipt_id"]
        return answer

    # -- vouchers -------------------------------------------------------------------------------------------------

    def _issue(self, step: Step, who: int, store: int, value: int, days: int) -> Any:
        issue = vouchers.Issue(
            self.members[who], self.company.brand, self.company.stores[store], "cash", value, local_day(step.at),
            step.at, "goodwill", days=days, by="shop",
        )  # fmt: skip
        return self._post(step, lambda session: len(vouchers.issue_many(session, [issue]))) and {}

    def _lock(self, step: Step, name: Name, store: int, till: str) -> Any:
        asked: dict[str, Any] = {"codes": [self._code(name)], "hold": vouchers.Hold(till, "sale")}
        asked |= {"store_id": self.company.stores[store], "day": local_day(step.at), "now": step.at}

        def command(session: Session) -> int:
            of = session.get_one(Voucher, self._voucher_id(session, name))
            return len(vouchers.lock(session, member_id=of.member_id, **asked))

        self._post(step, command)

    def _release(self, step: Step, name: Name, store: int, till: str) -> Any:
        asked: dict[str, Any] = {"codes": [self._code(name)], "hold": vouchers.Hold(till, "sale")}
        asked |= {"store_id": self.company.stores[store], "now": step.at}
        self._post(step, lambda session: len(vouchers.release(session, **asked)))

    def _of_holder(self, step: Step, store: int) -> dict[str, Any]:
        return {"store_id": self.company.stores[store], "day": local_day(step.at), "now": step.at, "by": "shop"}

    def _split(self, step: Step, name: Name, store: int, parts: Sequence[int]) -> Any:
        asked = self._of_holder(step, store)
        self._post(step, lambda s: vouchers.split(s, voucher_id=self._voucher_id(s, name), parts=parts, **asked))

    def _give(self, step: Step, name: Name, store: int, who: int) -> Any:
        asked = self._of_holder(step, store) | {"member_id": self.members[who]}
        self._post(step, lambda s: vouchers.give(s, voucher_id=self._voucher_id(s, name), **asked))

    def _cancel(self, step: Step, name: Name) -> Any:
        asked: dict[str, Any] = {"reason": "error", "day": local_day(step.at), "now": step.at, "by": "hq"}
        self._post(step, lambda s: vouchers.cancel(s, voucher_ids=[self._voucher_id(s, name)], **asked))

    # -- points ---------------------------------------------------------------------------------------------------

    def _hold(self, step: Step, who: int, store: int, amount: int) -> Any:
        asked: dict[str, Any] = {"member_id": self.members[who], "points": amount, "by": "till", "now": step.at}
        asked |= {"store_id": self.company.stores[store]}
        self.holds[step.number] = self._post(step, lambda session: points.hold(session, **asked).hold_id)

    def _end_hold(self, step: Step, hold: int, spend: int) -> Any:
        asked: dict[str, Any] = {"hold_id": _of(self.holds, hold), "now": step.at}
        if spend:
            self._post(step, lambda s: points.spend_held(s, points=spend, reason="gift", **asked).balance)
        else:
            self._post(step, lambda s: points.release(s, **asked))

    def _transfer(self, step: Step, giver: int, taker: int, store: int, amount: int) -> Any:
        asked: dict[str, Any] = {"from_id": self.members[giver], "into_id": self.members[taker], "points": amount}
        asked |= {"store_id": self.company.stores[store], "by": "shop", "now": step.at}
        self._post(step, lambda session: points.transfer(session, **asked).points)

    def _adjust(self, step: Step, who: int, amount: int) -> Any:
        asked: dict[str, Any] = {"member_id": self.members[who], "points": amount, "code": "error", "note": ""}

        def command(session: Session) -> int:
            number = points.ask_adjustment(session, by="ann", now=step.at, **asked)
            return points.decide_adjustment(session, adjustment_id=number, approve=True, by="bob", now=step.at).id

        self._post(step, command)

    # -- headquarters, nights -------------------------------------------------------------------------------------

    def _merge(self, step: Step, source: int, into: int) -> Any:
        """Two files become one; somebody new takes the empty place."""
        old, kept = self.members[source], self.members[into]

        def command(session: Session) -> int:
            merge_members(session, from_id=old, into_id=kept, reason="one person", by="hq", now=step.at)
            market = session.get_one(Member, kept).home_market_id
            store, family = self.company.stores[source % 2], self.company.family if source < 2 else None
            return joined(session, 100 + step.number, self.company.brand, market, store, family)

        self.members[source] = self._post(step, command)

    def _night(self, _step: Step) -> None:
        """Do what is done each night."""
        quiet = Silent(0)
        for job in (
            tiers_jobs.review, tiers_jobs.downgrade, tiers_jobs.convert_due, tiers_jobs.end_grants,
            points_jobs.release_pending, points_jobs.release_holds, vouchers_jobs.expire, points_jobs.expire,
        ):  # fmt: skip
            job(quiet)
        settlement.settle(now=clock.now())

    def _decide(self, step: Step, name: str, to: Any) -> None:
        """Headquarters decide what was open."""
        with work() as session:
            settings.change(session, name=name, to=to, by="hq", reason="test", now=step.at)

    def _review(self, step: Step, outcome: str) -> Any:
        """Two persons decide about the oldest claim beyond the lowest balance."""

        def command(session: Session) -> str:
            waiting = select(Review.id).where(Review.state == "waiting").order_by(Review.id)
            number = session.scalars(waiting.limit(1)).one_or_none()
            if number is None:
                raise NotFound(what="claim", which="")
            points.propose(session, review_id=number, outcome=outcome, reason="test", by="ann", now=step.at)
            return points.decide_review(session, review_id=number, approve=True, by="bob", now=step.at).state

        self._post(step, command)

    def _close(self, step: Step, month: str) -> Any:
        """Close a month of the points ledger, two persons."""
        first = date.fromisoformat(month)

        def command(session: Session) -> int:
            asked = ask_close(session, MONTHS, month=first, by="ann", now=step.at)
            return decide_close(session, MONTHS, request_id=asked.id, approve=True, by="bob", now=step.at).id

        self._post(step, command)
