"""What vouchers mean, said again without a database: thirty lines that the ledger is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from addons.vouchers.domain import Hold

LOCK, RESTORED = timedelta(minutes=15), timedelta(days=30)


@dataclass
class Use:
    """What one receipt took and got back."""

    redeemed: int
    forfeited: int
    restored: int = 0
    returned: int = 0


@dataclass
class Voucher:
    """A voucher as it should stand."""

    value: int
    member: int
    until: date
    root: str
    remaining: int
    status: str = "active"
    hold: Hold | None = None
    held_until: datetime | None = None
    uses: dict[int, Use] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)  # void, expired, split, transferred

    def is_live(self, day: date) -> bool:
        """Tell whether it can be used on a day."""
        return self.status == "active" and day <= self.until

    def is_free(self, now: datetime, hold: Hold | None = None) -> bool:
        """Tell whether nobody else holds it."""
        return self.held_until is None or self.held_until <= now or self.hold == hold

    def take(self, account: str, amount: int | None = None) -> int:
        """Let what remains go to an account."""
        taken = self.remaining if amount is None else amount
        self.gone[account] = self.gone.get(account, 0) + taken
        self.remaining, self.status, self.hold, self.held_until = 0, account, None, None
        return taken

    def pay(self, receipt: int, amount: int) -> None:
        """Pay with it; there is no change."""
        self.uses[receipt] = Use(amount, self.remaining - amount)
        self.remaining, self.status, self.hold, self.held_until = 0, "used", None, None

    def restore(self, receipt: int, amount: int, day: date) -> None:
        """Give back; what was forfeited comes with the last fen."""
        use = self.uses[receipt]
        use.restored += amount
        self.remaining += amount
        if use.restored == use.redeemed:
            use.returned = use.forfeited
            self.remaining += use.forfeited
        self.status = "active"
        if self.until < day:
            self.until = day + RESTORED
