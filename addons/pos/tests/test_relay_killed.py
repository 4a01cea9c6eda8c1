"""The relay is killed in the middle of its work, again and again: nothing is lost, what comes twice has its old id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, func, select

from addons.pos import services
from addons.pos.models import Delivery
from addons.pos.tests.receiver import Received, Receiver, listening
from addons.sales.tests.shop import NOON, Shop
from core.db.models import Outbox
from core.db.posting import Operation, Plain, post, send_later
from core.db.session import reading, work
from core.settings import change

ROOT = Path(__file__).parents[3]
SECRET = "k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2PaXy"
MESSAGES = 60
#: Where it is killed, by the number of the request: before the receiver answers, or right after.
BEFORE, AFTER = (1, 30, 55), (15, 45)

pytestmark = pytest.mark.usefixtures("system")


@contextmanager
def running(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A relay in a process of its own."""
    environment = os.environ | {"GUIBIN_DATABASE": url, "GUIBIN_SECRET_KEY": SECRET, "PYTHONPATH": str(ROOT)}
    command = [str(Path(sys.executable).with_name("guibin")), "pos", "relay", "--every", "1"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def visits(shop: Shop, member: int) -> None:
    """Write what happened: one message a posting, as a visit does."""
    told = {"store_id": shop.store, "member_id": member, "invited": False}

    def command(number: int) -> Plain:
        def run(session: object) -> Plain:
            send_later(session, "pos.visit_recorded", told | {"points": number})  # type: ignore[arg-type]
            return {}

        return post(Operation("test", f"v{number}", {}), run).answer

    for number in range(MESSAGES):
        command(number)


class Killer:
    """Answers, and kills the relay at the requests that were named."""

    def __init__(self) -> None:
        self.count = 0
        self.kills = 0
        self.progress = Event()
        self.process: subprocess.Popen[bytes] | None = None

    def __call__(self, _request: Received) -> int | None:
        self.count += 1
        self.progress.set()
        if self.count in BEFORE:
            self._kill()
            return None
        if self.count in AFTER:
            self._kill()
        return 204

    def _kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1


def left() -> int:
    with reading() as session:
        waiting = select(func.count()).select_from(Delivery).where(Delivery.state != "sent")
        unsent = select(func.count()).select_from(Outbox).where(Outbox.sent_at.is_(None))
        return (session.scalar(waiting) or 0) + (session.scalar(unsent) or 0)


def test_nothing_is_lost_and_nothing_counts_twice(every_database: Engine) -> None:
    shop = Shop.opened()
    with work() as session:
        for name, to in (("anywhere", True), ("seconds", 1)):
            change(session, name=f"pos.webhook_{name}", to=to, by="hq", reason="test", now=NOON)
    killer = Killer()
    with listening(killer) as receiver:
        with work() as session:
            asked = {"covers": "store", "name": "ERP", "url": receiver.url, "events": ["visit.recorded"]}
            made = services.add_subscription(
                session, store_id=shop.store, asked=asked, by="hq", now=NOON, secret=SECRET
            )
        visits(shop, shop.member())
        url = every_database.url.render_as_string(hide_password=False)
        while left():
            with running(url) as process:
                killer.process = process
                while process.poll() is None and left():
                    killer.progress.wait(1)
                    killer.progress.clear()
    assert killer.kills == len(BEFORE) + len(AFTER)
    _check(receiver, made.secret)


def _check(receiver: Receiver, secret: str) -> None:
    """Each message arrived; those that came again have the id, and the text, they had before."""
    by_id: dict[str, set[str]] = {}
    for request in receiver.requests:
        assert request.is_signed_by(secret)
        by_id.setdefault(request.id, set()).add(request.body)
    assert all(len(bodies) == 1 for bodies in by_id.values())
    told = sorted(request.told["data"]["points"] for request in receiver.requests)
    once = sorted({request.id: request.told["data"]["points"] for request in receiver.requests}.values())
    assert once == list(range(MESSAGES))  # 0 lost, 0 twice once the receiver looked at the ids
    assert len(told) > MESSAGES  # and some did come twice
