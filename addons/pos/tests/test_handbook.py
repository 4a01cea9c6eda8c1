"""The examples of the handbook are true: each is sent, and answered as it says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from addons.membership.models import CardSegment
from addons.pos.tests.conftest import connect_till
from addons.sales.tests.shop import NOON
from addons.vouchers.services import Issue, issue_many
from core.db.scope import system_scope
from core.db.session import work

PAGE = Path(__file__).parents[3] / "docs" / "handbook" / "addons" / "pos.md"
_BLOCK = re.compile(r"^```http\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PLACE = re.compile(r"\{\{(\w+)\}\}")


@dataclass
class Example:
    """A request and what it is answered."""

    verb: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: Any


@dataclass
class Known:
    """What stands for `{{name}}`: learned where it is first met, the same from then on."""

    values: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        return _PLACE.sub(lambda found: self.values[found[1]], text)

    def holds(self, expected: Any, found: Any, where: str = "") -> None:
        """Compare what is named; what the example leaves out may be there."""
        if isinstance(expected, dict):
            for name, value in expected.items():
                assert name in found, f"{where}.{name}"
                self.holds(value, found[name], f"{where}.{name}")
        elif isinstance(expected, list):
            assert len(expected) == len(found), where
            for number, (one, other) in enumerate(zip(expected, found, strict=True)):
                self.holds(one, other, f"{where}[{number}]")
        elif isinstance(expected, str) and (place := _PLACE.fullmatch(expected)):
            assert self.values.setdefault(place[1], found) == found, where
        else:
            assert (expected, type(expected)) == (found, type(found)), where


def examples() -> list[Example]:
    """The pairs of request and answer, in their order."""
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [_example(asked, answered) for asked, answered in zip(blocks[::2], blocks[1::2], strict=True)]


def _example(asked: str, answered: str) -> Example:
    head, _, body = asked.partition("\n\n")
    first, *headers = head.strip().splitlines()
    verb, path = first.split()
    status, _, answer = answered.partition("\n")
    given = dict(line.split(": ", 1) for line in headers)
    return Example(verb, path, given, body, int(status), json.loads(answer))


def test_every_example_is_answered_as_the_page_says(product: Flask, shop: Any) -> None:
    member = shop.member("gold")
    assert [shop.product(39_900), shop.product(49_900)] == ["P2", "P3"]
    with system_scope("test"), work() as session:
        session.add(CardSegment(store_id=shop.store, tier="ordinary", first=1000, last=1999, next=1000))
        given = (("cash", 30_000), ("cash", 20_000), ("gift", 0))
        issue_many(
            session,
            [Issue(member, shop.brand, shop.store, kind, value, NOON.date(), NOON, "rule") for kind, value in given],
        )
    till = connect_till(product, shop.store, "till 2")
    known = Known({"card": "C000001"})
    told = examples()
    assert len(told) >= 9
    for example in told:
        answer = till.client.open(
            example.path,
            method=example.verb,
            data=known.filled(example.body) or None,
            content_type="application/json" if example.body else None,
            headers={"Authorization": f"Bearer {till.credential}"} | example.headers,
        )
        assert answer.status_code == example.status, (example.path, answer.text)
        known.holds(example.answer, answer.json, example.path)


def test_the_page_names_every_call() -> None:
    from addons.pos.api.endpoints import PosApi
    from addons.pos.api.openapi import BASE, endpoints

    shown = {(example.verb.lower(), example.path) for example in examples()}
    for one in endpoints(PosApi):
        pattern = re.escape(BASE + one.path).replace(r"\{number\}", ".+")
        assert any(verb == one.verb and re.fullmatch(pattern, path) for verb, path in shown), one.path
