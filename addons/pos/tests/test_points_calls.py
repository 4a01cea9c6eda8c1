"""Gifts for points through the API: held, let go, spent once, and never another till's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from addons.points.models import Account, Entry, Hold
from addons.points.tests.pooled import share
from addons.pos import schemas
from addons.pos.tests.conftest import Caller, card_of
from addons.pos.tests.test_calls import fits
from addons.sales.tests.shop import NOON
from core import clock
from core.db.scope import system_scope
from core.db.session import work


@pytest.fixture
def rich(shop: Any, till: Caller) -> tuple[int, str]:
    """A member with 900 points, and her reference."""
    member = shop.member("gold")
    shop.sell(shop.product(100_000), member_id=member)
    return member, till.member(card_of(shop, member))


def counts(shop: Any, member: int) -> tuple[int, int]:
    [account] = shop.rows(Account, member_id=member)
    return account.balance, account.reserved


def test_points_are_held_and_spent_on_a_gift_once(shop: Any, till: Caller, rich: tuple[int, str]) -> None:
    member, reference = rich
    body = {"member": reference, "points": 500, "sale": "gift 3"}
    first, again = (till.post("/points/hold", body, key="h") for _ in range(2))
    held = fits(schemas.PointsHoldAnswer, first)
    assert (held["points"], held["balance"], held["held_until"]) == (
        500,
        400,
        (NOON + timedelta(minutes=15)).isoformat(),
    )
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert counts(shop, member) == (400, 500)
    asked = {"hold": held["hold"], "points": 300, "gift": "雨傘", "cashier": "小李"}
    first, again = (till.post("/points/redeem", asked, key="r") for _ in range(2))
    assert fits(schemas.PointsRedeemAnswer, first) == {"points": 300, "released": 200, "balance": 600}
    assert again.json == first.json
    assert counts(shop, member) == (600, 0)
    [spent] = shop.rows(Entry, kind="spend")
    assert (spent.change, spent.reason, spent.ref) == (0, "雨傘", f"hold:{held['hold']}")
    late = till.post("/points/redeem", asked, key="again")
    assert (late.status_code, late.json["code"]) == (409, "hold_is_over")  # type: ignore[index]


def test_points_are_let_go_and_spent_without_a_hold(shop: Any, till: Caller, rich: tuple[int, str]) -> None:
    member, reference = rich
    held = till.post("/points/hold", {"member": reference, "points": 900}, key="h").json
    too_many = till.post("/points/redeem", {"member": reference, "points": 1, "gift": "pen"}, key="r")
    assert (too_many.status_code, too_many.json["code"]) == (409, "insufficient_points")  # type: ignore[index]
    freed = till.post("/points/release", {"hold": held["hold"]}, key="l")  # type: ignore[index]
    assert fits(schemas.PointsReleaseAnswer, freed) == {"balance": 900}
    spent = till.post("/points/redeem", {"member": reference, "points": 900, "gift": "pen"}, key="s")
    assert fits(schemas.PointsRedeemAnswer, spent) == {"points": 900, "released": 0, "balance": 0}
    assert counts(shop, member) == (0, 0)
    assert shop.rows(Entry, kind="spend")[0].reason == "pen"


def test_a_hold_ends_by_itself(till: Caller, rich: tuple[int, str]) -> None:
    held = till.post("/points/hold", {"member": rich[1], "points": 900}, key="h").json
    with clock.fixed(NOON + timedelta(minutes=16)):
        late = till.post("/points/redeem", {"hold": held["hold"], "gift": "pen"}, key="r")  # type: ignore[index]
    assert late.json["code"] == "hold_is_over"  # type: ignore[index]


def test_what_another_till_holds_is_not_found(
    shop: Any, till: Caller, other_till: Caller, rich: tuple[int, str]
) -> None:
    held = till.post("/points/hold", {"member": rich[1], "points": 900}, key="h").json
    for path, more in (("release", {}), ("redeem", {"gift": "pen"})):
        answer = other_till.post(f"/points/{path}", {"hold": held["hold"], **more}, key=path)  # type: ignore[index]
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]
    assert [row.state for row in shop.rows(Hold)] == ["held"]


@pytest.mark.parametrize(
    "body",
    [
        {"gift": "pen"},
        {"gift": "pen", "hold": 1, "member": "MEMBER", "points": 5},
        {"gift": "pen", "member": "MEMBER"},
        {"gift": "pen", "member": "MEMBER", "points": 0},
        {"gift": "", "member": "MEMBER", "points": 5},
        {"gift": "pen", "member": "MEMBER", "points": -5},
        {"gift": "pen", "member": "MEMBER", "points": 1.5},
    ],
)
def test_what_cannot_be_changes_nothing(shop: Any, till: Caller, rich: tuple[int, str], body: dict[str, Any]) -> None:
    member, reference = rich
    asked = {name: reference if value == "MEMBER" else value for name, value in body.items()}
    assert till.post("/points/redeem", asked, key="r").status_code == 422
    assert counts(shop, member) == (900, 0)


def test_a_family_that_spends_together_is_told_what_it_has(shop: Any, till: Caller, rich: tuple[int, str]) -> None:
    member, reference = rich
    other = shop.member("gold")
    shop.sell(shop.product(50_000), member_id=other)
    found = fits(schemas.MemberAnswer, till.post("/members/find", {"card": card_of(shop, member)}))
    assert (found["points"], found["family_points"]) == (900, None)
    with system_scope("test"), work() as session:
        share(session, shop.brand, shop.store, [member, other])
    found = fits(schemas.MemberAnswer, till.post("/members/find", {"card": card_of(shop, member)}))
    assert (found["points"], found["family_points"]) == (900, 1350)
    held = fits(schemas.PointsHoldAnswer, till.post("/points/hold", {"member": reference, "points": 1000}, key="h"))
    assert (held["points"], held["balance"], counts(shop, other)) == (1000, 0, (350, 0))
    spent = till.post("/points/redeem", {"hold": held["hold"], "points": 950, "gift": "coat"}, key="r")
    assert fits(schemas.PointsRedeemAnswer, spent) == {"points": 950, "released": 50, "balance": 0}
    assert (counts(shop, member), counts(shop, other)) == ((0, 0), (400, 0))
    too_many = till.post("/points/redeem", {"member": reference, "points": 401, "gift": "pen"}, key="s")
    assert (too_many.status_code, too_many.json["facts"]) == (409, {"wanted": 401, "balance": 400})  # type: ignore[index]
