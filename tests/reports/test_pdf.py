from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from reports import assemble, page, render
from reports.document import Document, Pdf
from reports.errors import MissingGlyphs, RenderFailed, RenderTimedOut
from reports.render import render_pdf
from reports.tables import csv_bytes, tables
from reports.text import money, number
from reports.words import words
from reports.worker import Job
from tests.reports import samples

Printed = Callable[[str, str], Pdf]
CHINESE = [(template, "zh_Hant_TW") for template in samples.TEMPLATES]
EACH = [
    *CHINESE,
    ("receipt_slip", "en"),
    ("points_statement", "en"),
    ("programme_summary", "en"),
    ("decision", "zh_Hans_CN"),
]


@cache  # reading takes longer than printing
def text_of(content: bytes) -> list[str]:
    return [re.sub(r"\s+", " ", one.extract_text()) for one in PdfReader(io.BytesIO(content)).pages]


def xmp_of(pdf: pikepdf.Pdf) -> str:
    return pdf.Root.Metadata.read_bytes().decode()


@pytest.mark.parametrize(("template", "language"), EACH)
def test_each_document_claims_pdf_a_3a_and_ua_1_with_all_marks(printed: Printed, template: str, language: str) -> None:
    made = printed(template, language)
    assert made.warnings == ()
    assert made.missing == ()
    assert made.sha256 == hashlib.sha256(made.content).hexdigest()
    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        xmp = xmp_of(pdf)
        assert 'pdfaid:part="3"' in xmp
        assert 'pdfaid:conformance="A"' in xmp
        assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
        assert xmp.count("<rdf:RDF") == 1  # a second one is not read
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert str(pdf.Root.Lang) == {"zh_Hant_TW": "zh-Hant-TW", "zh_Hans_CN": "zh-Hans", "en": "en"}[language]
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert pdf.docinfo["/Title"] == samples.document(template, language).title
        assert len(pdf.pages) == made.pages


@pytest.mark.parametrize(("template", "language"), EACH)
def test_every_font_is_one_of_ours_and_embedded(printed: Printed, template: str, language: str) -> None:
    with pikepdf.open(io.BytesIO(printed(template, language).content)) as pdf:
        fonts = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        for font in fonts:
            assert "Noto-Sans-CJK" in str(font.FontName)
            assert "/FontFile3" in font


@pytest.mark.parametrize(("template", "language"), [each for each in EACH if each[0] in samples.REPORTS])
def test_each_page_has_its_number_and_the_hash_of_the_data(printed: Printed, template: str, language: str) -> None:
    made = printed(template, language)
    pages = text_of(made.content)
    for index, text in enumerate(pages, start=1):
        numbered = {"zh_Hant_TW": "第 {} 頁，共 {} 頁", "zh_Hans_CN": "第 {} 页，共 {} 页", "en": "Page {} of {}"}[
            language
        ]
        assert numbered.format(index, made.pages) in text
        assert made.data_sha256 in text


@pytest.mark.parametrize("template", samples.REPORTS)
def test_the_attachments_are_the_data_each_once_with_the_documents_date(printed: Printed, template: str) -> None:
    made, document = printed(template, "zh_Hant_TW"), samples.document(template)
    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        assert len(pdf.Root.AF) == len(made.attachments) == len(pdf.attachments)
        for attached in made.attachments:
            inside = pdf.attachments[attached.name].get_file()
            assert inside.read_bytes() == attached.content
            assert inside.creation_date == inside.mod_date == samples.AS_OF
    files = {attached.name: attached for attached in made.attachments}
    main = document.kind.tables(document.data, words("zh_Hant_TW"))[0]
    assert files[f"{main.name}.csv"].content == csv_bytes(document, human=False)
    assert files["data.json"].sha256 == made.data_sha256
    text = "".join(text_of(made.content)).replace(" ", "")
    assert all(attached.sha256 in text for attached in made.attachments)


