"""What a report can refuse; each error carries a code and the facts of its sentence."""

from __future__ import annotations


class ReportError(Exception):
    """A report that cannot be made, with a code and typed facts."""

    code = "report.failed"

    def __init__(self, **facts: str | int) -> None:
        """Keep the facts; the sentence is built from them alone."""
        super().__init__(", ".join(f"{name}={value}" for name, value in facts.items()) or self.code)
        self.facts = facts


class UnknownTemplate(ReportError):
    """There is no such document. Facts: template."""

    code = "report.unknown_template"


class UnknownLanguage(ReportError):
    """The document is not written in that language. Facts: language."""

    code = "report.unknown_language"


class UnknownTable(ReportError):
    """The document has no such table. Facts: table."""

    code = "report.unknown_table"


class BadData(ReportError):
    """The data does not have the shape of the document. Facts: path, problem."""

    code = "report.bad_data"


class TooManyRows(ReportError):
    """The document would be too long to print. Facts: rows, limit."""

    code = "report.too_many_rows"


class EnvironmentIncomplete(ReportError):
    """System packages for printing are missing. Facts: packages."""

    code = "report.environment_incomplete"


class MissingGlyphs(ReportError):
    """A character could not be drawn although it was thought to be covered. Facts: detail."""

    code = "report.missing_glyphs"


class FetchRefused(ReportError):
    """The page asked for something from outside the report. Facts: detail."""

    code = "report.fetch_refused"


class RenderFailed(ReportError):
    """The worker process ended without a document. Facts: detail."""

    code = "report.render_failed"


class RenderTimedOut(ReportError):
    """The worker process ran longer than allowed. Facts: seconds."""

    code = "report.render_timed_out"
