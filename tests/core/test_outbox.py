"""Messages are handed over once, in the order they were written, with whatever is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.db.models import Outbox
from core.db.outbox import Message, forget_sent, hand_over
from core.db.posting import Operation, Plain, post, send_later
from core.db.session import reading, work

pytestmark = pytest.mark.usefixtures("system")


def write(count: int) -> None:
    """Write messages, one posting each."""
    for number in range(count):

        def command(session: Session, number: int = number) -> Plain:
            send_later(session, "test.happened", {"number": number})
            return {}

        post(Operation("test", f"k{number}", {}), command)


def left() -> int:
    """Count what was not handed over."""
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.sent_at.is_(None))) or 0


def test_messages_are_handed_over_once_and_in_order(every_database: Engine, now: datetime) -> None:
    write(7)
    seen: list[int] = []

    def receive(_session: Session, messages: Sequence[Message]) -> None:
        seen.extend(message.data["number"] for message in messages)
        assert {message.name for message in messages} == {"test.happened"}

    assert [hand_over([receive], now, most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert seen == list(range(7))
    assert left() == 0


def test_what_a_receiver_could_not_keep_is_handed_over_again(every_database: Engine, now: datetime) -> None:
    write(2)

    def fails(session: Session, _messages: Sequence[Message]) -> None:
        send_later(session, "test.kept", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        hand_over([fails], now)
    assert left() == 2
    assert hand_over([], now) == 2  # nobody wants them: they are done with


def test_two_relays_share_the_work(every_database: Engine, now: datetime) -> None:
    write(40)
    seen: list[int] = []

    def receive(_session: Session, messages: Sequence[Message]) -> None:
        seen.extend(message.id for message in messages)

    def relay(_: int) -> None:
        while hand_over([receive], now, most=5):
            pass

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(relay, range(4)))
    assert sorted(seen) == sorted(set(seen))
    assert (len(seen), left()) == (40, 0)


def test_messages_that_were_handed_over_long_ago_are_forgotten(every_database: Engine, now: datetime) -> None:
    write(3)
    hand_over([], now, most=2)
    with work() as session:
        assert forget_sent(session, now) == 0
        assert forget_sent(session, now + timedelta(seconds=1)) == 2
    assert left() == 1
    hand_over([], now)
    with work() as session:
        assert forget_sent(session, now + timedelta(days=1)) == 0  # the newest keeps its number from being given again
