"""Decision tables: many rules of one shape, a row each.

    table: tier-rate                 # name of the table
    event: quote                     # any key of a rule (but rule and then) holds for all rows ...
    group: member-price
    items: {fact: line.price_ratio, at_least: 8000}
    columns: [member.tier, member.receipts_before, price.pay_ratio.ratio]
    rows:
    - {name: Second visit, member.tier: ordinary, member.receipts_before: {at_least: 1}, price.pay_ratio.ratio: 9500}
    - {name: High tiers, member.tier: [gold, diamond], price.pay_ratio.ratio: {parameter: high-ratio}, priority: 5}

A column is a fact or a parameter of an effect (EFFECT.PARAMETER). The cell of a fact is a value (is, or has for sets of
choices), a list (in), operators with their values (all must hold), or {parameter: NAME}; an empty or missing cell does
not restrict. A row may give any key of a rule itself, which replaces the shared one; but `when` and `items` of table,
row and cells must all hold, and effects in columns are added to those of `then`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.errors import Problem
from rules.values import shown
from rules.vocabulary import Effect, Kind, Vocabulary

_ADDED = ("when", "items", "then")
RULE_KEYS = frozenset(
    {
        *("reference", "event", "totals", "group", "priority", "calendar", "stores", "limits", "funding"),
        *("enabled", "once", "note", *_ADDED),
    }
)


class TableReader:
    """Takes one table apart into rules as plain data; gathers what is wrong with its shape."""

    def __init__(self, raw: object, vocabulary: Vocabulary, problems: list[Problem], path: str) -> None:
        """Take the table as written; problems are added with paths below `path`."""
        self.raw: Mapping[str, object] = raw if isinstance(raw, Mapping) else {}
        self.vocabulary = vocabulary
        self.problems = problems
        self.path = path
        self.columns = self._listed("columns")
        self.shared = {key: value for key, value in self.raw.items() if key in RULE_KEYS}

    def rules(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Give the path and the plain data of the rule of each row."""
        self._refuse_words(self.raw, RULE_KEYS | {"table", "columns", "rows"}, self.path)
        for place, column in enumerate(self.columns):
            if column not in self.vocabulary.facts and self._effect_of(column) is None:
                self._refuse(f"{self.path}.columns[{place}]", f"{shown(column)} is neither a fact nor EFFECT.PARAMETER")
        for place, row in enumerate(self._listed("rows")):
            path = f"{self.path}.rows[{place}]"
            if isinstance(row, Mapping):
                self._refuse_words(row, RULE_KEYS | {"name"} | set(map(str, self.columns)), path)
                yield path, self._rule(row)
            else:
                self._refuse(path, f"must be a row, not {shown(row)}")

    def _rule(self, row: Mapping[str, object]) -> dict[str, object]:
        own = {key: value for key, value in row.items() if key in RULE_KEYS}
        rule = {key: value for key, value in (self.shared | own).items() if key not in _ADDED}
        cells = [(column, row[column]) for column in map(str, self.columns) if row.get(column) is not None]
        for key, scope in (("when", "event"), ("items", "line")):
            parts = [source[key] for source in (self.shared, own) if key in source]
            own_cells = [cell for cell in cells if self._scope(cell[0]) == scope]
            parts += [part for column, cell in own_cells for part in self._cell(column, cell)]
            if parts:
                rule[key] = parts[0] if len(parts) == 1 else {"all": parts}
        rule["then"] = self._then(own, cells)
        return rule | {"rule": row.get("name")}

    def _then(self, own: Mapping[str, object], cells: list[tuple[str, object]]) -> object:
        then = own.get("then", self.shared.get("then", []))
        added: dict[str, dict[str, object]] = {}
        for column, cell in cells:
            if self._scope(column) is None and (effect := self._effect_of(column)):
                added.setdefault(effect.name, {"effect": effect.name})[column.removeprefix(effect.name + ".")] = cell
        return [*then, *added.values()] if isinstance(then, list) else then

    def _cell(self, column: str, cell: object) -> Iterator[dict[str, object]]:
        if isinstance(cell, list):
            yield {"fact": column, "in": cell}
        elif isinstance(cell, Mapping) and "parameter" not in cell:
            for operator, operand in cell.items():
                yield {"fact": column, operator: operand}
        else:
            has = self.vocabulary.facts[column].kind is Kind.CHOICES
            yield {"fact": column, "has" if has else "is": cell}

    def _scope(self, column: str) -> str | None:
        fact = self.vocabulary.facts.get(column)
        return fact.scope if fact else None

    def _effect_of(self, column: object) -> Effect | None:
        name = str(column).rpartition(".")[0]
        return self.vocabulary.effects.get(name)

    def _listed(self, key: str) -> list[object]:
        value = self.raw.get(key)
        if isinstance(value, list) and (value or key == "rows"):
            return value
        self._refuse(f"{self.path}.{key}", "must be a list")
        return []

    def _refuse_words(self, given: Mapping[str, object], known: set[str] | frozenset[str], path: str) -> None:
        for key in given:
            if key not in known:
                self._refuse(f"{path}.{key}", "is not a word of decision tables and no column")

    def _refuse(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))
