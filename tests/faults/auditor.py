"""After a run: what clients were told against what is in the database, operation by operation, and all ledgers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, create_engine, text

from core.db.types import Json
from tests.faults import agreeing, altering
from tests.faults.client import ODD, is_sent_again
from tests.faults.effects import EFFECTS, Row, Rows, written
from tests.faults.journal import Asked, Noted, Plain, Told, read
from tests.faults.run import ROOT, Outcome
from tests.faults.shop import World

LOST, TWICE, OTHER = "lost", "twice", "other"
_PARTS = 2  # sales of an upload


class Finding(NamedTuple):
    """Something that is not as it must be."""

    what: str
    key: str
    detail: str


def noted(outcome: Outcome) -> list[Noted]:
    """Return all operations of a run with what their clients were told."""
    clients = range(outcome.plan.clients)
    return [one for client in clients for one in read(outcome.post.journal(client))]


def audit(outcome: Outcome, operations: list[Noted]) -> list[Finding]:
    """Compare the database with what clients were told; nothing where all of it agrees."""
    engine = create_engine(outcome.post.url)
    try:
        with engine.connect() as connection:
            return [
                *_effects(connection, operations),
                *_keys(connection, outcome, operations),
                *_holds(connection, operations),
                *(Finding("ledger", "", problem) for problem in agreeing.disagreements(connection)),
            ]
    finally:
        engine.dispose()


# -- effects ----------------------------------------------------------------------------------------------------------


def _effects(connection: Connection, operations: list[Noted]) -> Iterator[Finding]:
    """Yield operations whose rows are not those that were promised; rows of nobody's operation too."""
    found = written(connection)
    for asked, told in operations:
        for effect in EFFECTS.get(asked.kind, ()):
            rows = found.get((effect.sql, asked.key), Counter())
            if told is None:
                yield from _at_most_once(asked, effect.name, rows)
                continue
            promised = Counter(effect.promised(asked, told.answer) if told.done else [])
            if rows != promised:
                yield Finding(_compared(rows, promised), asked.key, f"{asked.kind}: {effect.name}: {rows} {promised}")


def _compared(rows: Rows, promised: Rows) -> str:
    if rows.total() > promised.total():
        return TWICE
    return LOST if rows.total() < promised.total() else OTHER


def _at_most_once(asked: Asked, name: str, rows: Rows) -> Iterator[Finding]:
    """Yield an operation nobody was answered about that has more than one effect."""
    most = {"issue": asked.body.get("count", 0), "split": 2, "offline": _PARTS}.get(asked.kind, 1)
    if rows.total() > most:
        yield Finding(TWICE, asked.key, f"{asked.kind}: {name}: {rows}")


def _holds(connection: Connection, operations: list[Noted]) -> Iterator[Finding]:
    """Yield vouchers that were held or let go more or less often than clients were told; each is one client's."""
    told: dict[str, Counter[str]] = {"lock": Counter(), "release": Counter()}
    open_: dict[str, Counter[str]] = {"lock": Counter(), "release": Counter()}
    for asked, answer in operations:
        if asked.kind in told and (answer is None or answer.done):
            codes = asked.body["codes"] if answer is None or asked.kind == "lock" else answer.answer["codes"]
            (open_ if answer is None else told)[asked.kind].update(codes)
    for code, *counts in connection.execute(text(agreeing.HOLDS)):
        for kind, count in zip(("lock", "release"), counts, strict=True):
            least, most = told[kind][code], told[kind][code] + open_[kind][code]
            if not least <= int(count) <= most:
                yield Finding(TWICE if count > most else LOST, code, f"{kind}: {count}, told {least} to {most}")


# -- keys -------------------------------------------------------------------------------------------------------------


