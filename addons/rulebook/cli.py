"""`guibin rules`: try, show and check books without a database; import, approve and publish versions in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

import click
from sqlalchemy.orm import Session

from addons.rulebook import queries, services
from addons.rulebook.domain import book_at, data_at, default_book
from addons.rulebook.models import Version
from addons.rulebook.services.texts import read
from core import clock
from core.addons.install import load_installed
from core.addons.words import vocabulary
from core.config import database_url
from core.db.scope import system_scope
from core.db.session import connect, work
from core.errors import NotFound
from core.money import yuan
from core.periods import CHINA
from core.policy.live import words_in_force
from core.policy.version import live_version
from rules.book import RuleBook
from rules.cases import Case, read_cases
from rules.decide import Program
from rules.errors import BookRefused, RulesError
from rules.explain import explain
from rules.limits import limits_not_held
from rules.returns import Standing
from rules.safety import try_out
from rules.scenarios import Mismatch, Outcome, after_of, run_case
from rules.sentences import LANGUAGES, Speaker
from rules.trace import Decision
from rules.vocabulary import Vocabulary
from rules.waterfall import waterfall_text
from rules.yaml_text import write_yaml

CASE_FILES = (".yaml", ".yml", ".json")

_book_option = click.option(
    "--book",
    "book_path",
    type=click.Path(exists=True, path_type=Path),
    help="A rule-book file, or a folder of files that are one book. Default: the programme that ships.",
)
_language_option = click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)


class Unreadable(click.ClickException):
    """A book or a case file that cannot be used: each problem on its own line, exit code 2."""

    exit_code = 2


@click.group()
def rules() -> None:
    """Try, show and check rule books."""


@dataclass(frozen=True, slots=True)
class Style:
    """How outcomes are printed."""

    as_json: bool
    explained: bool
    language: str


@rules.command("try")
@click.argument("cases", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_book_option
@click.option("--explain", "explained", is_flag=True, help="Also say which rules did not apply, and why.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a case, one a line.")
@_language_option
def try_cases(cases: tuple[Path, ...], book_path: Path | None, explained: bool, as_json: bool, language: str) -> None:
    """Evaluate CASE files or folders; exit code 1: an expectation is not met, 2: a file cannot be read."""
    words = vocabulary()
    missed = 0
    with _refusals(), Program(_book(book_path, words), words) as program:
        for path in _files(cases):
            for case in _read(path, words):
                missed += not _try(program, case, Style(as_json, explained, language))
    if missed:
        sys.exit(1)


@rules.command()
@_book_option
@click.option("--rule", "names", multiple=True, help="Only the rule of this name.")
@_language_option
def show(book_path: Path | None, names: tuple[str, ...], language: str) -> None:
    """Print every rule of a book as a sentence, by event."""
    words = vocabulary()
    with _refusals():
        book = _book(book_path, words)
    speaker = Speaker(book, words, language)
    chosen = [rule for rule in book.rules if not names or rule.name in names]
    if names and len(chosen) < len(set(names)):
        known = {rule.name for rule in book.rules}
        raise Unreadable(f"no rule is called {', '.join(sorted(set(names) - known))}")
    for event, its_rules in groupby(sorted(chosen, key=lambda rule: rule.event), key=lambda rule: rule.event):
        click.secho(event, bold=True)
        for rule in its_rules:
            group = f"  [{speaker.group(rule.group)}]" if rule.group else ""
            click.echo(f"  {rule.name}{group}  {rule.reference}\n      {speaker.rule(rule)}")


@rules.command()
@click.argument("book_path", metavar="[BOOK]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--cases", type=click.Path(exists=True, path_type=Path), multiple=True, help="Case files that must hold.")
@click.option(
    "--brand", help="Also name the goods in it that are not in the catalogue of this brand: asks the database."
)
def check(book_path: Path | None, cases: tuple[Path, ...], brand: str | None) -> None:
    """Read a book, try it out in a process of its own, and run case files against it; every problem is named."""
    words = vocabulary()
    with _refusals():
        book = _book(book_path, words)
        if unheld := limits_not_held(book, words):
            raise BookRefused(unheld)
        pinned = [case for path in _files(cases) for case in _read(path, words)]
        tried = try_out(book, words, [case.event for case in pinned])
        with Program(book, words) as program:
            outcomes = [run_case(program, case) for case in pinned]
    failed = [outcome for outcome in outcomes if outcome.mismatches]
    for outcome in failed:
        _print_mismatches(outcome.case, outcome.mismatches)
    click.echo(
        f"{book.name}: {len(book.rules)} rules ({sum(rule.enabled for rule in book.rules)} on), "
        f"{len(book.parameters)} parameters, tried on {tried} events, "
        f"{len(outcomes) - len(failed)} of {len(outcomes)} cases hold"
    )
    if brand is not None:
        with _writing() as (session, _now):
            _warn_of_goods(session, queries.brand_by_code(session, brand).id, book)
    if failed:
        sys.exit(1)


def _warn_of_goods(session: Session, brand_id: int, book: RuleBook) -> None:
    """Name the goods that a book names and the catalogue does not know: no mistake, for goods may come later."""
    for each in queries.unknown_goods(session, brand_id, book, words_in_force()):
        click.echo(f"warning: {each.rule}: no {each.what.en.lower()} {each.code} in the catalogue", err=True)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the rules refuse into one line a problem and exit code 2."""
    try:
        yield
    except RulesError as refusal:
        lines = (f"{each.path}: {each.sentence}" if each.path else each.sentence for each in refusal.problems)
        raise Unreadable("\n".join(lines)) from None
    except UnicodeDecodeError as refusal:
        raise Unreadable(f"is not UTF-8 text: {refusal.reason} at byte {refusal.start}") from None


