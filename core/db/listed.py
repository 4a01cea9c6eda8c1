"""`column is one of these`, as one parameter: the statement stays the same text however many there are.

SQLAlchemy's expanding IN writes the statement anew each time, which costs more than most of our queries do.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Listed(TypeDecorator[Any]):
    """A list as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        """Name the type of what is listed."""
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the whole parameter."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(ARRAY(self.item))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write the list."""
        listed = list(value)
        return json.dumps(listed) if dialect.name == "sqlite" else listed


class _AnyOf(FunctionElement[bool]):
    name = "any_of"
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """Stand in a condition as it is: `... = 1`, which SQLite is told of other truths, hides the index."""
        return self


@compiles(_AnyOf)
def _array(element: Any, compiler: Any, **more: Any) -> str:
    column, listed = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} = ANY({listed})"


@compiles(_AnyOf, "sqlite")
def _json(element: Any, compiler: Any, **more: Any) -> str:
    column, listed = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - a column and a parameter


def any_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of the list given as the parameter `name`: whole numbers or texts."""
    item: Any = getattr(column.type, "impl", column.type)
    return _AnyOf(column, bindparam(name, type_=Listed(item)))