def test_the_totals_of_a_decision_are_read_back_from_the_paper(printed: Printed) -> None:
    data: Any = samples.decision()
    text = " ".join(text_of(printed("decision", "zh_Hant_TW").content))
    for amount in (*data["totals"].values(), *(line["net"] for line in data["lines"])):
        assert money(amount) in text
    for sentence in (
        "重算結果：完全相同",
        "9 折",
        "羊毛混紡雙排釦長版大衣 駝色",
        "於 7 月 9 日前再消費 1,240.00 即升為鑽石卡",
    ):
        assert sentence.replace(" ", "") in text.replace(" ", "")
    assert samples.SHA in text.replace(" ", "")
    assert "不符" not in text
    assert number(data["points"]["earned"]) in text


def test_the_reconciliation_of_a_statement_is_read_back_from_the_paper(printed: Printed) -> None:
    data: Any = samples.points_statement("en")
    text = " ".join(text_of(printed("points_statement", "en").content))
    for value in (*data["balance"].values(), *(abs(entry["balance"]) for entry in data["entries"])):
        assert number(value) in text
    assert "differs" not in text
    assert "Missing to Diamond" in text


def test_the_figures_of_a_summary_are_read_back_from_the_paper(printed: Printed) -> None:
    data: Any = samples.programme_summary("en")
    text = " ".join(text_of(printed("programme_summary", "en").content))
    assert money(data["figures"]["revenue"]) in text
    assert number(data["figures"]["points_outstanding"]) in text
    for month in data["months"]:
        assert month["month"] in text
        assert money(month["revenue"]) in text
    assert "differs" not in text


def test_the_sums_of_a_receipt_are_read_back_from_the_paper(printed: Printed) -> None:
    data: Any = samples.receipt_slip("en")
    [text] = text_of(printed("receipt_slip", "en").content)
    for line in data["lines"]:
        assert money(line["list_amount"]) in text
        assert money(line["pay"]) in text
    assert f"Total CNY {money(data['total'])}" in text
    assert f"Saved {money(data['total'] - data['list_total'])}" in text
    for tender in data["tenders"]:
        assert f"{tender['name']} {money(tender['amount'])}" in text
    assert f"No voucher of {money(30_000)}: the voucher budget is used up. Your 3,000 points stay." in text
    for said in (
        "Basket offer",
        "ABCD 2345 EFGH 67",
        "2026-05-02 09:30",
        "reached Gold card: convert",
        "Mon 1 Jun",
        "Nearly reached 300 off",
    ):
        assert said in text


def test_a_long_receipt_names_itself_on_the_pages_that_follow() -> None:
    document = samples.document("receipt_slip", "en", samples.receipt_slip("en", lines=12))
    made = render_pdf(document)
    first, second = text_of(made.content)
    assert made.warnings == ()
    assert "Page 2 of 2" in second
    assert document.title in second
    assert "Page 1 of" not in first
    assert "Total CNY" in second
    assert first.count(" × ") + second.count(" × ") == 12


def test_a_new_member_and_a_tier_that_holds_are_told() -> None:
    data: Any = samples.receipt_slip("en")
    data.update(card="110007", step={"tier": "Gold card", "due": ""}, vouchers=[])
    document = samples.document("receipt_slip", "en", data)
    (html,) = page.compose(document, tables(document), (), divided=False).sections
    assert "Your new member card is 110007." in html
    assert "It holds from your next purchase on." in html
    assert "Your new voucher" not in html


def test_hostile_text_is_printed_as_text() -> None:
    data: Any = samples.points_statement("zh_Hant_TW", entries=2)
    data["entries"][0].update(
        note="<script>alert(1)</script> {{ 7*7 }} \u202e321 𪚥 😀 ไทย",
        reference="=cmd|' /C calc'!A0",
        store="W" * 10_000,
    )
    data["member"]["name"] = "王<b>明\x07"
    document = samples.document("points_statement", "zh_Hant_TW", data)
    made = render_pdf(document)
    text = "".join(text_of(made.content)).replace(" ", "")
    assert made.warnings == ()
    assert made.missing == ("ท", "ย", "ไ", "😀", "𪚥")
    assert "<script>alert(1)</script>{{7*7}}321〓[U+2A6A5]〓[U+1F600]" in text
    assert "缺字表" in text
    assert "〔全文見附件〕" in text
    assert "王<b>明U+0007" in text
    (entries,) = [file for file in made.attachments if file.name == "entries.csv"]
    assert "\u202e321 𪚥 😀 ไทย" in entries.content.decode()
    assert "W" * 10_000 in entries.content.decode()


