"""Bad files at the command line: a sentence that says what is wrong, and nothing is written."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.cli.main import main
from core.db.base import metadata
from core.db.session import engine

Run = Callable[[str, Path], tuple[int, str]]
HEAD = "receipt,store,at,product,quantity,list_amount,amount,member,currency"
MEMBERS = "store,phone,name,birthday"


def row(**more: str) -> str:
    """Return a purchase that is right but for what is said."""
    values = {
        "receipt": "R1", "store": "S3", "at": "2026-03-02T15:00", "product": "COAT-M", "quantity": "1",
        "list_amount": "100.00", "amount": "100.00", "member": "", "currency": "CNY",
    }  # fmt: skip
    return ",".join((values | more).values())


#: Kind of import, text of the file, a word of what must be said.
FILES: dict[str, tuple[str, str, str]] = {
    "unknown product": ("purchases", f"{HEAD}\n{row(product='NOPE')}\n", "NOPE"),
    "unknown store": ("purchases", f"{HEAD}\n{row(store='S7')}\n", "S7"),
    "quantity below nothing": ("purchases", f"{HEAD}\n{row(quantity='-1')}\n", "quantity"),
    "absurd quantity": (
        "purchases",
        "receipt,store,at,product,quantity,list_price\nR1,S3,2026-03-02T15:00,COAT-M,999999999999,100.00\n",
        "999999999999",
    ),
    "wrong currency": ("purchases", f"{HEAD}\n{row(currency='HKD')}\n", "HKD"),
    "bad day": ("purchases", f"{HEAD}\n{row(at='2026-02-30')}\n", "2026-02-30"),
    "amount in words": ("purchases", f"{HEAD}\n{row(amount='free')}\n", "free"),
    "wrong column": ("purchases", f"{HEAD},colour_of_bag\n{row()},red\n", "colour_of_bag"),
    "missing column": ("members", "phone,name\n13812345678,王小明\n", "store"),
    "phone of somebody else": ("members", f"{MEMBERS}\nS3,13837654300,別人,1980-01-01\n", "13837654300"),
    "bad birthday": ("members", f"{MEMBERS}\nS3,13812345678,王小明,1990-13-01\n", "1990-13-01"),
    "two million columns": ("members", ",".join(["a"] * 2_000_000), "large"),
}


def stored() -> dict[str, int]:
    """Return how many rows every table has."""
    with engine().connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
            if name.startswith(("membership_", "sales_", "points_", "tiers_", "vouchers_", "catalog_", "core_decision"))
        }


@pytest.fixture
def run(product: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command as people call it, over the connected database."""
    monkeypatch.setenv("GUIBIN_DATABASE", engine().url.render_as_string(hide_password=False))

    def called(kind: str, path: Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["guibin", "import", kind, str(path)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), " ".join((said.out + said.err).split())

    return called


@pytest.mark.parametrize("case", FILES)
def test_a_bad_file_is_refused_with_a_sentence(run: Run, tmp_path: Path, case: str) -> None:
    kind, text, word = FILES[case]
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    before = stored()
    code, said = run(kind, path)
    assert code != 0
    assert word in said, said
    assert stored() == before


def test_a_workbook_that_swells_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 210_000_000)
    code, said = run("members", path)
    assert code != 0
    assert "large" in said, said


def test_a_right_file_is_taken(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{HEAD}\n{row()}\n", encoding="utf-8")
    before = stored()
    code, said = run("purchases", path)
    assert code == 0, said
    assert stored()["sales_receipt"] == before["sales_receipt"] + 1
