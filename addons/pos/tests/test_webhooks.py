"""Webhooks: who is told what, signed how, tried again when, and given up when."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from addons.pos import services
from addons.pos.domain import webhooks
from addons.pos.domain.addresses import PROBLEMS, NotAllowed, is_public, require_public, target_of
from addons.pos.models import Delivery, Subscription
from addons.pos.services.sending import send
from addons.pos.tests.receiver import Receiver, listening
from addons.sales.domain.returning import BackLine, ReturnRequest, Unreceipted
from addons.sales.services import take_back, take_back_unreceipted
from addons.sales.tests.shop import NOON, Shop
from addons.stores.models import Franchisee, Store
from addons.stores.queries import forget_places
from core import clock
from core.db.models import Outbox
from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import Invalid, NotFound, OutOfScope
from core.settings import change

SECRET = "a secret of the installation, for these tests"
ALL = {"covers": "store", "name": "ERP", "events": list(webhooks.EVENTS)}


@pytest.fixture
def shop(every_database: Engine) -> Iterator[Shop]:
    """The shop on both databases at noon; messages may go to this machine."""
    with system_scope("test"), clock.fixed(NOON):
        shop = Shop.opened()
        with work() as session:
            for name, to in (("anywhere", True), ("tries", 3), ("seconds", 5)):
                change(session, name=f"pos.webhook_{name}", to=to, by="hq", reason="test", now=NOON)
        yield shop


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that says thanks."""
    with listening() as found:
        yield found


def subscribe(shop: Shop, url: str, store: int = 0, **more: Any) -> services.NewSecret:
    asked = ALL | {"url": url} | more
    with work() as session:
        return services.add_subscription(
            session, store_id=store or shop.store, asked=asked, by="hq", now=NOON, secret=SECRET
        )


def relayed(at: datetime = NOON) -> services.Passed:
    with clock.fixed(at):
        return services.relay_once(SECRET)


def deliveries() -> list[Delivery]:
    with reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


# -- what is told -----------------------------------------------------------------------------------------------------


def test_a_receipt_is_told_once_and_signed(shop: Shop, receiver: Receiver) -> None:
    made = subscribe(shop, receiver.url)
    member, code = shop.member("gold"), shop.product(100_000)
    sold = shop.sell(code, member_id=member)
    assert relayed() == services.Passed(queued=1, sent=1, failed=0)
    assert relayed() == services.Passed()
    [request] = receiver.requests
    assert request.is_signed_by(made.secret)
    assert not request.is_signed_by(webhooks.secret_of(SECRET, made.subscription.key_id, 2))
    assert request.path == "/hook?from=guibin"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["host"].startswith("127.0.0.1:")
    assert int(request.headers["webhook-timestamp"]) == int(NOON.timestamp())
    told = request.told
    assert (told["id"], told["type"], told["store"]) == (request.id, "receipt.posted", "S1")
    assert datetime.fromisoformat(told["timestamp"]) == NOON
    assert {name: told["data"][name] for name in ("number", "cash", "points", "tier", "member", "currency")} == {
        "number": sold["number"],
        "cash": 90_000,
        "points": 900,
        "tier": "gold",
        "member": "M000001",
        "currency": "CNY",
    }
    assert not {"receipt_id", "member_id", "card", "phone", "name"} & set(told["data"])
    [row] = deliveries()
    assert (row.state, row.attempts, row.status, row.ended_at) == ("sent", 1, 204, NOON)


def test_goods_that_came_back_are_told_with_their_receipt(shop: Shop, receiver: Receiver) -> None:
    sold = shop.sell(shop.product(100_000), member_id=shop.member("gold"))
    subscribe(shop, receiver.url, events=["return.posted"])
    request = ReturnRequest(shop.store, sold["receipt_id"], [BackLine(1, 1)], "size")
    take_back(request, key="r", now=NOON)
    assert relayed().sent == 1
    told = receiver.requests[0].told
    assert (told["type"], told["store"]) == ("return.posted", "S1")
    names = ("number", "receipt", "kind", "cash", "points", "member")
    assert {name: told["data"][name] for name in names} == {
        "number": f"{sold['number']}-R1",
        "receipt": sold["number"],
        "kind": "return",
        "cash": 90_000,
        "points": 900,
        "member": "M000002",
    }


