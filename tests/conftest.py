"""What holds for all tests: what is left out, who runs which, and what they report."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# cuBLAS reads it once in a process: before any test uses a GPU.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

# How long a test takes depends on what else the machine does.
settings.register_profile("book", deadline=None)
settings.load_profile("book")

# Set before workers start, which have to agree on what there is to test, at midnight too.
os.environ.setdefault("CNNBOOK_FAULT_DAY", str(int(time.time()) // 86_400))

BOOK = Path(__file__).parents[1] / "book"


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_works() -> Iterator[None]:
    """Undo an ignored SIGINT, which a job in a shell's background inherits and hands on."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a built book: its pages are in ``html``.

    Pages that are not in order are there as well, with marks; other tests say what is wrong.
    """
    from tests.building import build

    out = tmp_path_factory.mktemp("book")
    result = build(out)
    assert (out / "html/index.html").is_file(), result.stdout + result.stderr
    return out


def has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need a GPU where there is none."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not has_cuda():
        config.hook.pytest_deselected(items=marked)
        items[:] = [item for item in items if item not in marked]


def together(nodeid: str) -> str:
    """With several workers, the tests of one name run in one of them, in their order.

    A page is run once for all of its tests; the book is built once; other modules have fixtures
    that are worth sharing.
    """
    path, _, test = nodeid.partition("::")
    if path.startswith("book/"):
        return f"page {Path(path).stem}"
    if path.startswith(("tests/browser/", "tests/pages/")):  # each has a build of its own
        return "/".join(path.split("/")[:2])
    named = re.search(r"\[([\w-]+)", test)
    if path.startswith("tests/drift/") and named and named[1] in PAGES:
        return f"page {named[1]}"
    return path


PAGES = {page.stem for page in BOOK.rglob("*.md")}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out tests by :func:`together`; what has most tests goes first."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    return Together(config, log)


def pytest_report_header() -> list[str]:
    """What is left out on this machine."""
    from tests.browser.conftest import chromium

    lines = []
    if not has_cuda():
        lines.append("no CUDA device: tests marked gpu are left out")
    if chromium() is None:
        lines.append("no Chromium: tests/browser is left out (install Debian's chromium)")
    return lines


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the pages took, which planted faults were caught, and which were let pass and why."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    if any(report.nodeid.startswith("book/") for report in reports):
        _pages_summary(terminalreporter)
    lines = [
        text for report in reports for name, text in report.user_properties if name == "faults"
    ]
    if lines:
        terminalreporter.section("planted faults")
        for line in lines:
            terminalreporter.write_line(line)


def _pages_summary(terminalreporter: Any) -> None:
    """The dearest pages: what the tests spend on the book."""
    from pagecheck.book import book_of

    book = book_of(BOOK)
    places = {str(path.relative_to(BOOK)): path for path in BOOK.rglob("*.md")}
    costs = {place: cost for place in places if (cost := book.store.cost(place)) is not None}
    dearest = sorted(costs, key=lambda place: -costs[place][0])[:10]
    terminalreporter.section("dearest pages, by their last run")
    for place in dearest:
        seconds, memory = costs[place]
        terminalreporter.write_line(
            f"{seconds:7.1f} processor seconds, {memory / 1e9:.1f} GB  book/{place}"
        )
    together = sum(seconds for seconds, _ in costs.values())
    terminalreporter.write_line(f"{together:7.1f} processor seconds for all {len(costs)} pages")
