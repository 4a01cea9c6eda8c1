"""What clients do: a stream of operations, each drawn from the seed and from what the client was told so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random

from core import clock
from tests.faults.journal import Asked, Plain, Told
from tests.faults.shop import VOUCHER, World

#: How often each kind is drawn; those of the second table go to the services, not through a till.
OVER_HTTP = {
    "visit": 26,
    "checkout": 32,
    "lock": 8,
    "release": 4,
    "redeem": 4,
    "hand_over": 5,
    "return": 8,
    "exchange": 3,
    "offline": 4,
    "begin": 4,
}
DIRECT = {"issue": 30, "adjust": 20, "spend": 20, "hold": 10, "spend_held": 8, "split": 6, "give": 6}
#: Of a hundred calls of tills so many are sent without waiting for the answer.
LEAVES = 2
_KEPT = 40


class Stream:
    """The operations of one client, in their order; the same journal and seed give the same next one."""

    def __init__(self, world: World, *, seed: str, client: int, share: int, kinds: Sequence[str] = ()) -> None:
        """Begin; of a hundred operations `share` go through tills. Only those of some kinds, where these are named."""
        self.tables = [{kind: table[kind] for kind in kinds or table if kind in table} for table in (OVER_HTTP, DIRECT)]
        self.world, self.seed, self.client, self.share = world, f"{seed}:{client}", client, share
        self.till = client % len(world.tills)
        self.cash: dict[str, int] = {}
        self.gifts: dict[str, int] = {}
        self.locked: dict[str, str] = {}  # the sale each is held for
        self.holders: dict[str, int] = {}
        self.receipts: list[tuple[str, str]] = []
        self.holds: dict[int, int] = {}

    def draw(self, number: int) -> Asked:
        """Return the operation of a number."""
        chance = Random(f"{self.seed}:{number}")
        over_http, direct = self.tables
        kinds = over_http if chance.randrange(100) < self.share else direct
        [kind] = chance.choices(list(kinds), list(kinds.values()))
        key = f"c{self.client}-{number}"
        path, body = _DRAWS[kind](self, chance, key) or _visit(self, chance, key)
        if body.get("kind"):
            kind = body.pop("kind")
        left = bool(path) and chance.randrange(100) < LEAVES
        return Asked(key, kind, self.till, path, body, left)

    def fold(self, asked: Asked, told: Told | None) -> None:
        """Learn what came of an operation; what nobody knows is not touched again."""
        self._spent(asked.body)
        if told is not None and told.done and asked.kind in _FOLDS:
            _FOLDS[asked.kind](self, asked, told)

    def _spent(self, body: Plain) -> None:
        for code in [*body.get("vouchers", ()), *body.get("codes", ()), body.get("code", "")]:
            for held in (self.cash, self.gifts, self.locked):
                held.pop(code, None)
        self.holds.pop(body.get("hold_id", 0), None)
        number = body.get("receipt") or body.get("back", {}).get("receipt")
        self.receipts = [receipt for receipt in self.receipts if receipt[0] != number]

    # -- parts ------------------------------------------------------------------------------------------------------

    def member(self, chance: Random) -> int:
        """Return somebody of the shop; all clients serve the same members."""
        return chance.choice(self.world.members)

    def reference(self, member: int) -> str:
        """Return how the till names a member."""
        return self.world.tills[self.till].members[member]

    def lines(self, chance: Random, most: int = 3) -> list[Plain]:
        """Return a basket."""
        codes = chance.sample(list(self.world.products), chance.randint(1, most))
        return [{"product": code, "quantity": chance.randint(1, 2)} for code in codes]


Drawn = tuple[str, Plain] | None


# -- through a till ---------------------------------------------------------------------------------------------------


def _visit(stream: Stream, chance: Random, key: str) -> tuple[str, Plain]:
    body = {"member": stream.reference(stream.member(chance)), "confirmed_by": key}
    return "/visits", {**body, "invited": chance.random() < 0.2, "kind": "visit"}


def _checkout(stream: Stream, chance: Random, key: str) -> Drawn:
    body: Plain = {"lines": stream.lines(chance), "cashier": key}
    if stream.cash and chance.random() < 0.3:
        code, member = chance.choice(list(stream.cash.items()))
        return "/checkout", {**body, "member": stream.reference(member), "vouchers": [code]}
    if chance.random() < 0.8:
        body["member"] = stream.reference(stream.member(chance))
    if stream.world.shared and chance.random() < 0.15:
        body["vouchers"] = [chance.choice(stream.world.shared)]
    return "/checkout", body


def _lock(stream: Stream, chance: Random, key: str) -> Drawn:
    if not stream.cash:
        return None
    code, member = chance.choice(list(stream.cash.items()))
    return "/vouchers/lock", {"codes": [code], "sale": key, "member": stream.reference(member)}


def _release(stream: Stream, chance: Random, _key: str) -> Drawn:
    if not stream.locked:
        return None
    code, sale = chance.choice(list(stream.locked.items()))
    return "/vouchers/release", {"codes": [code], "sale": sale}


def _redeem(stream: Stream, chance: Random, key: str) -> Drawn:
    """Sell with a voucher that is held for the sale."""
    if not stream.locked:
        return None
    code, sale = chance.choice(list(stream.locked.items()))
    body = {"lines": stream.lines(chance), "cashier": key, "vouchers": [code], "hold": sale, "kind": "checkout"}
    return "/checkout", {**body, "member": stream.reference(stream.holders[code])}


def _hand_over(stream: Stream, chance: Random, key: str) -> Drawn:
    if not stream.gifts:
        return None
    code, member = chance.choice(list(stream.gifts.items()))
    return "/vouchers/hand-over", {"code": code, "ref": key, "member": stream.reference(member)}


def _return(stream: Stream, chance: Random, key: str) -> Drawn:
    if not stream.receipts:
        return None
    return "/returns", _back(stream, chance, key)


def _back(stream: Stream, chance: Random, key: str) -> Plain:
    number, day = chance.choice(stream.receipts)
    lines = [{"line": 1, "quantity": 1}]
    return {"receipt": number, "sold_on": day, "lines": lines, "reason": "size", "cashier": key}


def _exchange(stream: Stream, chance: Random, key: str) -> Drawn:
    if not stream.receipts:
        return None
    return "/returns/exchange", {
        "back": _back(stream, chance, key),
        "sale": {"lines": stream.lines(chance, 1), "cashier": key},
    }


def _offline(stream: Stream, chance: Random, key: str) -> Drawn:
    """Bring two sales that were made without a connection."""
    sales = []
    for part in range(2):
        code = chance.choice(list(stream.world.products))
        paid = [{"kind": "cash", "amount": stream.world.products[code]}]
        sale = {"key": f"{key}.{part}", "lines": [{"product": code, "quantity": 1}], "payments": paid, "cashier": key}
        sale["pack"], sale["sold_at"] = stream.world.tills[stream.till].pack, _now().isoformat()
        sales.append(sale)
    return "/offline/sales", {"sales": sales}


def _now() -> datetime:
    return clock.now().astimezone(UTC).replace(microsecond=0)


def _begin(stream: Stream, _chance: Random, key: str) -> Drawn:
    number = int(key.partition("-")[2])
    return "/members", {"phone": f"139{stream.client:02d}{number:06d}", "name": key}


# -- straight to the services -----------------------------------------------------------------------------------------


def _issue(stream: Stream, chance: Random, _key: str) -> Drawn:
    kind = "gift" if chance.random() < 0.25 else "cash"
    return "", {"member_id": stream.member(chance), "kind_of": kind, "count": chance.randint(1, 3)}


def _adjust(stream: Stream, chance: Random, _key: str) -> Drawn:
    return "", {"member_id": stream.member(chance), "points": chance.randint(1, 500)}


def _spend(stream: Stream, chance: Random, _key: str) -> Drawn:
    return "", {"member_id": stream.member(chance), "points": chance.randint(1, 300)}


def _spend_held(stream: Stream, chance: Random, _key: str) -> Drawn:
    if not stream.holds:
        return "", {"member_id": stream.member(chance), "points": chance.randint(1, 50), "kind": "hold"}
    hold_id, points = chance.choice(list(stream.holds.items()))
    return "", {"hold_id": hold_id, "points": chance.randint(1, points)}


def _split(stream: Stream, chance: Random, key: str) -> Drawn:
    if not stream.cash:
        return "", {**_issue(stream, chance, key)[1], "kind": "issue"}  # type: ignore[index]
    return "", {"code": chance.choice(list(stream.cash)), "part": chance.randint(1, VOUCHER // 8)}


def _give(stream: Stream, chance: Random, key: str) -> Drawn:
    if not stream.cash:
        return "", {**_issue(stream, chance, key)[1], "kind": "issue"}  # type: ignore[index]
    code, holder = chance.choice(list(stream.cash.items()))
    to = chance.choice([member for member in stream.world.members if member != holder])
    return "", {"code": code, "member_id": to}


_DRAWS: dict[str, Callable[[Stream, Random, str], Drawn]] = {
    "visit": _visit,
    "checkout": _checkout,
    "lock": _lock,
    "release": _release,
    "redeem": _redeem,
    "hand_over": _hand_over,
    "return": _return,
    "exchange": _exchange,
    "offline": _offline,
    "begin": _begin,
    "issue": _issue,
    "adjust": _adjust,
    "spend": _spend,
    "hold": _spend,
    "spend_held": _spend_held,
    "split": _split,
    "give": _give,
}


# -- what a client remembers ------------------------------------------------------------------------------------------


def _sold(stream: Stream, _asked: Asked, told: Told) -> None:
    stream.receipts = [*stream.receipts[-_KEPT:], (told.answer["number"], told.day)]


def _issued(stream: Stream, asked: Asked, told: Told) -> None:
    held = dict.fromkeys(told.answer["codes"], told.answer["member_id"])
    stream.holders |= held
    if asked.body.get("kind_of") == "gift":
        stream.gifts |= held
    else:
        stream.cash |= held


def _held(stream: Stream, asked: Asked, told: Told) -> None:
    stream.holds[told.answer["hold_id"]] = asked.body["points"]


def _locked(stream: Stream, asked: Asked, told: Told) -> None:
    stream.locked |= {voucher["code"]: asked.key for voucher in told.answer["vouchers"]}


def _released(stream: Stream, _asked: Asked, told: Told) -> None:
    stream.cash |= {code: stream.holders[code] for code in told.answer["codes"]}


_FOLDS: dict[str, Callable[[Stream, Asked, Told], None]] = {
    "checkout": _sold,
    "issue": _issued,
    "split": _issued,
    "give": _issued,
    "hold": _held,
    "lock": _locked,
    "release": _released,
}