def test_goods_that_came_back_without_a_receipt_are_told_too(shop: Shop, receiver: Receiver) -> None:
    with work() as session:
        change(session, name="sales.without_receipt", to="voucher", by="hq", reason="policy", now=NOON)
    product = shop.product(100_000)
    sold = shop.sell(product, member_id=shop.member("gold"))
    subscribe(shop, receiver.url, events=["return.posted"])
    asked = Unreceipted(shop.store, product, 1, sold["member_id"], "size", cashier="amy", approved_by="boss")
    number = take_back_unreceipted(asked, key="u", now=NOON).answer["number"]
    assert relayed().sent == 1
    told = receiver.requests[0].told
    assert (told["type"], told["store"]) == ("return.posted", "S1")
    names = ("number", "receipt", "kind", "paid_back", "to_vouchers", "cash", "points")
    assert [told["data"][name] for name in names] == [number, None, "unreceipted", 90_000, 90_000, 0, 0]
    assert told["data"]["member"] == "M000002"


def test_the_secret_is_kept_nowhere(shop: Shop, receiver: Receiver) -> None:
    made = subscribe(shop, receiver.url)
    with reading() as session:
        [row] = session.scalars(select(Subscription))
    assert made.secret.startswith("whsec_")
    assert made.secret not in {str(value) for value in vars(row).values()}


def test_each_is_told_of_its_own_stores_and_events(shop: Shop, receiver: Receiver) -> None:
    with work() as session:
        other = Franchisee(code="F2", name="Other")
        session.add(other)
        session.flush()
        store = Store(code="S3", name="S3", brand_id=shop.brand, region_id=1, franchisee_id=other.id, format="boutique")
        store.opened_on = NOON.date()
        session.add(store)
        session.flush()
        third = store.id
    forget_places()
    names = {
        subscribe(shop, receiver.url + "&of=S1", name="one").subscription.id: "S1",
        subscribe(shop, receiver.url + "&of=F1", name="all", covers="franchisee").subscription.id: "F1",
        subscribe(shop, receiver.url + "&of=visits", name="v", events=["visit.recorded"]).subscription.id: "visits",
        subscribe(shop, receiver.url + "&of=S3", store=third).subscription.id: "S3",
    }
    quiet = subscribe(shop, receiver.url + "&of=nobody", name="quiet").subscription
    asked = ALL | {"url": receiver.url, "name": "quiet", "active": False}
    with work() as session:
        services.change_subscription(session, subscription_id=quiet.id, asked=asked, by="hq", now=NOON)
    code = shop.product(10_000)
    for store_id in (shop.store, shop.other_store, third):
        shop.sell(code, store_id=store_id)
    relayed()
    told = sorted((request.path.rpartition("=")[2], request.told["store"]) for request in receiver.requests)
    assert told == [("F1", "S1"), ("F1", "S2"), ("S1", "S1"), ("S3", "S3")]
    assert {row.subscription_id for row in deliveries()} <= set(names)
    with reading() as session:
        assert session.scalars(select(Outbox).where(Outbox.sent_at.is_(None))).first() is None


def test_a_trial_arrives_and_says_who_sent_it(shop: Shop, receiver: Receiver) -> None:
    made = subscribe(shop, receiver.url, events=["visit.recorded"])
    with work() as session:
        services.send_trial(session, subscription_id=made.subscription.id, by="ann", now=NOON)
    assert relayed().sent == 1
    [request] = receiver.requests
    assert (request.told["type"], request.told["data"]) == ("trial", {"by": "ann"})
    assert request.is_signed_by(made.secret)


def test_while_a_secret_is_renewed_both_sign(shop: Shop, receiver: Receiver) -> None:
    made = subscribe(shop, receiver.url)
    with work() as session:
        renewed = services.renew_secret(session, subscription_id=made.subscription.id, by="hq", now=NOON, secret=SECRET)
    code = shop.product(10_000)
    for hours in (0, 23, 24):
        shop.sell(code)
        relayed(NOON + timedelta(hours=hours))
    assert [request.is_signed_by(renewed.secret) for request in receiver.requests] == [True, True, True]
    assert [request.is_signed_by(made.secret) for request in receiver.requests] == [True, True, False]


# -- what fails -------------------------------------------------------------------------------------------------------


