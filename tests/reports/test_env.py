from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import reports
from reports import env
from reports.errors import EnvironmentIncomplete
from reports.render import render_pdf
from tests.reports import samples

ROOT = Path(reports.__file__ or "").parent.parent


def test_this_machine_can_print() -> None:
    assert env.problems() == []


def test_the_check_needs_nothing_but_the_standard_library() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import reports.env; print(len(reports.env.problems()))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_what_is_missing_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(env, "FONT_FILES", (Path("/nowhere/NotoSansCJK-Regular.ttc"),))
    assert env.main([]) == 1
    told = capsys.readouterr().out
    assert "fonts-noto-cjk: Chinese glyphs" in told
    assert "apt-get install fonts-noto-cjk" in told
    with pytest.raises(EnvironmentIncomplete, match="fonts-noto-cjk"):
        render_pdf(samples.document("decision"))


def test_without_root_the_command_is_told_instead_of_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert env.install([env.Problem("libpango-1.0-0", "text")]) == 1
    assert "apt-get install --yes --no-install-recommends libpango-1.0-0" in capsys.readouterr().err


def test_only_our_two_fonts_are_let_in() -> None:
    conf = env.fontconfig()
    assert conf.count("<acceptfont>") == 1
    assert "<rejectfont><glob>*</glob></rejectfont>" in conf
    assert "NotoSansCJK-Bold.ttc" in conf
