"""`guibin rules try|show|check`: rule books and case files on the command line, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import click

from addons.rulebook.domain import book_at, default_book
from core.addons.words import vocabulary
from rules.book import RuleBook
from rules.cases import Case, read_cases
from rules.decide import Program
from rules.errors import RulesError
from rules.explain import explain
from rules.scenarios import Mismatch, Outcome, run_case
from rules.sentences import LANGUAGES, Speaker
from rules.vocabulary import Vocabulary
from rules.waterfall import waterfall_text

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
def check(book_path: Path | None, cases: tuple[Path, ...]) -> None:
    """Read and compile a book, and run case files against it; every problem is named."""
    words = vocabulary()
    with _refusals(), Program(_book(book_path, words), words) as program:
        outcomes = [run_case(program.decide, case) for path in _files(cases) for case in _read(path, words)]
        book = program.book
    failed = [outcome for outcome in outcomes if outcome.mismatches]
    for outcome in failed:
        _print_mismatches(outcome.case, outcome.mismatches)
    click.echo(
        f"{book.name}: {len(book.rules)} rules ({sum(rule.enabled for rule in book.rules)} on), "
        f"{len(book.parameters)} parameters, {len(outcomes) - len(failed)} of {len(outcomes)} cases hold"
    )
    if failed:
        sys.exit(1)


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
    outcome = run_case(program.decide, case)
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
    return waterfall_text(speaker, event, decision, told if style.explained else replace(told, missed=()))


def _print_mismatches(case: Case, mismatches: Sequence[Mismatch]) -> None:
    for each in mismatches:
        shown = [json.dumps(value, ensure_ascii=False, default=str) for value in (each.expected, each.found)]
        click.echo(f"{case.name}: {each.key}: expected {shown[0]}, found {shown[1]}", err=True)


if __name__ == "__main__":
    rules()
