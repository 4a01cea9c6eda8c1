"""The repository speaks of the product alone, and its templates escape what people typed."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.tree import ROOT, files, told

# Written apart, so that this file does not find itself.
PLACES = [rf"(?<![\w.>\"'}})])/{place}/" for place in ("work", "tmp", "root", "opt", "home")]
TALK = ["cl" + "aude", "anth" + "ropic", "open" + "ai", "chat" + "gpt", "co" + "pilot", "sub" + "agent"]
REGISTRIES = ["pythonhosted", "pypi", "npmjs", "deb.debian"]
FOREIGN = re.compile("|".join([*PLACES, *TALK, *(rf"{name}\.(org|com)" for name in REGISTRIES)]), re.IGNORECASE)
PICTURES = {".png", ".jpg", ".ico", ".woff2", ".ttf", ".otf", ".icc", ".mo", ".pdf", ".xlsx", ".parquet", ".gz", ".zip"}


def _lines(path: Path) -> list[tuple[int, str]]:
    return list(enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1))


def _templates() -> list[Path]:
    return [p for p in files() if p.suffix in {".html", ".jinja", ".j2", ".svg"} and "templates" in p.parts]


def test_no_word_of_the_machine_or_of_how_the_text_came_to_be() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}"
        for path in files()
        if path.suffix not in PICTURES and path != Path(__file__)
        for number, line in _lines(path)
        if FOREIGN.search(line)
    ]
    assert not faults, told(faults)


def test_templates_never_switch_escaping_off() -> None:
    off = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")
    faults = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in _templates()
        for number, line in _lines(path)
        if off.search(line)
    ]
    assert not faults, told(faults)


def test_templates_carry_no_script_that_the_content_policy_would_stop() -> None:
    inline = re.compile(r"\son(click|change|submit|load|input)\s*=|javascript:", re.IGNORECASE)
    faults = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in _templates()
        for number, line in _lines(path)
        if inline.search(line)
    ]
    assert not faults, told(faults)
