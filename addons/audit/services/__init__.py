"""Decisions made again, and the seals over everything that was written once."""

from __future__ import annotations

from addons.audit.services.decisions import Decided, Difference, Reperformed, decided, reperform
from addons.audit.services.returns import ReturnedAgain, reperform_return, reperform_returns
from addons.audit.services.sealing import anchor, may_seal, put_seals, verification

__all__ = [
    "Decided",
    "Difference",
    "Reperformed",
    "ReturnedAgain",
    "anchor",
    "decided",
    "may_seal",
    "put_seals",
    "reperform",
    "reperform_return",
    "reperform_returns",
    "verification",
]