def test_what_fails_comes_again_later_with_the_same_id_and_is_given_up_in_the_end(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 500
    subscribe(shop, receiver.url)
    shop.sell(shop.product(10_000))
    assert relayed() == services.Passed(queued=1, sent=0, failed=1)
    [row] = deliveries()
    assert (row.state, row.attempts, row.status, row.problem) == ("waiting", 1, 500, "answered 500")
    assert NOON < row.due_at <= NOON + timedelta(seconds=10)
    assert relayed() == services.Passed()  # not before its time
    assert relayed(row.due_at).failed == 1
    [row] = deliveries()
    assert (row.attempts, row.state) == (2, "waiting")
    assert relayed(row.due_at).failed == 1
    [row] = deliveries()
    assert (row.attempts, row.state) == (3, "dead")
    assert relayed(NOON + timedelta(days=30)) == services.Passed()
    assert len(set(receiver.ids())) == 1
    receiver.answer = lambda _: 200
    with work() as session:
        assert services.resend(session, delivery_ids=[row.id], now=NOON) == 1
    assert relayed().sent == 1
    [row] = deliveries()
    assert (row.state, row.attempts) == ("sent", 1)
    assert len(receiver.ids()) == 4


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 429, 503, None])
def test_only_a_success_is_one_and_no_redirect_is_followed(shop: Shop, receiver: Receiver, status: int | None) -> None:
    with listening() as elsewhere:
        receiver.headers["Location"] = elsewhere.url
        receiver.answer = lambda _: status
        subscribe(shop, receiver.url)
        shop.sell(shop.product(10_000))
        assert relayed().failed == 1
        assert not elsewhere.requests
    assert (deliveries()[0].status, deliveries()[0].state) == (status, "waiting")


def test_one_dead_server_does_not_hold_up_the_others(shop: Shop, receiver: Receiver) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    subscribe(shop, dead, name="dead")
    subscribe(shop, receiver.url)
    code = shop.product(10_000)
    for _ in range(3):
        shop.sell(code)
    assert relayed() == services.Passed(queued=3, sent=3, failed=1)
    assert sorted(row.attempts for row in deliveries()) == [0, 0, 1, 1, 1, 1]
    assert "ConnectionRefusedError" in next(row.problem for row in deliveries() if row.problem)


def test_a_server_that_never_answers_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = send(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, "{}", seconds=1, anywhere=True)
    assert outcome == (None, "no answer within 1 seconds")


def test_what_waits_for_a_subscription_that_is_off_waits(shop: Shop, receiver: Receiver) -> None:
    receiver.answer = lambda _: 500
    made = subscribe(shop, receiver.url).subscription
    shop.sell(shop.product(10_000))
    relayed()
    asked = ALL | {"url": receiver.url}
    for active, failed in ((False, 0), (True, 1)):
        with work() as session:
            services.change_subscription(
                session, subscription_id=made.id, asked=asked | {"active": active}, by="hq", now=NOON
            )
        assert relayed(NOON + timedelta(hours=1)).failed == failed


def test_messages_are_forgotten_long_after_they_arrived(shop: Shop, receiver: Receiver) -> None:
    subscribe(shop, receiver.url)
    code = shop.product(10_000)
    shop.sell(code)
    relayed()
    receiver.answer = lambda _: 500
    shop.sell(code)
    relayed(NOON + timedelta(days=1))
    assert services.forget_messages(NOON + timedelta(days=90)) == 0
    assert services.forget_messages(NOON + timedelta(days=200)) == 2  # the delivery, and the outbox's but the newest
    assert [row.state for row in deliveries()] == ["waiting"]


# -- who may --------------------------------------------------------------------------------------------------------


