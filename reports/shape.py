"""Does plain data have the shape of a TypedDict? One walk, with the path of the first thing that is wrong."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from reports.errors import BadData

MOST = 2**63 - 1  # what databases and spreadsheets hold as an integer


@cache
def _fields(shape: type) -> tuple[dict[str, Any], frozenset[str]]:
    hints = get_type_hints(shape, include_extras=True)
    optional = frozenset(name for name, hint in hints.items() if get_origin(hint) is NotRequired)
    return {name: get_args(hint)[0] if name in optional else hint for name, hint in hints.items()}, optional


def check(value: object, shape: Any, path: str) -> None:
    """Compare a value with a type: TypedDict, list[...], Literal, X | None, str, int or bool.

    Refuses with BadData: a missing or unknown key, another type (a float or bool is not an int), an integer beyond
    63 bits, or text with half a surrogate pair.
    """
    origin = get_origin(shape)
    if is_typeddict(shape):
        _check_dict(value, shape, path)
    elif origin is list:
        _check_list(value, get_args(shape)[0], path)
    elif origin is Literal:
        _check_choice(value, get_args(shape), path)
    elif origin in (Union, types.UnionType):
        if value is not None:
            check(value, next(part for part in get_args(shape) if part is not type(None)), path)
    else:
        _check_plain(value, shape, path)


def _check_dict(value: object, shape: type, path: str) -> None:
    if not isinstance(value, Mapping):
        raise BadData(path=path, problem=f"is {type(value).__name__}, not an object")
    fields, optional = _fields(shape)
    for name in value:
        if name not in fields:
            raise BadData(path=f"{path}.{name}", problem="is unknown")
    for name, part in fields.items():
        if name in value:
            check(value[name], part, f"{path}.{name}")
        elif name not in optional:
            raise BadData(path=f"{path}.{name}", problem="is missing")


def _check_list(value: object, part: Any, path: str) -> None:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise BadData(path=path, problem=f"is {type(value).__name__}, not a list")
    for index, item in enumerate(value):
        check(item, part, f"{path}[{index}]")


def _check_choice(value: object, choices: tuple[object, ...], path: str) -> None:
    if value not in choices:
        raise BadData(path=path, problem=f"is {value!r}, not one of {', '.join(map(str, choices))}")


def _check_plain(value: object, shape: type, path: str) -> None:
    if type(value) is not shape:
        raise BadData(path=path, problem=f"is {type(value).__name__}, not {shape.__name__}")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadData(path=path, problem="has half a surrogate pair")
    if isinstance(value, int) and abs(value) > MOST:
        raise BadData(path=path, problem="is beyond 63 bits")
