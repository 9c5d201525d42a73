"""Which pages a day's tests take for what would take too long for all of them.

``make test`` takes a few pages, others each day; ``make test-faults`` takes all.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from pagecheck.page import Page, read_page

ROOT = Path(__file__).parents[2]
PAGES = [page for page in map(read_page, sorted((ROOT / "book").rglob("*.md"))) if page.cells]
ALL = os.environ.get("CNNBOOK_FAULTS") == "all"
"""Whether all is tried on all pages, without a limit: ``make test-faults``."""
DAY = int(os.environ["CNNBOOK_FAULT_DAY"])
"""The number of the day, see tests/conftest.py."""


def of_the_day(pages: Sequence[Page], count: int, day: int = DAY) -> list[Page]:
    """So many pages, in turn, so that each has its day; all of them for ``make test-faults``."""
    if ALL or count >= len(pages):
        return list(pages)
    return [pages[(count * day + place) % len(pages)] for place in range(count)]