def test_a_subscription_is_made_within_ones_stores(shop: Shop, receiver: Receiver) -> None:
    made = subscribe(shop, receiver.url).subscription
    one = Scope(reads=frozenset({shop.store}), writes=frozenset({shop.store}))
    with acting(one):
        with pytest.raises(OutOfScope):
            subscribe(shop, receiver.url, store=shop.other_store)
        with pytest.raises(OutOfScope):
            subscribe(shop, receiver.url, name="all", covers="franchisee")  # the franchisee has another store
        assert subscribe(shop, receiver.url, name="own").secret
    other = Scope(reads=frozenset({shop.other_store}), writes=frozenset({shop.other_store}))
    with acting(other), work() as session:
        for call in (
            lambda: services.renew_secret(session, subscription_id=made.id, by="x", now=NOON, secret=SECRET),
            lambda: services.send_trial(session, subscription_id=made.id, by="x", now=NOON),
            lambda: services.resend(session, delivery_ids=[1], now=NOON),
        ):
            with pytest.raises(NotFound):
                call()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"covers": "world"}, "covers"),
        ({"url": "https://example.com/" + "x" * 400}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": ""}, "url"),
    ],
)
def test_what_cannot_be_a_subscription_is_refused(
    shop: Shop, receiver: Receiver, asked: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        subscribe(shop, receiver.url, **{name: value for name, value in asked.items() if name != "url"}) if (
            "url" not in asked
        ) else subscribe(shop, asked["url"])
    assert refused.value.facts["field"] == field
    for events in ([], ["everything"]):
        with pytest.raises(services.NoEvents):
            subscribe(shop, receiver.url, events=events)
    subscribe(shop, receiver.url)
    with pytest.raises(services.SubscriptionNameTaken):
        subscribe(shop, receiver.url)


# -- where to ---------------------------------------------------------------------------------------------------------

INNER = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0/", "http://[::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[ff02::1]/", "http://10.0.0.1/",
    "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
    "http://224.0.0.1/", "http://255.255.255.255/", "http://0.0.0.0:8000/", "http://localhost/", "http://LOCALHOST/",
    "http://x.localhost/", "http://printer.local/", "http://db.internal/",
]  # fmt: skip
ODD = [
    "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "example.com", "http://",
    "http:///x", "http://user@example.com/", "http://user:pass@example.com/", "https://example.com/#part",
    "http://example.com:0x50/", "http://example.com:99999/", "http://exa mple.com/", "http://example.com/\r\nHost: x",
    "http://ex\u00e4mple.com/", "http://[::1", "http://example.com\\@127.0.0.1/", "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("url", INNER)
def test_nothing_is_sent_into_the_own_network(url: str) -> None:
    outcome = send(url, {}, "{}", seconds=5)
    assert outcome.status is None
    assert outcome.problem


def test_nothing_reaches_a_server_of_this_machine_under_any_of_its_names(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    for host in ("127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]", "0x7f000001", "017700000001"):
        assert send(f"http://{host}:{port}/", {}, "{}", seconds=5).status is None
    # A public name whose address is not, and one that has both kinds.
    for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port))) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, found=found, **_more: found)
        assert "public network" in send(f"http://partner.example:{port}/", {}, "{}", seconds=5).problem
    assert not receiver.requests


@pytest.mark.parametrize("url", ODD)
def test_an_odd_address_is_refused_with_its_reason(url: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        target_of(url)
    assert str(refused.value) in PROBLEMS
    assert send(url, {}, "{}", seconds=5, anywhere=True).status is None


def test_an_address_that_says_itself_that_it_is_not_public_is_refused_when_it_is_typed(shop: Shop) -> None:
    with work() as session:
        change(session, name="pos.webhook_anywhere", to=False, by="hq", reason="test", now=NOON)
    for url in ("http://127.0.0.1/", "http://[::1]:8000/", "https://localhost/", "http://192.168.0.9/hook"):
        with pytest.raises(Invalid):
            subscribe(shop, url)
    assert subscribe(shop, "https://hooks.example.com:8443/guibin?x=1").subscription.url.startswith("https://hooks")


def test_public_addresses_are_public() -> None:
    from ipaddress import ip_address

    assert all(is_public(ip_address(text)) for text in ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "1.1.1.1"))
    require_public("partner.example.com")
    require_public("8.8.8.8")
    target = target_of("https://example.com/a/b?c=d")
    assert (target.host, target.port, target.path, target.authority) == ("example.com", 443, "/a/b?c=d", "example.com")
    assert target_of("http://[2606:4700::1111]:81").authority == "[2606:4700::1111]:81"


# -- waiting times ----------------------------------------------------------------------------------------------------


def test_the_wait_doubles_up_to_a_bound_and_is_left_to_chance() -> None:
    longest = [webhooks.wait(attempts, lambda bound: bound - 1) for attempts in range(1, 17)]
    assert longest[:4] == [10, 20, 40, 80]
    assert longest[-1] == 6 * 60 * 60
    assert sorted(longest) == longest
    assert {webhooks.wait(attempts, lambda _: 0) for attempts in range(1, 40)} == {1}
    assert len({webhooks.wait(12) for _ in range(50)}) > 25


def test_a_signature_is_that_of_the_published_example() -> None:
    """The example of the Standard Webhooks' own documentation."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhooks.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == expected
