"""A document to PDF, in a worker process that can neither fetch, nor grow, nor run for ever."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from reports import assemble, env, errors, page, tables
from reports.document import Attachment, Document, Pdf
from reports.errors import EnvironmentIncomplete, RenderFailed, RenderTimedOut, ReportError
from reports.worker import File, Job, Painted

TAGGED_ROWS = 3_000  # tags double the file and its memory; above, the CSV inside is the accessible form
WORKERS = 2
_ROOT = Path(__file__).resolve().parent.parent
_BY_CODE = {
    error.code: error for error in (errors.FetchRefused, errors.MissingGlyphs, RenderFailed)
}  # what a worker refuses with


@dataclass(frozen=True, slots=True)
class _Deadline:
    """Seconds of wall time for the whole document; a stopwatch, not a clock: it never reaches the paper."""

    seconds: int
    end: float

    @classmethod
    def after(cls, seconds: int) -> _Deadline:
        return cls(seconds, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, at least a moment."""
        return max(0.01, self.end - time.monotonic())


def render_pdf(document: Document, *, seconds: int = 900) -> Pdf:
    """Print the document: PDF/A-3a with the PDF/UA-1 claim up to 3,000 rows, PDF/A-3u in sections above.

    Refuses with EnvironmentIncomplete, MissingGlyphs, FetchRefused, RenderTimedOut (after `seconds` of wall time in
    all) and RenderFailed.
    """
    if missing := env.problems():
        raise EnvironmentIncomplete(packages=" ".join(problem.package for problem in missing))
    deadline = _Deadline.after(seconds)
    found = tables.tables(document)
    files = tables.attachments(document, found)
    tagged = document.kind.rows(document.data) <= TAGGED_ROWS
    divided = not tagged and document.kind.long is not None
    made = page.compose(document, found, files, divided=divided)
    first, *rest = made.sections
    jobs = [_job(document, first, files, tagged=tagged), *(_job(document, html, (), tagged=tagged) for html in rest)]
    painted = _paint_all(jobs, files, deadline)
    content = _whole(document, painted, deadline) if divided else painted[0].content
    return Pdf(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        data_sha256=document.data_sha256,
        pages=sum(part.pages for part in painted),
        variant=jobs[0].variant,
        attachments=files,
        missing=made.missing,
        warnings=tuple(warning for part in painted for warning in part.warnings),
        sections=len(jobs),
    )


def _job(document: Document, html: str, files: Sequence[Attachment], *, tagged: bool) -> Job:
    as_of = document.as_of.isoformat(timespec="seconds")
    inside = tuple(File(file.name, file.description, file.relationship) for file in files)
    return Job(html, "pdf/a-3a" if tagged else "pdf/a-3u", tagged, as_of, inside)


def _paint_all(jobs: Sequence[Job], files: Sequence[Attachment], deadline: _Deadline) -> list[Painted]:
    """Each job in a process of its own, two at a time; the order of the results is that of the jobs."""
    with ThreadPoolExecutor(max_workers=min(WORKERS, len(jobs))) as pool:
        futures = [pool.submit(_paint, job, files, deadline) for job in jobs]
        try:
            return [future.result() for future in futures]
        except ReportError:
            pool.shutdown(cancel_futures=True)
            raise


def _whole(document: Document, painted: Sequence[Painted], deadline: _Deadline) -> bytes:
    """The sections as one file, numbered through."""
    html = page.stamps(document, sum(part.pages for part in painted))
    stamps = _paint(_job(document, html, (), tagged=False), (), deadline)
    return assemble.merge([part.content for part in painted], stamps.content)


def _paint(job: Job, files: Sequence[Attachment], deadline: _Deadline) -> Painted:
    with tempfile.TemporaryDirectory(prefix="guibin-report-") as name:
        folder = Path(name)
        (folder / "job.json").write_text(job.to_json(), "utf-8")
        (folder / "fonts.conf").write_text(env.fontconfig(), "utf-8")
        wanted = {file.name for file in job.files}
        for file in files:
            if file.name in wanted:
                (folder / file.name).write_bytes(file.content)
        return _run(folder, deadline)


def _run(folder: Path, deadline: _Deadline) -> Painted:
    """The worker on a folder: what it painted, or its refusal."""
    command = [sys.executable, "-X", "utf8", "-m", "reports.worker", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, cwd=folder, env=_surroundings(folder), capture_output=True, timeout=deadline.left(), check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RenderTimedOut(seconds=deadline.seconds) from error
    if done.returncode == 0:
        result = json.loads((folder / "result.json").read_text("utf-8"))
        return Painted((folder / "out.pdf").read_bytes(), result["pages"], tuple(result["warnings"]))
    if (folder / "error.json").exists():
        told = json.loads((folder / "error.json").read_text("utf-8"))
        raise _BY_CODE[told["code"]](**told["facts"])
    raise RenderFailed(detail=done.stderr.decode(errors="replace")[-500:] or f"exit code {done.returncode}")


def _surroundings(folder: Path) -> dict[str, str]:
    """The worker's environment: our code, our fonts, nothing else of ours (no database address, no secrets)."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONHASHSEED") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "FONTCONFIG_FILE": str(folder / "fonts.conf"), "TMPDIR": str(folder)}
