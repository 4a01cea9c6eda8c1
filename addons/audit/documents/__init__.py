"""Plain data for the three documents of the auditor."""

from __future__ import annotations

from addons.audit.documents.decision import decision_document
from addons.audit.documents.points import points_document
from addons.audit.documents.summary import summary_document
from addons.audit.documents.words import PAPERS

__all__ = ["PAPERS", "decision_document", "points_document", "summary_document"]
