"""Sections into one file: pages in order, bookmarks, page numbers over the whole, conformance kept."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf


def merge(sections: Sequence[bytes], stamps: bytes) -> bytes:
    """One PDF of all sections, each page with its stamp on top.

    The first section keeps its catalog: metadata, output intent, language and attachments are its. The sections must be
    untagged; refuses (ValueError) if there are not as many stamps as pages.
    """
    with pikepdf.open(io.BytesIO(sections[0])) as whole, pikepdf.open(io.BytesIO(stamps)) as numbers:
        for section in sections[1:]:
            _append(whole, section)
        for index, (page, stamp) in enumerate(zip(whole.pages, numbers.pages, strict=True), start=1):
            _stamp(whole, page, stamp, f"/PageNumber{index}")
        out = io.BytesIO()
        # The same sections give the same file: its identifier comes from its content.
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _stamp(whole: pikepdf.Pdf, page: pikepdf.Page, stamp: pikepdf.Page, name: str) -> None:
    """The stamp over the page, as an artifact; under a fixed name, for pikepdf's own overlays have random ones."""
    drawing = whole.copy_foreign(stamp.as_form_xobject())
    page.add_resource(drawing, pikepdf.Name.XObject, pikepdf.Name(name))
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(f"\nQ\n/Artifact <</Type /Pagination>> BDC\nq\n{name} Do\nQ\nEMC\n".encode())


def _append(whole: pikepdf.Pdf, section: bytes) -> None:
    with pikepdf.open(io.BytesIO(section)) as part:
        offset = len(whole.pages)
        whole.pages.extend(part.pages)
        with part.open_outline() as read, whole.open_outline() as written:
            later = [pikepdf.OutlineItem(item.title, offset + _place(part, item)) for item in read.root]
            # The first section begins with the document's title: what follows stands under it.
            written.root[0].children.extend(later)


def _place(part: pikepdf.Pdf, item: pikepdf.OutlineItem) -> int:
    """The page index a bookmark goes to."""
    target = item.destination
    page = target[0] if isinstance(target, pikepdf.Array) else None
    return next((index for index, one in enumerate(part.pages) if page is not None and one.objgen == page.objgen), 0)
