"""Which column of a file is which field: a mapping file, or columns named like the fields.

mapping: purchases          # what it is for
encoding: gb18030           # of a CSV; default utf-8
delimiter: ";"
amounts: yuan               # how amounts are written: yuan (default) or fen
timezone: Asia/Shanghai     # of times without a zone
columns:
  receipt: basket_id                                  # the field is this column
  member: {column: household_id, prefix: H}           # with something before it
  list_amount: {add: [sales_value, retail_disc]}      # the sum of amounts
  currency: {constant: USD}
  tier: {column: Level, values: {A: gold}, default: ordinary}

What else can be chosen for one kind of file is a list of words beside these: `one_unit_for: [no_quantity]`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from core.imports import values
from core.imports.refusals import MappingRefused, WrongColumns
from core.imports.values import BadCell, Kind
from core.periods import CHINA
from rules.errors import BookRefused
from rules.yaml_text import read_yaml

#: Reads one field from the cells of a row.
Reader = Callable[[Sequence[Any]], Any]
#: What a mapping chose, or may choose: words by the name of the choice.
Choices = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be imported."""

    name: str
    kind: Kind = "text"
    required: bool = False


class CellRejected(ValueError):
    """A row cannot be taken because of one field."""

    def __init__(self, field: str, problem: str) -> None:
        """Say which field and what is wrong."""
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


class _ColumnSchema(Schema):
    class Meta:
        unknown = RAISE

    column = fields.String()
    prefix = fields.String()
    constant = fields.Raw()
    add = fields.List(fields.String(), validate=validate.Length(min=1, max=20))
    values = fields.Dict(keys=fields.Raw(), values=fields.Raw())
    default = fields.Raw()


