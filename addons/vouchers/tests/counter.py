"""What tills and headquarters do with vouchers in a shop, in short words; the ledger is looked at after each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from addons.vouchers import queries, services
from addons.vouchers.models import Entry, Voucher
from addons.vouchers.queries import UsableVoucher
from addons.vouchers.services import Hold, Issue
from addons.vouchers.tests.shop import NOON, Shop
from core.ledger.books import Finding

TODAY = date(2026, 5, 4)
TILL_1, TILL_2 = Hold("till-1", "sale-1"), Hold("till-2", "sale-2")


@dataclass
class Counter:
    """A shop, a member, and the time."""

    shop: Shop
    member: int
    now: datetime = NOON
    day: date = TODAY
    receipts: int = field(default=0)

    @property
    def session(self) -> Any:
        return self.shop.session

    def later(self, **more: int) -> None:
        """Let time pass."""
        self.now += timedelta(**more)
        self.day = (self.now + timedelta(hours=8)).date()

    def issue(self, value: int = 30_000, **more: Any) -> str:
        """Issue a voucher and return its code."""
        facts: dict[str, Any] = {
            "member_id": self.member,
            "brand_id": self.shop.brand_id,
            "store_id": self.shop.store_id,
            "kind": "cash",
            "value": value,
            "day": self.day,
            "now": self.now,
            "source": "rule",
        }
        return services.issue_many(self.session, [Issue(**(facts | more))])[0]

    def lock(self, *codes: str, hold: Hold = TILL_1, **more: Any) -> list[services.Locked]:
        """Hold vouchers; whose they are is the customer where nobody else is named."""
        facts: dict[str, Any] = {"store_id": self.shop.store_id, "day": self.day, "now": self.now}
        facts["member_id"] = self.holder(codes[0])
        return services.lock(self.session, codes=codes, hold=hold, **(facts | more))

    def release(self, *codes: str, hold: Hold = TILL_1) -> list[str]:
        """Let go of vouchers."""
        return services.release(self.session, codes=codes, hold=hold, store_id=self.shop.store_id, now=self.now)

    def pay(self, code: str, amount: int, **more: Any) -> int:
        """Pay a new receipt with a voucher and return its number; whose it is is the customer where nobody else is."""
        self.receipts += 1
        facts: dict[str, Any] = {
            "store_id": self.shop.store_id,
            "brand_id": self.shop.brand_id,
            "day": self.day,
            "now": self.now,
            "receipt_id": self.receipts,
            "member_id": self.holder(code),
        }
        services.redeem(self.session, uses=[(code, amount)], **(facts | more))
        return self.receipts

    def restore(self, receipt: int, *parts: tuple[str, int], **more: Any) -> list[services.Restored]:
        """Give value back."""
        facts: dict[str, Any] = {"store_id": self.shop.store_id, "day": self.day, "now": self.now}
        named = [(self.voucher(code).id, amount) for code, amount in parts]
        return services.restore(self.session, receipt_id=receipt, parts=named, **(facts | more))

    def withdraw(self, receipt: int, rule: str, count: int) -> services.Withdrawn:
        """Take back vouchers that were given with a receipt; what was foreseen is what comes."""
        foreseen = services.spent_of_lost(self.session, receipt_id=receipt, rule=rule, count=count)
        gone = services.withdraw(
            self.session, receipt_id=receipt, rule=rule, count=count, store_id=self.shop.store_id, now=self.now
        )
        assert gone.used == foreseen
        return gone

    def spent(self, code: str, amount: int) -> services.Spent:
        """Return a voucher of which so many fen are spent."""
        return services.Spent(self.voucher(code).id, code, amount)

    def split(self, code: str, *parts: int, **more: Any) -> list[str]:
        """Split a voucher."""
        return services.split(self.session, voucher_id=self.voucher(code).id, parts=parts, **(self._what() | more))

    def give(self, code: str, member: int, **more: Any) -> str:
        """Give a voucher to another member and return its new code."""
        return services.give(self.session, voucher_id=self.voucher(code).id, member_id=member, **(self._what() | more))

    def cancel(self, *codes: str, reason: str = "印錯了") -> list[str]:
        """Cancel vouchers."""
        ids = [self.voucher(code).id for code in codes]
        return services.cancel(self.session, voucher_ids=ids, reason=reason, day=self.day, now=self.now, by="hq")

    def expire(self) -> int:
        """Let the night end what is over."""
        return services.expire(self.session, day=self.day, now=self.now)

    def _what(self) -> dict[str, Any]:
        return {"store_id": self.shop.store_id, "day": self.day, "now": self.now, "by": "manager"}

    def differences(self) -> list[Finding]:
        """Return what the ledger counted again does not agree with."""
        return list(queries.audit(self.session))

    def standing(self) -> dict[str, int]:
        """Return what stands in each account, those that come to nothing left out."""
        found: dict[str, int] = {}
        for standing in queries.trial_balance(self.session):
            found[standing.state] = found.get(standing.state, 0) + standing.amount
        return {state: amount for state, amount in found.items() if amount}

    def voucher(self, code: str) -> UsableVoucher:
        """Return a voucher as it stands."""
        return queries.by_code(self.session, [code])[code]

    def holder(self, code: str) -> int | None:
        """Return whose a voucher is, None for nobody's and for one that does not exist."""
        found = queries.by_code(self.session, [code])
        return found[code].member_id if code in found else None

    def moves(self, code: str) -> list[tuple[str, str, int]]:
        """Return what the ledger says happened to a voucher."""
        wanted = (
            select(Entry.from_state, Entry.to_state, Entry.amount)
            .join(Voucher, Voucher.id == Entry.voucher_id)
            .where(Voucher.code == code)
            .order_by(Entry.number)
        )
        return [(one, other, amount) for one, other, amount in self.session.execute(wanted)]
