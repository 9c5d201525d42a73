"""Where the data cannot be had, every page still runs: the embedded digits stand in for them."""

import os
from pathlib import Path

import pytest

from pagecheck.kernel import run_in_kernel
from pagecheck.page import Page
from tests.drift.sampling import PAGES, of_the_day

SAMPLE = of_the_day([page for page in PAGES if page.data], 3)
"""Pages that `make test` runs a second time, with other data."""


@pytest.mark.slow
@pytest.mark.parametrize("page", SAMPLE, ids=lambda page: page.path.stem)
def test_a_page_runs_with_the_digits_in_place_of_its_data(page: Page, tmp_path: Path) -> None:
    surroundings = {
        "CNNBOOK_DATA": str(tmp_path),
        "CNNBOOK_FALLBACK": "digits",
        "CNNBOOK_FALLBACK_REPORTED": ",".join(page.data),
        "CNNBOOK_CACHE": os.environ.get("CNNBOOK_CACHE", str(tmp_path / "cache")),
    }
    run = run_in_kernel(page, environment=surroundings)
    assert run.error is None, f"line {page.cells[len(run.results) - 1].line}: {run.error}"
    assert len(run.results) == len(page.cells)
