"""`guibin audit seal|verify|anchor|prove|check-proof|public-key|rotate-key`: seals over everything written once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from addons.audit import services
from core import clock
from core.cli.main import connect
from core.cli.progress import bars
from core.db.scope import system_scope
from core.db.session import snapshot
from core.ledger import keys, proof
from core.ledger.anchor import read
from core.ledger.books import Finding
from core.ledger.kernel import all_books
from core.ledger.seal import SealedMeanwhile
from core.ledger.verify import Verified

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_KEY = click.option("--key", type=_FILE, help="Public keys in PEM; by default those of this installation.")


@click.group()
def audit() -> None:
    """Seals over everything that is written once: put, verified, proved."""


@audit.command()
@click.option("--every", type=click.IntRange(1, 86_400), help="Go on, with so many seconds between.")
@click.option("--new-key", is_flag=True, help="Sign with a new key: the one that signed so far is lost.")
def seal(every: int | None, *, new_key: bool) -> None:
    """Seal what was committed since the last seal; run it with --every as a process of its own."""
    connect()
    with system_scope("guibin audit seal"):
        broken = _seal(new_key=new_key)
        while every is not None:
            time.sleep(every)
            broken += _seal(new_key=False)
    raise SystemExit(1 if broken else 0)


def _seal(*, new_key: bool) -> int:
    """Seal once and print what was; return how many rows did not have the hash of what they say."""
    try:
        put = services.put_seals(clock.now(), new_key=new_key)
    except SealedMeanwhile:
        click.echo("another sealer is at work", err=True)
        return 0
    for one in put:
        click.echo(f"seal {one.statement.number}: {one.statement.entries:,} entries, head {one.head}")
    broken = [place for one in put for place in one.broken]
    for table, key in broken:
        click.echo(f"{table} {key}: the content is not what was written", err=True)
    return len(broken)


@audit.command()
@click.option("--anchor", "anchors", type=_FILE, multiple=True, help="A head kept elsewhere; it must be in the chain.")
@_KEY
def verify(anchors: tuple[Path, ...], key: Path | None) -> None:
    """Count everything again: hashes, seals, chain, signatures, balances; exit code 1 if anything is wrong."""
    connect()
    so_far, wrong = Verified(), 0
    with system_scope("guibin audit verify"), bars() as tell:
        asked = services.verification(key=key, held=[read(path) for path in anchors])
        for finding in asked.findings(so_far, tell("entries")):
            wrong += 1
            click.echo(_line(finding))
    click.echo(
        f"{so_far.entries:,} entries, {so_far.unsealed:,} of them not sealed yet; {so_far.seals:,} seals, "
        f"{len(asked.anchors):,} anchors; head {so_far.head}"
    )
    click.echo("nothing is wrong" if not wrong else f"{wrong:,} findings")
    raise SystemExit(1 if wrong else 0)


def _line(finding: Finding) -> str:
    figures = [f"expected {finding.expected}"] if finding.expected else []
    figures += [f"found {finding.found}"] if finding.found else []
    place = f"{finding.table} {finding.entry}".strip()
    return f"{place}: {finding.problem.en}" + (f" ({', '.join(figures)})" if figures else "")


@audit.command()
def anchor() -> None:
    """Write the newest head into the folder of anchors (GUIBIN_ANCHORS), and say where."""
    connect()
    path = services.anchor()
    click.echo("nothing is sealed yet" if path is None else path)
    raise SystemExit(path is None)


@audit.command()
@click.argument("entry")
def prove(entry: str) -> None:
    """Print the proof that ENTRY (table:key, as points_entry:17) was sealed, as JSON."""
    connect()
    with system_scope("guibin audit prove"), snapshot() as connection:
        found = proof.prove(connection, all_books(), entry)
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@audit.command(name="check-proof")
@click.argument("file", type=_FILE)
@_KEY
def check_proof(file: Path, key: Path | None) -> None:
    """Check a proof with the public key alone: no database, no secret."""
    try:
        data: Any = json.loads(file.read_text("utf-8"))
    except ValueError:
        raise proof.ProofFails(problem="the file is not JSON") from None
    proven = proof.check(data, keys.trusted(key))
    for name, value in proven.columns.items():
        click.echo(f"{name}: {value}")
    said = proven.statement
    click.echo(f"{proven.table} {'/'.join(map(str, proven.key))} is in seal {said.number} of {said.sealed_at}")


@audit.command(name="public-key")
def public_key() -> None:
    """Print the public keys that seals of this installation begin with, in PEM; keep a copy elsewhere."""
    for one in sorted(keys.trusted()):
        click.echo(keys.as_pem(bytes.fromhex(one)), nl=False)


@audit.command(name="rotate-key")
def rotate_key() -> None:
    """Make the next key: the next seal names it, and it signs from then on."""
    click.echo(f"the next seal hands over to {keys.make_next().hex()}")