class _MappingSchema(Schema):
    class Meta:
        unknown = RAISE

    mapping = fields.String(required=True)
    encoding = fields.String(load_default="utf-8")
    delimiter = fields.String(load_default=",", validate=validate.Length(equal=1))
    amounts = fields.String(load_default="yuan", validate=validate.OneOf(("yuan", "fen")))
    timezone = fields.String(load_default="Asia/Shanghai")
    columns = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A mapping that was read: `columns` has for each field how it is made."""

    columns: Mapping[str, Mapping[str, Any]]
    encoding: str = "utf-8"
    delimiter: str = ","
    amounts: str = "yuan"
    zone: ZoneInfo = CHINA
    choices: Choices = field(default_factory=dict)


def read_mapping(path: Path, wanted: str, choices: Choices | None = None) -> ColumnMap:
    """Read a mapping file for `wanted` (members, products, purchases), which has these choices.

    Refuses with MappingRefused, naming what is wrong.
    """
    offered = choices or {}
    try:
        raw = _with_choices(offered).load(read_yaml(path.read_text("utf-8")))  # type: ignore[arg-type]
        if raw["mapping"] != wanted:
            raise MappingRefused(problem=f"it is for {raw['mapping']}, not for {wanted}")
        columns = {name: _column(how) for name, how in raw["columns"].items()}
        zone = ZoneInfo(raw["timezone"])
    except (BookRefused, ValidationError, OSError, ZoneInfoNotFoundError, ValueError) as problem:
        told = problem.messages if isinstance(problem, ValidationError) else problem
        raise MappingRefused(problem=str(told)) from None
    chosen = {name: frozenset(raw[name]) for name in offered}
    return ColumnMap(columns, raw["encoding"], raw["delimiter"], raw["amounts"], zone, chosen)


def _with_choices(offered: Choices) -> Schema:
    listed: dict[str, fields.Field[Any]] = {
        name: fields.List(fields.String(validate=validate.OneOf(words)), load_default=list)
        for name, words in offered.items()
    }
    return _MappingSchema.from_dict(listed)()


def _column(how: Any) -> Mapping[str, Any]:
    if isinstance(how, str):
        return {"column": how}
    loaded: Mapping[str, Any] = _ColumnSchema().load(how)
    if sum(key in loaded for key in ("column", "constant", "add")) != 1:
        raise ValidationError(f"{how}: one of column, constant and add is needed")
    return loaded


def by_name(columns: Sequence[str], known: Iterable[Field]) -> ColumnMap:
    """Return the mapping of a file whose columns are named like the fields.

    Refuses with WrongColumns for a column that no field is called.
    """
    names = {field.name for field in known}
    unknown = [column for column in columns if column not in names]
    if unknown:
        raise WrongColumns(problem=f"no field is called {', '.join(unknown[:5])}; known are {', '.join(sorted(names))}")
    return ColumnMap({column: {"column": column} for column in columns})


class Mapper:
    """Turns rows into fields."""

    def __init__(self, mapping: ColumnMap, columns: Sequence[str], known: Sequence[Field]) -> None:
        """Find every column.

        Refuses with WrongColumns if a column is not in the file, a field is unknown or a required one is missing.
        """
        self._mapping = mapping
        self._places = {name: place for place, name in enumerate(columns)}
        fields_ = {field.name: field for field in known}
        unknown = sorted(set(mapping.columns) - set(fields_))
        if unknown:
            raise WrongColumns(problem=f"no field is called {', '.join(unknown)}")
        missing = [field.name for field in known if field.required and field.name not in mapping.columns]
        if missing:
            raise WrongColumns(problem=f"{', '.join(missing)} is missing")
        self._readers = [
            (name, fields_[name].required, self._reader(fields_[name], how)) for name, how in mapping.columns.items()
        ]
        self.names = tuple(name for name, _, _ in self._readers)
        self.choices = mapping.choices

    def used(self) -> list[str]:
        """Return the columns of the file that are read, in their order."""
        named = [how.get("add") or [how["column"]] for how in self._mapping.columns.values() if "constant" not in how]
        wanted = {name for names in named for name in names}
        return [name for name in self._places if name in wanted]

    def read(self, cells: Sequence[Any]) -> list[Any]:
        """Return the fields of a row in the order of `names`, None for an empty cell.

        Refuses with CellRejected.
        """
        found = []
        for name, required, reader in self._readers:
            try:
                value = reader(cells)
            except BadCell as problem:
                raise CellRejected(name, str(problem)) from None
            except IndexError:
                raise CellRejected(name, "the row is too short") from None
            if required and value is None:
                raise CellRejected(name, "is empty")
            found.append(value)
        return found

    def one(self, name: str, cells: Sequence[Any]) -> Any:
        """Return one field of a row whatever the others hold, None where it cannot be read."""
        reader = next((reader for own, _, reader in self._readers if own == name), None)
        try:
            return None if reader is None else reader(cells)
        except (BadCell, IndexError):
            return None

    def _place(self, column: str) -> int:
        if column not in self._places:
            known = ", ".join(self._places)
            raise WrongColumns(problem=f"there is no column {column}; the file has {known[:300]}")
        return self._places[column]

    def _reader(self, field: Field, how: Mapping[str, Any]) -> Reader:
        convert = self._converter(field.kind)
        if "constant" in how:
            constant = convert(how["constant"])
            return lambda _cells: constant
        if "add" in how:
            places = [self._place(name) for name in how["add"]]
            return lambda cells: sum([convert(cells[place]) for place in places])
        return self._of_column(self._place(how["column"]), convert, how)

    def _of_column(self, place: int, convert: Callable[[Any], Any], how: Mapping[str, Any]) -> Reader:
        prefix, default, named = how.get("prefix", ""), how.get("default"), how.get("values")

        def read(cells: Sequence[Any]) -> Any:
            cell = cells[place]
            if named is not None:
                cell = named.get(values.text(cell), default)
            if cell is None or cell == "":
                return default
            return f"{prefix}{convert(cell)}" if prefix else convert(cell)

        return read

    def _converter(self, kind: Kind) -> Callable[[Any], Any]:
        zone = self._mapping.zone
        if kind == "moment":
            return lambda cell: values.moment(cell, zone)
        if kind == "money" and self._mapping.amounts == "fen":
            return values.count
        return _CONVERTERS[kind]


_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "text": values.text,
    "count": values.count,
    "money": values.money,
    "day": values.day,
    "yes_no": values.yes_no,
}
