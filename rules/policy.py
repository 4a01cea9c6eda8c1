"""Rule books as YAML: read with every problem named, write without loss.

Keys of a book: book (its name), brand, currency, settings, parameters, groups, rules, tables. Numbers are whole: money
in fen, ratios in basis points; days are `2026-05-01`, times `09:30`. A value may be `{parameter: NAME}`. `rules.schema`
has each word, `rules.tables` the form of decision tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from marshmallow import ValidationError

from rules.book import Compare, Parameter, Ref, Rule, RuleBook, Table
from rules.condition import facts_of
from rules.errors import BookRefused, Problem
from rules.normal import check_rule
from rules.parameters import compares_of
from rules.schema import BookSchema, RuleSchema, Words, problems_of
from rules.standard_effects import COUPON, VOUCHERS_ISSUED
from rules.tables import TableReader
from rules.values import NotAValue, check_plain, read_text
from rules.vocabulary import Kind, Vocabulary
from rules.when import refs_of_rule
from rules.writing import plain_book
from rules.yaml_text import DEEPEST, read_yaml, write_yaml

MOST_RULES = 20_000


def read_book(data: Mapping[str, object] | str, vocabulary: Vocabulary) -> RuleBook:
    """Read a rule book from YAML text or from plain data; the rules of tables come after the plain ones.

    Refuses with BookRefused, listing every problem with its path.
    """
    raw = read_yaml(data) if isinstance(data, str) else data
    if not isinstance(raw, Mapping):
        raise BookRefused.at("", "must be a rule book: a group of words")
    try:
        raw = check_plain(raw, DEEPEST)
    except NotAValue as refusal:
        raise BookRefused.at("", str(refusal)) from None
    with Words(vocabulary):
        return _Reader(raw, vocabulary).book()


def write_book(book: RuleBook) -> str:
    """Write a rule book as YAML; reading it again gives an equal book (rules of tables stand last in both)."""
    return write_yaml(plain_book(book))


class _Reader:
    """Reads one book and gathers its problems."""

    def __init__(self, raw: dict[str, object], vocabulary: Vocabulary) -> None:
        self.raw = raw
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []
        self.rules: list[tuple[str, Rule]] = []
        self.tables: list[Table] = []

    def book(self) -> RuleBook:
        schema = BookSchema()
        try:
            read = schema.load(self.raw)
        except ValidationError as refusal:
            self.problems += problems_of(refusal.messages)
            read = refusal.valid_data if isinstance(refusal.valid_data, dict) else {}
        for place, raw in enumerate(self._listed("rules")):
            self._read_rule(raw, f"rules[{place}]", None)
        for place, raw in enumerate(self._listed("tables")):
            self._read_table(raw, f"tables[{place}]")
        parameters = [each for each in read.get("parameters", ()) if isinstance(each, Parameter)]
        groups = tuple(each for each in read.get("groups", ()) if not isinstance(each, dict))
        self._check(parameters, [group.name for group in groups])
        if self.problems:
            raise BookRefused(self.problems)
        return RuleBook(
            name=read["book"],
            brand=read["brand"],
            currency=read["currency"],
            groups=groups,
            rules=tuple(rule for _, rule in self.rules),
            parameters={parameter.name: parameter for parameter in parameters},
            settings=read["settings"],
            tables=tuple(self.tables),
        )

    def _listed(self, key: str) -> list[object]:
        listed = self.raw.get(key)
        return listed if isinstance(listed, list) else []

    def _read_rule(self, raw: object, path: str, table: str | None) -> None:
        if len(self.rules) >= MOST_RULES:
            if len(self.rules) == MOST_RULES and self.problems[-1:] != [_TOO_MANY]:
                self.problems.append(_TOO_MANY)
            return
        try:
            rule: Rule = RuleSchema().load(raw)  # type: ignore[arg-type]
        except ValidationError as refusal:
            self.problems += problems_of(refusal.messages, path)
        else:
            self.rules.append((path, _of_table(rule, table)))

    def _read_table(self, raw: object, path: str) -> None:
        try:
            name = read_text(raw.get("table") if isinstance(raw, Mapping) else None)
        except NotAValue as refusal:
            self.problems.append(Problem(f"{path}.table", str(refusal)))
            return
        for row_path, row in TableReader(raw, self.vocabulary, self.problems, path).rules():
            self._read_rule(row, row_path, name)
        self.tables.append(Table(name, raw if isinstance(raw, Mapping) else {}))

    def _check(self, parameters: list[Parameter], groups: list[str]) -> None:
        kinds = {parameter.name: parameter.kind for parameter in parameters}
        self._refuse_twice("parameters", [parameter.name for parameter in parameters])
        self._refuse_twice("groups", groups)
        self._refuse_twice("rules", [rule.name for _, rule in self.rules])
        self._refuse_twice("tables", [table.name for table in self.tables])
        for path, rule in self.rules:
            self.problems += _problems_of_rule(rule, path, kinds, set(groups), self.vocabulary)
            self.problems += _worthy_coupons(rule, path, {each.name: each for each in parameters})

    def _refuse_twice(self, path: str, names: Iterable[str]) -> None:
        twice = [name for name, count in Counter(names).items() if count > 1]
        self.problems += [Problem(path, f"{name} is there twice") for name in twice]


_TOO_MANY = Problem("rules", f"are more than {MOST_RULES}")


def _of_table(rule: Rule, table: str | None) -> Rule:
    return rule if table is None else replace(rule, table=table)


def _problems_of_rule(
    rule: Rule, path: str, kinds: Mapping[str, Kind], groups: set[str], vocabulary: Vocabulary
) -> list[Problem]:
    found = check_rule(rule, path)
    missing = sorted(refs_of_rule(rule) - kinds.keys())
    found += [Problem(path, f"parameter {name} is not in this book") for name in missing]
    found += [
        Problem(f"{path}.{where}", f"parameter {name} is of kind {kinds[name]}, not {wanted}")
        for where, name, wanted in _uses(rule, vocabulary)
        if name in kinds and kinds[name] is not wanted
    ]
    if rule.group is not None and rule.group not in groups:
        found.append(Problem(f"{path}.group", f"{rule.group} is not a group of this book"))
    prices = [then.effect for then in rule.then if vocabulary.effects[then.effect].on != "event"]
    if rule.group is None and prices:
        found.append(Problem(f"{path}.group", f"is needed, because {prices[0]} changes prices"))
    return [*found, *_words_only(rule, path, vocabulary)]


def _words_only(rule: Rule, path: str, vocabulary: Vocabulary) -> list[Problem]:
    """Return what a rule gives although it asks what may only choose words, as the sex of a member (C33)."""
    asked = sorted(name for name in facts_of(rule.items) | facts_of(rule.when) if vocabulary.facts[name].words_only)
    given = [then.effect for then in rule.then if vocabulary.effects[then.effect].of_value]
    if not asked or not given:
        return []
    return [Problem(path, f"asks {asked[0]}, which may choose the words of a message and never {given[0]}")]


def _worthy_coupons(rule: Rule, path: str, parameters: Mapping[str, Parameter]) -> list[Problem]:
    """Return the discount coupons that a rule gives a value: who pays what they take off would pay twice."""
    found = []
    for place, then in enumerate(rule.then):
        kind, value = VOUCHERS_ISSUED.get(then.effect, ("", ""))
        worth = then.params.get(value)
        if isinstance(worth, Ref):
            dated = parameters[worth.parameter].values if worth.parameter in parameters else ()
            worth = max((number for _, number in dated), default=0)
        if worth and then.params.get(kind) == COUPON:
            found.append(Problem(f"{path}.then[{place}].{value}", "must be 0: a rule says what a coupon takes off"))
    return found


def _uses(rule: Rule, vocabulary: Vocabulary) -> list[tuple[str, str, Kind]]:
    """Return (where, parameter, kind it must have) for every parameter a rule uses."""
    uses: list[tuple[str, object, Kind]] = []
    for where, condition in (("items", rule.items), ("when", rule.when)):
        rows: tuple[Compare, ...] = compares_of(condition)
        uses += [(where, row.operand, vocabulary.facts[row.fact].kind) for row in rows]
    for total in rule.totals:
        kind = Kind.COUNT if total.measure == "quantity" else Kind.MONEY
        uses += [("totals", total.at_least, kind), ("totals", total.at_most, kind)]
    for limit in rule.limits:
        uses += [("limits", limit.count, Kind.COUNT), ("limits", limit.budget, Kind.MONEY)]
    for then in rule.then:
        params = {param.name: param.kind for param in vocabulary.effects[then.effect].params}
        uses += [("then", value, params[name]) for name, value in then.params.items()]
    return [(where, value.parameter, kind) for where, value, kind in uses if isinstance(value, Ref)]