def test_a_decision_that_comes_out_otherwise_says_so() -> None:
    data: Any = samples.decision("en")
    data["lines"] = data["lines"][:1]
    changed = [{"path": "lines[0].net", "stored": "855.28", "recomputed": "855.27"}]
    data["reevaluation"].update(verdict="different", differences=changed)
    document = samples.document("decision", "en", data)
    (html,) = page.compose(document, tables(document), (), divided=False).sections
    assert "Re-performed: different" in html
    assert "<td>lines[0].net</td><td>855.28</td><td>855.27</td>" in html
    assert '<td class="bad">differs</td>' in html  # the totals are those of ten lines


def test_a_glyph_that_slips_through_stops_the_job() -> None:
    job = Job("<!DOCTYPE html><html lang=en><title>t</title><body>😀", "pdf/a-3u", False, "2026-05-01T00:00:00+00:00")
    with pytest.raises(MissingGlyphs, match="notdef"):
        render._paint(job, (), render._Deadline.after(60))


def test_a_page_that_takes_all_memory_is_a_refusal_not_a_dead_server() -> None:
    html = "<!DOCTYPE html><html lang=en><title>t</title><body>" + "<div>" * 3_000 + "x"
    job = Job(html, "pdf/a-3u", False, "2026-05-01T00:00:00+00:00")
    with pytest.raises(RenderFailed):
        render._paint(job, (), render._Deadline.after(60))


def test_a_job_ends_with_its_time() -> None:
    with pytest.raises(RenderTimedOut, match="seconds=0"):
        render_pdf(samples.document("decision"), seconds=0)


def test_the_worker_is_told_nothing_of_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("GUIBIN_DATABASE", "postgresql://secret")
    assert not [name for name in render._surroundings(tmp_path) if name.startswith("GUIBIN")]


def test_the_same_data_gives_the_same_bytes_under_any_hash_seed(printed: Printed) -> None:
    code = (
        "from tests.reports import samples; from reports.render import render_pdf; "
        "print(render_pdf(samples.document('programme_summary')).sha256)"
    )
    root = str(render._ROOT)
    surroundings = {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "1234567"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=surroundings, cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == printed("programme_summary", "zh_Hant_TW").sha256


def _sectioned() -> Document:
    return samples.document("points_statement", "zh_Hant_TW", samples.points_statement(entries=50))


def test_a_long_document_is_merged_from_sections_and_numbered_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "TAGGED_ROWS", 40)
    monkeypatch.setattr(page, "SECTION_ROWS", 20)
    merged: list[tuple[Any, bytes]] = []
    real = assemble.merge

    def listening(sections: Any, stamps: bytes) -> bytes:
        merged.append((sections, stamps))
        return real(sections, stamps)

    monkeypatch.setattr(assemble, "merge", listening)
    made = render_pdf(_sectioned())
    assert (made.variant, made.sections, made.warnings) == ("pdf/a-3u", 3, ())
    pages = text_of(made.content)
    assert len(pages) == made.pages == 4
    for index, text in enumerate(pages, start=1):
        assert text.count("頁，共") == 1
        assert f"第 {index} 頁，共 {made.pages} 頁" in text
        assert made.data_sha256 in text
        assert "會員積分對帳單" in text
    whole = " ".join(pages)
    for entry in samples.points_statement(entries=50)["entries"]:
        assert whole.replace(" ", "").count(entry["reference"]) == 1
    assert whole.count("附件") >= 1
    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        assert 'pdfaid:conformance="U"' in xmp_of(pdf)
        assert "pdfuaid" not in xmp_of(pdf)
        assert len(pdf.Root.AF) == len(made.attachments) == len(pdf.attachments)
        assert len(pdf.Root.OutputIntents) == 1
        assert str(pdf.Root.Lang) == "zh-Hant-TW"
        with pdf.open_outline() as outline:
            (root,) = outline.root
            titles = [item.title for item in root.children]
        assert titles.count("積分異動") == 1
        assert titles[-1] == "附件"
    assert real(*merged[0]) == made.content
