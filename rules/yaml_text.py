"""YAML as rule books and case files use it: texts, whole numbers, true, false, null; nothing that surprises."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from rules.errors import BookRefused

LARGEST_FILE = 5_000_000  # characters
DEEPEST = 30

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

_RESOLVERS = (
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), "tf"),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
    ("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), "-0123456789"),
)


class _Loader(_Base):
    """Days, times and fractions stay texts: the schema reads them by the kind of the word they stand at."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """Refuse a key that is given twice; YAML would keep the last one in silence."""
        mapping: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        return mapping


class _Dumper(yaml.SafeDumper):
    """Quotes what the loader would take for a number, true, false or null."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def ignore_aliases(self, data: object) -> bool:
        """Write equal parts out each time: aliases are refused when reading."""
        return True


for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))
    _Dumper.add_implicit_resolver(_tag, _pattern, list(_first))


def read_yaml(text: str) -> object:
    """Return the plain data of a YAML text.

    Refuses with BookRefused texts over 5 MB, nesting deeper than 30, aliases, tags of programming languages, keys
    given twice and whatever is not YAML.
    """
    if len(text) > LARGEST_FILE:
        raise BookRefused.at("", f"is larger than {LARGEST_FILE} characters")
    try:
        _refuse_traps(text)
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader with fewer types
    except (yaml.YAMLError, ValueError) as refusal:
        raise BookRefused.at("", f"is not YAML that can be read: {_brief(refusal)}") from None


def write_yaml(data: object) -> str:
    """Return plain data as YAML, keys in their order, one page wide, Chinese as it is."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)


def _refuse_traps(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise BookRefused.at("", f"uses an alias or anchor{_line(event.start_mark)}; write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BookRefused.at("", f"is nested deeper than {DEEPEST}{_line(event.start_mark)}")


def _brief(refusal: Exception) -> str:
    problem = getattr(refusal, "problem", None) or str(refusal).splitlines()[0][:200]
    return f"{problem}{_line(getattr(refusal, 'problem_mark', None))}"


def _line(mark: Any) -> str:
    return f" in line {mark.line + 1}" if mark is not None else ""
