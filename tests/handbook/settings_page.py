"""`python -m tests.handbook.settings_page` writes docs/handbook/settings.md from what the addons declare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.addons.discover import available
from core.addons.manifest import Manifest
from core.addons.registry import Registry, load
from core.money import yuan
from core.settings import Setting
from rules.vocabulary import Text

PATH = Path(__file__).parents[2] / "docs/handbook/settings.md"
HEAD = """# 設定 Settings

每一項設定都有預設值；總部在 **規則 → 方案決定** 變更，要寫原因，每一次變更都保留。金額以元計，「決定」是編號。

Each setting has a default. Headquarters changes it under *Rules → Programme decisions*, with a reason; every change is
kept. Amounts are in yuan; "decision" is the number of the programme decision it answers. This page is written from what
the addons declare.
"""


def shown(setting: Setting, value: object) -> str:
    """Return a value as people read it, Chinese first."""
    if setting.kind == "yes_no":
        return "是 yes" if value else "否 no"
    if setting.kind == "money" and isinstance(value, int):
        return yuan(value)
    if setting.kind == "ratio" and isinstance(value, int):
        return f"{value // 100}{f'.{value % 100:02}' if value % 100 else ''} %"
    if setting.kind == "choice":
        return next(_both(choice.label) for choice in setting.choices if choice.code == value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _both(text: Text | None) -> str:
    if text is None:
        return ""
    return text.zh_hant if text.zh_hant == text.en else f"{text.zh_hant} {text.en}"


def _allowed(setting: Setting) -> str:
    if setting.choices:
        return "；".join(_both(choice.label) for choice in setting.choices)
    if setting.kind == "yes_no":
        return "是 yes；否 no"
    return f"{shown(setting, setting.at_least)} – {shown(setting, setting.at_most)}" if setting.kind != "text" else ""


def _addon(manifest: Manifest, settings: Sequence[Setting]) -> Iterator[str]:
    yield f"## {_both(manifest.title)}"
    for setting in settings:
        yield f"### {_both(setting.label)}"
        yield f"`{setting.name}`" + (f" · 決定 decision {setting.decision}" if setting.decision else "")
        if setting.quotation:
            yield f"> 「{setting.quotation}」"
        if setting.help:
            yield f"{setting.help.zh_hant} {setting.help.en}"
        rows = ["| 預設 default | 可選 allowed |", "| --- | --- |"]
        yield "\n".join([*rows, f"| {shown(setting, setting.default)} | {_allowed(setting)} |"])
        if setting.alternatives:
            yield "另一種讀法 could also be: " + "；".join(_both(each) for each in setting.alternatives)


def settings_page(registry: Registry) -> str:
    """Return the page."""
    parts = [HEAD.rstrip("\n")]
    for manifest, settings in registry.constants("vocabulary", "SETTINGS"):
        parts.extend(_addon(manifest, settings))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PATH.write_text(settings_page(load(available())), "utf-8")
