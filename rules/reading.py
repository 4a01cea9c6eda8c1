"""Conditions and effects from plain data, each word checked against the vocabulary; all problems are gathered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rules.book import Combine, Compare, Condition, Ref, Then
from rules.errors import Problem
from rules.values import NUMBERS, ORDERED, NotAValue, read_text, read_value, shown
from rules.vocabulary import Choice, Effect, Fact, Kind, Param, Value, Vocabulary

MOST_LISTED = 64  # values of one `in` or `not_in`
MOST_PARTS = 500  # parts of one group of conditions

_EQUAL = ("is", "is_not", "in", "not_in")
_ORDER = ("at_least", "more_than", "at_most", "less_than")
_SINGLE = frozenset({"is", "is_not", *_ORDER})
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    **dict.fromkeys(ORDERED, _EQUAL + _ORDER),
    Kind.YES_NO: ("is", "is_not"),
    Kind.CHOICE: _EQUAL,
    Kind.CHOICES: ("has", "has_not"),
}
_GROUPS: Mapping[str, Literal["all", "any", "none"]] = {"all": "all", "any": "any", "none": "none"}


def read_condition(
    raw: object, vocabulary: Vocabulary, scope: Literal["event", "line"], problems: list[Problem], path: str = ""
) -> Condition | None:
    """Return the condition tree, or None after adding to `problems` (paths below `path`) what is wrong with it."""
    if not isinstance(raw, Mapping):
        problems.append(Problem(path, f"must be a condition, not {shown(raw)}"))
        return None
    if "fact" in raw:
        return _read_compare(raw, vocabulary, scope, problems, path)
    if len(raw) == 1 and next(iter(raw)) in _GROUPS:
        return _read_group(raw, vocabulary, scope, problems, path)
    problems.append(Problem(path, "must have a fact, or exactly one of all, any, none"))
    return None


def _read_group(
    raw: Mapping[str, object],
    vocabulary: Vocabulary,
    scope: Literal["event", "line"],
    problems: list[Problem],
    path: str,
) -> Condition | None:
    how = _GROUPS[next(iter(raw))]
    parts_raw = raw[how]
    here = f"{path}.{how}"
    if not isinstance(parts_raw, list) or not 1 <= len(parts_raw) <= MOST_PARTS:
        problems.append(Problem(here, f"must be a list of 1 to {MOST_PARTS} conditions"))
        return None
    parts = [
        read_condition(part, vocabulary, scope, problems, f"{here}[{place}]") for place, part in enumerate(parts_raw)
    ]
    good = tuple(part for part in parts if part is not None)
    return Combine(how, good) if len(good) == len(parts) else None


def _read_compare(
    raw: Mapping[str, object],
    vocabulary: Vocabulary,
    scope: Literal["event", "line"],
    problems: list[Problem],
    path: str,
) -> Condition | None:
    name = raw["fact"]
    fact = vocabulary.facts.get(name) if isinstance(name, str) else None
    if fact is None:
        problems.append(Problem(f"{path}.fact", f"{shown(name)} is not a fact that any addon declares"))
        return None
    if fact.scope != scope:
        wanted = "facts of a line belong into items" if scope == "event" else "items may only ask about the line"
        problems.append(Problem(f"{path}.fact", f"{fact.name}: {wanted}"))
        return None
    allowed = OPERATORS[fact.kind]
    operators = [key for key in raw if key != "fact"]
    if len(operators) != 1 or operators[0] not in allowed:
        problems.append(Problem(path, f"{fact.name} needs exactly one of {', '.join(allowed)}"))
        return None
    return compare(fact, operators[0], raw[operators[0]], problems, f"{path}.{operators[0]}")


def compare(fact: Fact, operator: str, raw: object, problems: list[Problem], path: str) -> Compare | None:
    """Return one comparison of a fact with an operand as written, or None after adding to `problems`."""
    try:
        return Compare(fact.name, operator, _operand(fact, operator, raw))  # type: ignore[arg-type]
    except NotAValue as refusal:
        problems.append(Problem(path, str(refusal)))
        return None


def _operand(fact: Fact, operator: str, raw: object) -> Value | tuple[Value, ...] | Ref:
    if isinstance(raw, Mapping):
        if operator not in _SINGLE:
            raise NotAValue("cannot be compared with a parameter")
        return read_ref(raw, fact.kind)
    if operator not in ("in", "not_in"):
        kind = Kind.CHOICE if fact.kind is Kind.CHOICES else fact.kind
        return read_value(raw, kind, fact.choices)
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_LISTED:
        raise NotAValue(f"must be a list of 1 to {MOST_LISTED} values")
    return tuple(read_value(each, fact.kind, fact.choices) for each in raw)


def read_ref(raw: Mapping[object, object], kind: Kind) -> Ref:
    """Return a reference from `{parameter: NAME}`. Refuses with NotAValue other shapes and kinds without parameters."""
    if kind not in NUMBERS:
        raise NotAValue("only numbers can be parameters")
    if list(raw) != ["parameter"]:
        raise NotAValue("must be a value or {parameter: NAME}")
    return Ref(read_text(raw["parameter"]))


def read_then(raw: object, vocabulary: Vocabulary, problems: list[Problem], path: str) -> Then | None:
    """Return one effect with its parameters, or None after adding to `problems` what is wrong with it."""
    name = raw.get("effect") if isinstance(raw, Mapping) else None
    effect = vocabulary.effects.get(name) if isinstance(name, str) else None
    if effect is None or not isinstance(raw, Mapping):
        problems.append(Problem(f"{path}.effect", f"{shown(name)} is not an effect that any addon declares"))
        return None
    given = {key: value for key, value in raw.items() if key != "effect"}
    params = _read_params(effect, given, problems, path)
    return Then(effect.name, params)


def _read_params(
    effect: Effect, given: Mapping[object, object], problems: list[Problem], path: str
) -> dict[str, Value | Ref]:
    declared = {param.name: param for param in effect.params}
    problems.extend(
        Problem(f"{path}.{key}", f"{effect.name} has no parameter of this name") for key in given if key not in declared
    )
    problems.extend(
        Problem(f"{path}.{param.name}", f"{effect.name} needs it")
        for param in effect.params
        if param.required and param.default is None and param.name not in given
    )
    params: dict[str, Value | Ref] = {}
    for name, param in declared.items():
        if name in given:
            try:
                params[name] = _read_param(param, given[name])
            except NotAValue as refusal:
                problems.append(Problem(f"{path}.{name}", str(refusal)))
    return params


def _read_param(param: Param, raw: object) -> Value | Ref:
    if isinstance(raw, Mapping):
        return read_ref(raw, param.kind)
    choices: tuple[Choice, ...] | None = param.choices
    if param.kind is Kind.CHOICES and (not isinstance(raw, list) or not raw):
        raise NotAValue("must be a list of codes with at least one")
    value = read_value(raw, param.kind, choices)
    check_bounds(param, value)
    return value


def check_bounds(param: Param, value: Value) -> None:
    """Refuse with NotAValue a number outside the bounds of an effect's parameter."""
    if not isinstance(value, int) or isinstance(value, bool):
        return
    if param.at_least is not None and value < param.at_least:
        raise NotAValue(f"must be at least {param.at_least}")
    if param.at_most is not None and value > param.at_most:
        raise NotAValue(f"must be at most {param.at_most}")
