"""Each sample is printed once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from reports.document import Pdf
from reports.render import render_pdf
from tests.reports import samples


@cache
def _print(template: str, language: str) -> Pdf:
    return render_pdf(samples.document(template, language))


@pytest.fixture(scope="session")
def printed() -> Callable[[str, str], Pdf]:
    return _print
