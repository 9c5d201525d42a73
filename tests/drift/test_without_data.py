"""Where the data cannot be had, every page still runs: the embedded digits stand in for them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pagecheck.page import Page, read_page

ROOT = Path(__file__).parents[2]
PAGES = [page for page in map(read_page, sorted((ROOT / "book").rglob("*.md"))) if page.data]

PROGRAM = """
import json, sys
from pathlib import Path
from pagecheck.inprocess import InProcessRunner
from pagecheck.page import Page, read_page

page = read_page(Path(sys.argv[1]))
results = InProcessRunner(page).run_all()
error = results[-1].error
message = error and f"{page.cells[len(results) - 1].line}: {error}"
print(json.dumps([len(results), len(page.cells), message]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_a_page_runs_with_the_digits_in_place_of_its_data(page: Page, tmp_path: Path) -> None:
    surroundings = {
        **os.environ,
        "CNNBOOK_DATA": str(tmp_path),
        "CNNBOOK_FALLBACK": "digits",
        "CNNBOOK_FALLBACK_REPORTED": ",".join(page.data),
        "CNNBOOK_CACHE": os.environ.get("CNNBOOK_CACHE", str(tmp_path / "cache")),
    }
    command = [sys.executable, "-c", PROGRAM, str(page.path)]
    ended = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    run, cells, error = json.loads(ended.stdout.splitlines()[-1])
    assert error is None
    assert run == cells
