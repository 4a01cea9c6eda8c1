"""A scene: a state in which an operation that moves value is asked for, and how it is asked for, again and again.

What is asked for holds nothing but plain values, so that it can be asked for over any copy of the state. Whatever is
drawn by chance falls the same way each time: then ends are compared byte for byte.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from addons.sales.tests.shop import NOON, Shop
from addons.settlement.tests.conftest import two_franchisees
from addons.stores.queries import forget_places
from addons.vouchers import services as vouchers
from addons.vouchers.tests.shop import Shop as Ledgers
from core import clock, settings
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import work

#: Asks for the operation once and returns what it was told.
Act = Callable[[], Any]
TODAY = NOON.date()
SECRET = "a secret of the installation, for these tests"


@dataclass(frozen=True)
class World:
    """Where scenes are set: a shop of two franchisees, and a folder for files."""

    shop: Shop
    folder: Path

    @contextmanager
    def ledgers(self) -> Iterator[Ledgers]:
        """Work with the shop in a session, as the tests of points and tiers do, and commit."""
        shop = self.shop
        with work() as session:
            yield Ledgers(session, shop.brand, shop.market, (shop.store, shop.other_store))

    def voucher(self, member: int | None, value: int = 30_000, **more: Any) -> str:
        """Issue a voucher and return its code."""
        shop = self.shop
        with work() as session:
            issue = vouchers.Issue(member, shop.brand, shop.store, "cash", value, TODAY, NOON, "test", **more)
            return vouchers.issue_many(session, [issue])[0]

    def decide(self, name: str, value: Any) -> None:
        """Decide a setting."""
        with work() as session:
            settings.change(session, name=name, to=value, by="hq", reason="the scene", now=NOON)


@dataclass(frozen=True)
class Scene:
    """One operation, or a run of several, and the kinds of posting it is made of."""

    name: str
    kinds: tuple[str, ...]
    prepare: Callable[[World], Act]
    in_parts: bool  # several transactions, each whole; done again, it goes on where it was
    on_both: bool


SCENES: dict[str, Scene] = {}


def scene(*kinds: str, in_parts: bool = False, on_both: bool = False) -> Callable[[Callable[[World], Act]], Scene]:
    """Put a scene into the catalogue under the name of its function."""

    def put(prepare: Callable[[World], Act]) -> Scene:
        name = prepare.__name__
        assert name not in SCENES, name
        made = SCENES[name] = Scene(name, kinds, prepare, in_parts, on_both)
        return made

    return put


def posted(kind: str, command: Callable[[Session], Any], **request: Any) -> Act:
    """Post a command under a key of its kind; what it returns that is no plain data is left out of the answer."""

    def plain(session: Session) -> dict[str, Any]:
        told = command(session)
        return {"told": told if isinstance(told, int | str | list | dict | None) else type(told).__name__}

    return lambda: post(Operation(kind, f"{kind}:asked", request), plain).answer


@contextmanager
def dice(seed: int) -> Iterator[None]:
    """Draw codes and secrets by a seed, and forget what this process read before, as one that starts does."""
    with pytest.MonkeyPatch.context() as patch, clock.fixed(NOON), system_scope("test"):
        patch.setattr(random, "_urandom", random.Random(seed).randbytes)
        settings.forget_values()
        forget_places()
        yield


def opened_world(folder: Path) -> World:
    """Open the shop in the database of this process."""
    with dice(0):
        return World(two_franchisees(), folder)