def _book(path: Path | None, words: Vocabulary) -> RuleBook:
    return default_book(words) if path is None else book_at(path, words)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix in CASE_FILES)
        else:
            yield path


def _read(path: Path, words: Vocabulary) -> list[Case]:
    try:
        return read_cases(path.read_text(encoding="utf-8"), words)
    except RulesError as refusal:
        problems = [replace(each, path=f"{path.name}: {each.path}".rstrip(": ")) for each in refusal.problems]
        raise type(refusal)(problems) from None


def _try(program: Program, case: Case, style: Style) -> bool:
    """Run and print one case; True if all it expects is so."""
    outcome = run_case(program, case)
    text = _explained(program, outcome, style)
    if style.as_json:
        more = {"explanation": text.splitlines()} if style.explained else {}
        click.echo(json.dumps(outcome.as_json() | more, ensure_ascii=False))
    else:
        click.secho(
            f"{'ok  ' if not outcome.mismatches else 'FAIL'}  {case.name}  {case.reference}".rstrip(), bold=True
        )
        for line in text.splitlines():
            click.echo(f"  {line}")
    _print_mismatches(case, outcome.mismatches)
    return not outcome.mismatches


def _explained(program: Program, outcome: Outcome, style: Style) -> str:
    event, decision = outcome.case.event, outcome.decision
    told = explain(program.book, program.vocabulary, event, decision, language=style.language, level="cashier")
    speaker = Speaker(program.book, program.vocabulary, style.language, event.at.date())
    text = waterfall_text(speaker, event, decision, told if style.explained else replace(told, missed=()))
    return text if outcome.after is None else f"{text}\n{_after(outcome.decision, outcome.after, style.language)}"


#: What came back and what is left, in the languages of the command.
_BACK = {
    "zh_Hant": "退貨後：應付 {total}，實付 {cash}，券 {tendered}，積分 {points}；"
    "退現 {cash_back}，回券 {to_vouchers}，收回積分 {points_back}",
    "zh_Hans": "退货后：应付 {total}，实付 {cash}，券 {tendered}，积分 {points}；"
    "退现 {cash_back}，回券 {to_vouchers}，收回积分 {points_back}",
    "en": "After returns: to pay {total}, money {cash}, voucher {tendered}, points {points};"
    " back in money {cash_back}, to vouchers {to_vouchers}, points {points_back}",
}


