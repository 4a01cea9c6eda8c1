"""Screens of the rule book: versions with their sentences, drafts, approval, and the programme decisions."""

from __future__ import annotations

from addons.rulebook.views.approval import ApprovalView
from addons.rulebook.views.books import RuleBookView
from addons.rulebook.views.changing import ChangeBookView
from addons.rulebook.views.decisions import DecisionChangeView, DecisionsView
from addons.rulebook.views.drafts import DraftView
from core.web.views import Entry

VIEWS = (
    Entry(RuleBookView, name="Rule books", category="Rules", icon="fa-scale-balanced", order=10),
    Entry(DecisionsView, name="Programme decisions", category="Rules", icon="fa-list-check", order=20),
)
HIDDEN_VIEWS = (ChangeBookView, DraftView, ApprovalView, DecisionChangeView)
