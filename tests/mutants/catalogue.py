"""All planted bugs; `./dev bench mutants` plants each of them."""

from __future__ import annotations

from tests.mutants import kernel, points, sales, tiers, vouchers

PLANTED = (*kernel.PLANTED, *points.PLANTED, *vouchers.PLANTED, *sales.PLANTED, *tiers.PLANTED)
