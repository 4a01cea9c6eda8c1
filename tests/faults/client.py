"""One client: notes what it means to do, does it, notes the answer; after any failure it sends the same key again."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from core import clock
from core.db import session
from core.periods import local_day
from tests.faults import calling, direct
from tests.faults.altering import altered
from tests.faults.calling import Answer
from tests.faults.journal import Asked, Journal, Noted, Plain, Told, read
from tests.faults.operations import Stream
from tests.faults.shop import World

#: Seconds after which a client that gets no answer gives up, and the run fails.
LAST = 120
#: How a client begins to complain of an answer it should not have had.
ODD = "ODD"


@dataclass(frozen=True, slots=True)
class Post:
    """How clients work: where the files are, how many there are and what each has to do."""

    folder: str
    url: str
    seed: str
    clients: int
    quota: int
    share: int
    kinds: list[str]
    #: Where calls go: through the proxy that spoils them; the server itself.
    port: int
    straight: int
    #: Every so many-th operation is sent again in the end.
    repeats: int

    def save(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Post:
        """Read it again."""
        return cls(**json.loads(path.read_text("utf-8")))

    def journal(self, client: int) -> Path:
        """Return the journal of a client."""
        return Path(self.folder, f"client-{client:02d}.jsonl")

    def again(self, client: int) -> Path:
        """Return what came of sending everything again."""
        return Path(self.folder, f"again-{client:02d}.jsonl")


class NoAnswer(RuntimeError):
    """Nothing answered an operation for so long that somebody would have to look."""


def work(post: Post, client: int) -> None:
    """Go on where the journal ends, until all operations are answered."""
    world = World.load(Path(post.folder, "world.json"))
    stream = Stream(world, seed=post.seed, client=client, share=post.share, kinds=post.kinds)
    session.connect(post.url)
    journal = Journal(post.journal(client))
    noted = [one for one in journal.noted if one.told is not None or one.asked.left]
    for one in noted:
        stream.fold(*one)
    open_one = next((one.asked for one in journal.noted[len(noted) :]), None)
    for number in range(len(noted), post.quota):
        asked = open_one or stream.draw(number)
        if open_one is None:
            journal.intend(asked)
        open_one = None
        if asked.left:
            calling.send_and_leave(post.port, world.tills[asked.till], asked)
            stream.fold(asked, None)
            continue
        told, tries = persist(world, asked, post.port)
        journal.acknowledge(asked, told, tries)
        stream.fold(asked, told)
    session.disconnect()


def persist(world: World, asked: Asked, port: int) -> tuple[Told, int]:
    """Send an operation until it is answered; return the answer and how often it was sent."""
    chance, begun, tries = Random(asked.key), clock.elapsed_seconds(), 0
    while True:
        tries += 1
        answer = send(world, asked, port)
        if answer is not None and answer.answers:
            return answer.told, tries
        if answer is not None and answer.told.status in {409, 500}:
            _note_odd(asked, answer)
        if clock.elapsed_seconds() - begun > LAST:
            message = f"{asked.key} was sent {tries} times: {answer}"
            raise NoAnswer(message)
        time.sleep(chance.uniform(0.02, min(0.05 * 2**tries, 1)))


def send(world: World, asked: Asked, port: int) -> Answer | None:
    """Send an operation once, by the door it goes through."""
    if asked.path:
        answer = calling.send(port, world.tills[asked.till], asked)
    else:
        told = direct.ask(world, asked)
        answer = None if told is None else Answer(told, repeated=False, answers=True)
    if answer is None:
        return None
    today = local_day(clock.now()).isoformat()
    return answer._replace(told=Told(answer.told.status, answer.told.answer, today))


def _note_odd(asked: Asked, answer: Answer) -> None:
    """Say on standard error what should not be answered: a failure, or a race that a client cannot explain."""
    if answer.told.answer.get("code") != "still_running":
        sys.stderr.write(f"{ODD} {asked.kind} {asked.key} {answer.told.status} {answer.told.answer}\n")
        sys.stderr.flush()


# -- everything again -------------------------------------------------------------------------------------------------


def again(post: Post, client: int) -> None:
    """Send operations of the journal once more, and once with another body under their keys; write what came."""
    world = World.load(Path(post.folder, "world.json"))
    session.connect(post.url)
    with post.again(client).open("w", encoding="utf-8") as out:
        for noted in filter(partial(is_sent_again, post), read(post.journal(client))):
            out.write(json.dumps(_once_more(world, noted, post.straight), ensure_ascii=False) + "\n")
    session.disconnect()


def is_sent_again(post: Post, noted: Noted) -> bool:
    """Tell whether an operation is sent again in the end: one that was not answered is."""
    return noted.told is None or crc32(noted.asked.key.encode()) % post.repeats == 0


def _once_more(world: World, noted: Noted, port: int) -> Plain:
    asked, told = noted
    second, _ = persist(world, asked, port)
    other, _ = persist(world, altered(asked), port)
    found: dict[str, Any] = {"key": asked.key, "told": asdict(second), "other": asdict(other)}
    found["same"] = told is None or _same(told, second)
    return found


def _same(told: Told, second: Told) -> bool:
    return (told.status, _bare(told.answer)) == (second.status, _bare(second.answer))


def _bare(answer: Plain) -> Plain:
    """Leave out whether a sale of an upload came before: that is not the sale."""
    if "sales" not in answer:
        return answer
    return {"sales": [{name: value for name, value in sale.items() if name != "repeated"} for sale in answer["sales"]]}