def _keys(connection: Connection, outcome: Outcome, operations: list[Noted]) -> Iterator[Finding]:
    """Yield answers that are not kept under their key as they were given."""
    kept = _kept(connection)
    world = World.load(Path(outcome.post.folder, "world.json"))
    for asked, told in operations:
        for key in posting_keys(world, asked):
            row = kept.get(key)
            if told is not None and row is None:
                yield Finding(LOST, asked.key, f"{asked.kind}: nothing is kept under {key}")
            elif told is not None and row is not None and not _agrees(asked, told, *row):
                yield Finding(OTHER, asked.key, f"{asked.kind}: told {told}, kept {row}")


def _kept(connection: Connection) -> dict[str, tuple[Any, Any]]:
    wanted = text("SELECT key, answer, refusal FROM core_posting_key").columns(answer=Json, refusal=Json)
    return {key: (answer, refusal) for key, answer, refusal in connection.execute(wanted)}


def posting_keys(world: World, asked: Asked) -> list[str]:
    """Return under which keys an operation is posted: an upload is several."""
    if not asked.path:
        return [f"faults:{asked.key}"]
    own = f"pos:{world.tills[asked.till].key_id}:{asked.key}"
    return [f"{own}.{part}" for part in range(_PARTS)] if asked.kind == "offline" else [own]


def _agrees(asked: Asked, told: Told, answer: Plain | None, refusal: Plain | None) -> bool:
    """Tell whether what is kept is what was told; uploads are compared by their effects."""
    if asked.kind == "offline":
        return True
    if not told.done:
        return refusal is not None and refusal["code"] == told.answer.get("code")
    if answer is None:
        return False
    if asked.kind == "exchange":
        return _same(told.answer["sale"], answer["sale"]) and _same(told.answer["back"], answer["return"])
    return _same(told.answer, answer)


def _same(told: Plain, kept: Plain) -> bool:
    """Compare what both sides name, lists apart: tills are told those in another form."""
    names = {name for name in told.keys() & kept.keys() if not isinstance(told[name], list | dict)}
    return all(told[name] == kept[name] for name in names) and bool(told.keys() & kept.keys())


# -- everything again -------------------------------------------------------------------------------------------------


def repeated(outcome: Outcome, operations: list[Noted]) -> tuple[list[Noted], list[Finding]]:
    """Return the operations as they were answered last, and second answers that are not the first."""
    told: list[Row] = []
    for client in range(outcome.plan.clients):
        text_ = outcome.post.again(client).read_text("utf-8")
        told += [(line["key"], line) for line in map(json.loads, text_.splitlines())]
    lines: dict[str, Plain] = dict(told)
    after, findings = [], []
    for one in operations:
        asked, first = one
        if not is_sent_again(outcome.post, one):
            after.append(one)
            continue
        line = lines.get(asked.key)
        if line is None:
            findings.append(Finding(LOST, asked.key, "was not sent again"))
            continue
        second, other = Told(**line["told"]), Told(**line["other"])
        if not line["same"]:
            findings.append(Finding(OTHER, asked.key, f"{asked.kind}: first {first}, then {second}"))
        if not altering.is_refused(asked, other):
            findings.append(Finding(OTHER, asked.key, f"{asked.kind}: another body under the key: {other}"))
        after.append(Noted(asked, second))
    return after, findings


# -- the product's own verification -----------------------------------------------------------------------------------


def verified(outcome: Outcome) -> str:
    """Settle, seal and verify with the product's commands; return what they said. CalledProcessError if it is wrong."""
    guibin = str(Path(sys.executable).with_name("guibin"))
    said = ""
    for command in (["jobs", "run", "settlement.settle"], ["audit", "seal"], ["audit", "verify"]):
        done = subprocess.run(
            [guibin, *command], env=outcome.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        said += done.stdout + done.stderr
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, said)
    return said


def odd(outcome: Outcome) -> list[str]:
    """Return answers that no fault explains to a client: failures of the server itself."""
    said = Path(outcome.post.folder, "host.log").read_text("utf-8", "replace")
    return [line for line in said.splitlines() if line.startswith(ODD)]