def _after(sold: Decision, now: Standing, language: str) -> str:
    figures = after_of(sold, now)
    said = {name: value if "points" in name else yuan(value) for name, value in figures.items() if name != "pay"}
    return _BACK[language].format(**said)


def _print_mismatches(case: Case, mismatches: Sequence[Mismatch]) -> None:
    for each in mismatches:
        shown = [json.dumps(value, ensure_ascii=False, default=str) for value in (each.expected, each.found)]
        click.echo(f"{case.name}: {each.key}: expected {shown[0]}, found {shown[1]}", err=True)


# -- versions in the database -----------------------------------------------------------------------------------------


@rules.command("import")
@click.argument("book_path", metavar="BOOK", type=click.Path(exists=True, path_type=Path))
@click.option("--brand", required=True, help="Code of the brand.")
@click.option("--by", required=True, help="Who wrote it.")
@click.option("--note", default="", help="What is new in it.")
def import_version(book_path: Path, brand: str, by: str, note: str) -> None:
    """Make a new draft of a brand from a book file or folder."""
    with _refusals():
        text = write_yaml(dict(data_at(book_path)))
    with _writing() as (session, now):
        brand_id = queries.brand_by_code(session, brand).id
        version = services.import_book(session, brand_id=brand_id, text=text, note=note, by=by, now=now)
        click.echo(f"{brand} {version}: {version.state}")
        _warn_of_goods(session, brand_id, read(text))


@rules.command("export")
@click.option("--brand", required=True, help="Code of the brand.")
@click.option("--version", "number", type=int, help="Default: the live one.")
def export_version(brand: str, number: int | None) -> None:
    """Print the text of a version."""
    with _writing() as (session, now):
        if number is None:
            click.echo(live_version(session, brand, now).text, nl=False)
        else:
            click.echo(_version(session, brand, number).body.text, nl=False)


@rules.command("list")
@click.option("--brand", required=True, help="Code of the brand.")
def list_versions(brand: str) -> None:
    """List the versions of a brand, newest first; the live one has a star."""
    with _writing() as (session, now):
        live = live_version(session, brand, now)
        for version in queries.versions(session, queries.brand_by_code(session, brand).id):
            mark = "*" if live.version == str(version) else " "
            click.echo(f"{mark} {version} {version.state:10} {version.author}: {version.note}")


@rules.command()
@click.argument("number", type=int)
@click.option("--brand", required=True, help="Code of the brand.")
@click.option("--by", required=True, help="The author, who submits it if it is a draft.")
@click.option("--approver", required=True, help="Who approves it: another person.")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="In the brand's local time; default: now.")
def publish(number: int, brand: str, by: str, approver: str, since: datetime | None) -> None:
    """Submit, approve and publish version NUMBER, as far as each step is still to be done."""
    with _writing() as (session, now):
        version = _version(session, brand, number)
        if version.state == "draft":
            services.submit(session, version_id=version.id, by=by, now=now)
        if version.state == "in_review":
            services.approve(session, version_id=version.id, by=approver, now=now)
        at = now if since is None else since.replace(tzinfo=CHINA)
        services.publish(session, version_id=version.id, since=at, by=approver, now=now)
        click.echo(f"{brand} {version}: live from {at.isoformat(timespec='minutes')}")
        _warn_of_goods(session, version.brand_id, read(version.body.text))


@contextmanager
def _writing() -> Iterator[tuple[Session, datetime]]:
    """Give a session of the configured database that commits at the end, and the time."""
    load_installed(connect(database_url()))
    with system_scope("guibin rules"), work() as session:
        yield session, clock.now()


def _version(session: Session, brand: str, number: int) -> Version:
    found = queries.versions(session, queries.brand_by_code(session, brand).id)
    for version in found:
        if version.number == number:
            return version
    raise NotFound(what="version", which=str(number))


COMMANDS = (rules,)


if __name__ == "__main__":
    rules()
