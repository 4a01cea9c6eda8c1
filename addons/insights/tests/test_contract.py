"""Insights keeps what every addon promises."""

from __future__ import annotations

from core.testing.contract import AddonContract


class TestContract(AddonContract):
    addon = "insights"
