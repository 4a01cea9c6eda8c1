"""Statements of the paths every sale takes: put together once a process, then run on the driver's own cursor.

SQLAlchemy writes the statement and says how values are kept and read; what is saved is asking it anew for each
execution, which costs several times what the statement itself does. All happens over bare tables, on the connection
and in the transaction of the session; what fails is what SQLAlchemy would raise. Rows of all stores are read, whoever
asks: a service that uses one has looked whether it may (`require_store`).

    _SOLD_ON = Statement(select(_R.c.id, _R.c.at).where(_R.c.day == bindparam("b_day")))
    rows = _SOLD_ON.all(session, b_day=day)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Insert,
    Select,
    Table,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from core.db.scope import brand_wide
from core.db.session import connection_of
from core.db.wall import say
from core.db.wire import MoneyLine

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]
_Pick = Callable[[Mapping[str, Any]], Row]


class Statement:
    """One statement, or one for each database (`{"sqlite": ..., "postgresql": ...}`).

    TypeError at its first use for what cannot be prepared: mapped classes (who may see which rows is decided for each
    query), lists that are written out (`any_of` takes one value), values that only SQLAlchemy knows how to make.
    """

    def __init__(self, statement: ClauseElement | Mapping[str, ClauseElement]) -> None:
        """Keep the statement; it is put together at its first use."""
        self._statement = statement
        self._ready: dict[tuple[str, tuple[str, ...]], _Ready] = {}

    def all(self, session: Session, **values: Any) -> list[Row]:
        """Run it and return all rows; KeyError where a value is missing."""
        connection = connection_of(session)
        ready = self._for(connection.dialect, values)
        return ready.read(_run(connection, ready, ready.bound(values)).rows)

    def look_ahead(self, session: Session, for_good: bool = False, /, **values: Any) -> None:
        """Let the database begin with what will be asked soon, with the same values.

        For one journey instead of several, in a transaction that moves value on PostgreSQL; nothing happens elsewhere.
        The answer counts if nothing is changed or locked before, or if it is `for_good`, as keys of a sequence are.
        """
        connection = connection_of(session)
        raw: Any = connection.connection.dbapi_connection
        if isinstance(raw, MoneyLine) and not _is_heard(connection):
            say(connection, is_wide=True)
            ready = self._for(connection.dialect, values)
            bound = ready.bound(values)
            with _failing(connection, ready, bound):
                raw.look_ahead(ready.numbered, bound, for_good=for_good)

    def first(self, session: Session, **values: Any) -> Row | None:
        """Run it and return the first row, None if there is none."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def scalar(self, session: Session, **values: Any) -> Any:
        """Run it and return the first value of the first row, None if there is none."""
        row = self.first(session, **values)
        return None if row is None else row[0]

    def scalars(self, session: Session, **values: Any) -> list[Any]:
        """Run it and return the first value of each row."""
        return [row[0] for row in self.all(session, **values)]

    def run(self, session: Session, **values: Any) -> int:
        """Run it and return how many rows it changed."""
        connection = connection_of(session)
        ready = self._for(connection.dialect, values)
        return _run(connection, ready, ready.bound(values)).changed

    def run_each(self, session: Session, given: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of these values, which all name the same; return how many rows were changed in all."""
        if len(given) < 2:
            return sum(self.run(session, **values) for values in given)
        connection = connection_of(session)
        ready = self._for(connection.dialect, given[0])
        return _run_each(connection, ready, [ready.bound(values) for values in given])

    def send_each(self, session: Session, given: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of these values, which all name the same; what it changed does not matter.

        A transaction that moves value on PostgreSQL sends it ahead (core.db.wire): a failure is raised by what comes
        next, at the latest by the commit.
        """
        if given:
            connection = connection_of(session)
            ready = self._for(connection.dialect, given[0])
            _send(connection, ready, [ready.bound(values) for values in given])

    def all_each(self, session: Session, given: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Run it for each of these values and return all rows, in any order.

        Several go through SQLAlchemy, which sends them as one statement.
        """
        if len(given) < 2:
            return [row for values in given for row in self.all(session, **values)]
        connection = connection_of(session)
        chosen: Any = self._of(connection.dialect)
        with brand_wide("a prepared statement"):
            return [tuple(row) for row in connection.execute(chosen, given)]

    def _of(self, dialect: Dialect) -> ClauseElement:
        return self._statement[dialect.name] if isinstance(self._statement, Mapping) else self._statement

    def _for(self, dialect: Dialect, values: Iterable[str]) -> _Ready:
        key = dialect.name, tuple(values)  # an insert writes the columns it is given
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = _prepare(self._of(dialect), dialect, key[1])
        return ready


def upsert(table: Table, completed: Callable[[Any], ClauseElement]) -> Statement:
    """Return an insert that is completed with ON CONFLICT, for which each database has a class of its own."""
    return Statement({"sqlite": completed(sqlite.insert(table)), "postgresql": completed(postgresql.insert(table))})


def write_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; columns that are not named keep what the database gives them.

    KeyError for a row that lacks a column the first one has.
    """
    _insert_into(table).send_each(session, rows)


def plan_once(session: Session) -> None:
    """Let PostgreSQL run what follows in this transaction by the plans it has: for what goes by a key, all day long.

    It would plan anew for the values of each execution otherwise, which takes longer than to find the few rows.
    """
    if connection_of(session).dialect.name == "postgresql":
        _PLAN_ONCE.send_each(session, [{}])


_PLAN_ONCE = Statement(
    select(
        func.set_config("plan_cache_mode", "force_generic_plan", True),
        func.set_config("random_page_cost", "1.1", True),  # what is sold every day is in memory
    )
)


@cache
def _insert_into(table: Table) -> Statement:
    return Statement(table.insert())


# --- putting together ----------------------------------------------------------------------------------------------


class _Ready(NamedTuple):
    """A statement in the words of one database, which takes its values by number or by name."""

    text: str
    numbered: str  # the same with $1, $2, ... in the places of the values
    by_number: bool
    names: tuple[str, ...]  # of the values, in the order in which they are taken
    pick: _Pick  # takes these values out of what is given
    fixed: Mapping[str, Any]  # the values the statement brings
    keepers: tuple[tuple[int, _Convert], ...]  # the values that are not kept as they are
    returns: bool
    reads: bool  # nothing is changed or locked
    readers: tuple[tuple[int, _Convert], ...]  # the columns that are not read as they are

    def bound(self, values: Mapping[str, Any]) -> Row:
        """Return the values as the database keeps them, in the order in which they are taken."""
        picked = self.pick({**self.fixed, **values} if self.fixed else values)
        if self.keepers:
            changed = list(picked)
            for place, convert in self.keepers:
                changed[place] = convert(changed[place])
            picked = tuple(changed)
        return picked

    def given(self, bound: Row) -> Any:
        """Return the values as the driver's cursor takes them."""
        return bound if self.by_number else dict(zip(self.names, bound, strict=True))

    def read(self, rows: list[Row]) -> list[Row]:
        """Return the rows with values as the product knows them; column by column, which is quickest."""
        if not self.readers or not rows:
            return rows
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for place, convert in self.readers:
            columns[place] = map(convert, columns[place])
        return list(zip(*columns, strict=True))


def _prepare(statement: Any, dialect: Dialect, names: Sequence[str]) -> _Ready:
    columns = list(statement.exported_columns)
    if isinstance(statement, Insert) and not columns:
        statement = statement.inline()  # else SQLAlchemy asks for the new key
    statement = replacement_traverse(statement, {}, _written)
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    _require_preparable(statement, compiled)
    called = {name: parameter for parameter, name in compiled.bind_names.items()}
    names = tuple(compiled.positiontup if compiled.positional else called)
    text = str(compiled)
    return _Ready(
        text,
        _numbered(text, names),
        compiled.positional,
        names,
        _picker(names),
        {name: parameter.value for name, parameter in called.items() if not parameter.required},
        _converters(_in(dialect, called[name].type).bind_processor(dialect) for name in names),
        bool(columns),
        isinstance(statement, (Select, CompoundSelect)) and " FOR " not in str(compiled),
        _converters(_in(dialect, column.type).result_processor(dialect, None) for column in columns),
    )


def _numbered(text: str, names: Sequence[str]) -> str:
    """Return a statement with $1, $2, ... in the places of its named values."""
    places = {f"%({name})s": f"${number}" for number, name in enumerate(names, start=1)}
    return _NAMED.sub(lambda found: places.get(found[0], "%"), text)


_NAMED = re.compile(r"%\(\w+\)s|%%")


def _picker(names: Sequence[str]) -> _Pick:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _converters(found: Iterable[_Convert | None]) -> tuple[tuple[int, _Convert], ...]:
    return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def _in(dialect: Dialect, kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return a type as one database has it."""
    return kind.dialect_impl(dialect)


class _Written(ColumnElement[Any]):
    """A number or a word that never changes, written out: planners ask whether a partial index holds it.

    SQLite would plan anew for each execution to find out; PostgreSQL would not use the index in a plan it keeps.
    """

    inherit_cache = False

    def __init__(self, parameter: BindParameter[Any]) -> None:
        self.parameter, self.type = parameter, parameter.type


@compiles(_Written)
def _write(element: _Written, compiler: Any, **_: Any) -> Any:
    return compiler.process(element.parameter, literal_binds=True)


def _written(element: Any, **_: Any) -> Any:
    if not isinstance(element, BindParameter) or element.required or element.callable:
        return None
    values: Any = element.value if element.expanding else [element.value]
    return _Written(element) if all(type(value) in (int, str) for value in values) else None


def _require_preparable(statement: Any, compiled: Any) -> None:
    described = [*getattr(statement, "column_descriptions", ()), getattr(statement, "entity_description", {})]
    made = [column.name for column in compiled.prefetch or ()]
    made += [name for parameter, name in compiled.bind_names.items() if parameter.callable]
    problem = ""
    if any("entity" in part for part in described):
        problem = "mapped classes are limited to the stores of whoever asks; a prepared statement reads bare tables"
    elif compiled.post_compile_params or compiled.literal_execute_params:
        problem = "a prepared statement is the same whatever it is given; a list is taken by any_of"
    elif made:
        problem = f"only SQLAlchemy knows the value of {', '.join(made)}: name it"
    if problem:
        message = f"{problem}: {compiled}"
        raise TypeError(message)


# --- running -------------------------------------------------------------------------------------------------------


class _Done(NamedTuple):
    rows: list[Row]
    changed: int


def _run(connection: Connection, ready: _Ready, bound: Row) -> _Done:
    say(connection, is_wide=True)
    if _is_heard(connection):
        return _run_aloud(connection, ready, bound)
    with _failing(connection, ready, bound):
        raw: Any = connection.connection.dbapi_connection
        if isinstance(raw, MoneyLine):
            answer = raw.ask(ready.numbered, bound, reads=ready.reads)
            return _Done(answer.rows(), 0) if ready.returns else _Done([], answer.changed())
        cursor = raw.cursor()
        cursor.execute(ready.text, ready.given(bound))
        return _Done(cursor.fetchall() if ready.returns else [], cursor.rowcount)


def _run_each(connection: Connection, ready: _Ready, given: list[Row]) -> int:
    """Run a statement with each of these values; return how many rows were changed in all."""
    raw: Any = connection.connection.dbapi_connection
    say(connection, is_wide=True)
    if _is_heard(connection):
        found = connection.exec_driver_sql(ready.text, [ready.given(bound) for bound in given])
        return found.rowcount
    with _failing(connection, ready, given):
        if isinstance(raw, MoneyLine):
            answers = [raw.ask(ready.numbered, bound) for bound in given]
            return sum(answer.changed() for answer in answers)
        cursor = raw.cursor()
        cursor.executemany(ready.text, [ready.given(bound) for bound in given])
        changed: int = cursor.rowcount
        return changed


def _send(connection: Connection, ready: _Ready, given: list[Row]) -> None:
    raw: Any = connection.connection.dbapi_connection
    if _is_heard(connection) or not isinstance(raw, MoneyLine):
        if len(given) > 1:
            _run_each(connection, ready, given)
        else:
            _run(connection, ready, given[0])
        return
    say(connection, is_wide=True)
    with _failing(connection, ready, given):
        for bound in given:
            raw.ask(ready.numbered, bound)


def _is_heard(connection: Connection) -> bool:
    """Tell whether somebody listens to statements: then these are heard too."""
    return bool(connection.engine.dispatch.before_cursor_execute)


def _run_aloud(connection: Connection, ready: _Ready, bound: Any) -> _Done:
    result = connection.exec_driver_sql(ready.text, ready.given(bound))
    return _Done([tuple(row) for row in result] if ready.returns else [], result.rowcount)


@contextmanager
def _failing(connection: Connection, ready: _Ready, bound: Any) -> Iterator[None]:
    """Raise what SQLAlchemy would."""
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as failure:
        raise _translated(connection, failure, ready.text, bound) from failure
    except BaseException as stop:
        if not isinstance(stop, Exception):  # stopped half way: nobody can use this connection again
            connection.invalidate(stop)
        raise


def _translated(connection: Connection, failure: Exception, text: str, bound: Any) -> BaseException:
    """Return the error SQLAlchemy has for a driver's; a lost connection is given up."""
    dialect: Any = connection.dialect
    lost = dialect.is_disconnect(failure, connection.connection, None)
    if lost:
        connection.invalidate(failure)
    return DBAPIError.instance(
        text, bound, failure, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
