"""A failure is seen: nothing is swallowed, and every refusal says what it knows."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, dotted, modules, told

# The web boundary turns what is left into an answer, the worker loop into a failed job.
BOUNDARIES = ("core/web/", "core/jobs/")
BROAD = {"Exception", "BaseException", "builtins.Exception"}


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or dotted(kind) in BROAD for kind in kinds)


def _raises(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def test_no_broad_except_outside_the_web_boundary_and_the_worker_loop() -> None:
    faults = [
        f"{module.at(node)} swallows whatever comes"
        for module in modules()
        if not module.name.startswith(BOUNDARIES)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises(node)
    ]
    assert not faults, told(faults)


LOADS_ALL = """
import importlib, json, sys
for name in json.load(sys.stdin):
    importlib.import_module(name)
from core.errors import refusals
known = refusals().items()
print(json.dumps({code: [kind.__module__, kind.sentence, list(kind.fact_names())] for code, kind in known}))
"""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, list[str]]]:
    """Every refusal of the product, read in a process of its own (loading all addons would stay in this one)."""
    names = [
        ".".join(m.path.relative_to(ROOT).with_suffix("").parts)
        for m in modules()
        if m.parts[0] in {"core", "addons"} and "Refusal" in ast.unparse(m.tree) and m.path.stem != "__main__"
    ]
    answer = subprocess.run(
        [sys.executable, "-c", LOADS_ALL],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path_factory.mktemp("elsewhere"),
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, tuple[str, str, list[str]]] = json.loads(answer.stdout)
    return found


def test_the_sentence_of_a_refusal_uses_exactly_its_facts(refusals: dict[str, tuple[str, str, list[str]]]) -> None:
    faults = [
        f"{module}: {code}: the sentence names {sorted(named)}, the facts are {sorted(facts)}"
        for code, (module, sentence, facts) in refusals.items()
        if (named := set(re.findall(r"%\((\w+)\)s", sentence))) != set(facts)
    ]
    assert not faults, told(faults)


def test_a_refusal_is_a_sentence(refusals: dict[str, tuple[str, str, list[str]]]) -> None:
    faults = [
        f"{module}: {code}: {sentence!r}"
        for code, (module, sentence, facts) in refusals.items()
        if not re.match(r"^([A-Z%].*\.|.*%\(\w+\)s)$", sentence)
    ]
    assert not faults, told(faults)


def test_a_refused_sentence_can_be_translated_with_all_its_facts() -> None:
    """The same places stand in every language: msgid and msgstr of a catalogue name the same facts."""
    from babel.messages.pofile import read_po

    faults = []
    for path in sorted(p for package in ("core", "addons") for p in Path(ROOT, package).rglob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string and isinstance(message.id, str):
                    places = [set(re.findall(r"%\((\w+)\)\w", str(text))) for text in (message.id, message.string)]
                    if places[0] != places[1]:
                        faults.append(f"{path.relative_to(ROOT)}:{message.lineno} {message.id!r} -> {message.string!r}")
    assert not faults, told(faults)
