"""Files of records (members, products): row by row through a schema, batch by batch into the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session

from core.addons import registry
from core.db.session import reading, work
from core.errors import NotFound, Refusal
from core.imports.mapping import CellRejected, Choices, ColumnMap, Field, Mapper, by_name, read_mapping
from core.imports.rejects import Rejects
from core.imports.source import Source, open_source
from core.imports.values import Kind

BATCH = 500

Record = Mapping[str, Any]
#: Told how many rows are done, and of how many where that is known.
Progress = Callable[[int, int | None], None]


class RejectedRecord(Protocol):
    """A record of a batch that was left out, by its place, and why."""

    @property
    def index(self) -> int:
        """The place in the batch."""

    @property
    def refusal(self) -> Refusal:
        """Why."""


class BatchResult(Protocol):
    """What became of a batch."""

    added: int
    changed: int
    unchanged: int

    @property
    def rejected(self) -> Sequence[RejectedRecord]:
        """Those left out."""


Take = Callable[[Session, Sequence[Record]], BatchResult]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one kind of file is imported."""

    kind: str
    fields: Sequence[Field]
    schema: Schema
    take: Take


def fields_of(schema: Schema, kinds: Mapping[str, Kind]) -> list[Field]:
    """Return the fields of a record's schema; those not in `kinds` are text."""
    return [Field(name, kinds.get(name, "text"), required=field.required) for name, field in schema.fields.items()]


def recipe(kind: str) -> Recipe:
    """Return how the installed addons import this kind of record (`IMPORTS` in their cli.py).

    Refuses with NotFound where none of them does.
    """
    recipes: list[Recipe] = registry.loaded().items("cli", "IMPORTS")
    found = next((recipe for recipe in recipes if recipe.kind == kind), None)
    if found is None:
        raise NotFound(what="import", which=kind)
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an import."""

    path: Path
    mapping: Path | None = None
    dry_run: bool = False
    rejects: Path | None = None
    progress: Progress = lambda _done, _total: None


@dataclass(slots=True)
class Summary:
    """What became of a file: rows read, and records by what happened to them."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    first_problems: tuple[str, ...] = ()


def opened(wanted: Wanted, kind: str, known: Sequence[Field], choices: Choices | None = None) -> tuple[Source, Mapper]:
    """Open a file with its mapping, which has these choices, or by the names of its columns.

    Refuses with what `open_source`, `read_mapping` and `Mapper` refuse.
    """
    columns: ColumnMap | None = None if wanted.mapping is None else read_mapping(wanted.mapping, kind, choices)
    if columns is None:
        source = open_source(wanted.path)
        columns = by_name(source.columns, known)
    else:
        source = open_source(wanted.path, encoding=columns.encoding, delimiter=columns.delimiter)
    mapper = Mapper(columns, source.columns, known)
    only = getattr(source, "only", None)
    if only is not None:
        only(tuple(mapper.used()))
        mapper = Mapper(columns, source.columns, known)
    return source, mapper


def import_records(wanted: Wanted, recipe: Recipe) -> Summary:
    """Import a file; a batch is written whole or not at all, a second run changes nothing.

    Refuses with what `opened` refuses, before anything is written. A dry run writes nothing and tells the same.
    """
    source, mapper = opened(wanted, recipe.kind, recipe.fields)
    summary = Summary()
    with Rejects(wanted.rejects, source.columns) as rejects:
        if wanted.dry_run:
            with reading() as session:
                for batch in _batches(source, mapper, recipe, rejects, summary):
                    _take(session, recipe, batch, rejects, summary)
                    wanted.progress(summary.rows, source.count())
        else:
            for batch in _batches(source, mapper, recipe, rejects, summary):
                with work() as session:
                    _take(session, recipe, batch, rejects, summary)
                wanted.progress(summary.rows, source.count())
    summary.rejected, summary.first_problems = rejects.count, tuple(rejects.first)
    return summary


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: Sequence[Any]
    record: Record


def _batches(
    source: Source, mapper: Mapper, recipe: Recipe, rejects: Rejects, summary: Summary
) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    for number, cells in source.rows():
        summary.rows += 1
        record = _record(mapper, recipe.schema, rejects, number, cells)
        if record is not None:
            batch.append(_Row(number, cells, record))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _record(mapper: Mapper, schema: Schema, rejects: Rejects, number: int, cells: Sequence[Any]) -> Record | None:
    """Return a row as a record, None after rejecting it."""
    try:
        found = mapper.read(cells)
        given = {name: value for name, value in zip(mapper.names, found, strict=True) if value is not None}
        record: Record = schema.load(_written(given))
    except CellRejected as problem:
        rejects.add(number, problem.field, problem.problem, cells)
        return None
    except ValidationError as problem:
        field, told = _first(problem.messages)
        rejects.add(number, field, told, cells)
        return None
    return record


def _written(given: dict[str, Any]) -> dict[str, Any]:
    """Days are read as text by schemas."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in given.items()}


def _first(messages: Any) -> tuple[str, str]:
    if isinstance(messages, dict):
        field, inner = next(iter(messages.items()))
        return str(field), _first(inner)[1]
    return "", str(messages[0]) if isinstance(messages, list) else str(messages)


def _take(session: Session, recipe: Recipe, batch: Sequence[_Row], rejects: Rejects, summary: Summary) -> None:
    result = recipe.take(session, [row.record for row in batch])
    summary.added += result.added
    summary.changed += result.changed
    summary.unchanged += result.unchanged
    for rejected in result.rejected:
        row = batch[rejected.index]
        rejects.add(row.number, "", str(rejected.refusal), row.cells)
