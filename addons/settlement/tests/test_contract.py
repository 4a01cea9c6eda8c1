"""settlement keeps the contract of an addon."""

from __future__ import annotations

from core.testing.contract import AddonContract


class TestContract(AddonContract):
    """The promises of every addon."""

    addon = "settlement"
