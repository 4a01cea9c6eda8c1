"""A shop with two stores, and a till in each that calls the API of the whole product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from addons.pos import services
from addons.pos.api.rates import here
from addons.sales.tests.shop import NOON, Shop
from core import clock
from core.db.scope import system_scope
from core.db.session import work

BASE = "/api/v1/pos"
_keys = count(1)


@dataclass
class Caller:
    """A till that calls."""

    client: FlaskClient
    credential: str
    till_id: int
    language: str = "en"

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"{BASE}{path}", headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> TestResponse:
        given = self._headers() | ({} if key is None else {"Idempotency-Key": key}) | headers
        return self.client.post(f"{BASE}{path}", json=body, headers=given)

    def sell(self, *products: str, key: str | None = None, **more: Any) -> TestResponse:
        body = {"lines": [{"product": code} for code in products]} | more
        return self.post("/checkout", body, key=key or f"sale-{next(_keys)}")

    def quote(self, *products: str, **more: Any) -> TestResponse:
        return self.post("/quote", {"lines": [{"product": code} for code in products]} | more)

    def member(self, card: str) -> str:
        answer = self.post("/members/find", {"card": card})
        assert answer.status_code == 200, answer.text
        return str(answer.json["member"])  # type: ignore[index]

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credential}", "Accept-Language": self.language}


class Acted:
    """The shop, acted on for the whole programme one call at a time: the screens keep the scope of their person."""

    def __init__(self, shop: Shop) -> None:
        self.inner = shop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def acted(*args: Any, **named: Any) -> Any:
            with system_scope("test"):
                return found(*args, **named)

        return acted


def card_of(shop: Any, member_id: int) -> str:
    """The number of a member's card."""
    from addons.membership.models import Card

    return str(shop.rows(Card, member_id=member_id)[0].number)


def connect_till(app: Flask, store_id: int, name: str = "till") -> Caller:
    """A till of a store with its credential."""
    with system_scope("test"), work() as session:
        made = services.add_till(session, store_id=store_id, name=name, by="test", now=clock.now())
    return Caller(app.test_client(), made.credential, made.till.id)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """It is noon, and no till has called within the minute."""
    here.forget()
    with clock.fixed(NOON):
        yield


@pytest.fixture
def shop(product: Flask) -> Any:
    """The shop, within the whole product."""
    with system_scope("test"):
        return Acted(Shop.opened())


@pytest.fixture
def till(product: Flask, shop: Any) -> Caller:
    """A till of the first store."""
    return connect_till(product, shop.store)


@pytest.fixture
def other_till(product: Flask, shop: Any) -> Caller:
    """A till of the other store."""
    return connect_till(product, shop.other_store)
