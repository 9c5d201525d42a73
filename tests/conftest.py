"""What holds for all tests: what is left out, who runs which, and what they report."""

import os
import re
import signal
import time
from collections import Counter, defaultdict
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
    """The folder of a built book, the same for all workers: its pages are in ``html``.

    Pages that are not in order are there as well, with marks; other tests say what is wrong.
    """
    from filelock import FileLock

    from tests.building import build

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    out, log = shared / "book", shared / "book.log"
    with FileLock(shared / "book.lock"):
        if not log.exists():
            result = build(out)
            log.write_text(result.stdout + result.stderr, encoding="utf-8")
    assert (out / "html/index.html").is_file(), log.read_text(encoding="utf-8")
    return out


def has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need a GPU where there is none, and put the others in order."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not has_cuda():
        config.hook.pytest_deselected(items=marked)
        items[:] = [item for item in items if item not in marked]
    if "PYTEST_XDIST_WORKER" in os.environ:
        side_by_side(items)


def side_by_side(items: list[pytest.Item]) -> None:
    """Order the tests for several workers.

    One worker begins with the longest tests of the built book, and builds it. The others need not
    wait for it: next come tests that are slow without a book, then those that need it, and in the
    end what is short, so that all workers end at about the same time.
    """
    scopes: dict[str, list[pytest.Item]] = {}
    for item in items:
        scopes.setdefault(together(item.nodeid), []).append(item)

    def need_the_book(scope: str) -> bool:
        return any("built" in getattr(item, "fixturenames", ()) for item in scopes[scope])

    def rank(scope: str) -> tuple[int, int]:
        slow = sum(item.get_closest_marker("slow") is not None for item in scopes[scope])
        return (1 if slow else 3) if not need_the_book(scope) else 2, -len(scopes[scope])

    order = sorted(scopes, key=rank)
    first = next((scope for scope in order if need_the_book(scope)), None)
    order.sort(key=lambda scope: scope != first)
    items[:] = [item for scope in order for item in scopes[scope]]


def together(nodeid: str) -> str:
    """With several workers, the tests of one name run in one of them, in their order.

    A page is run once for all of its tests; other modules have fixtures that are worth sharing.
    """
    path, _, test = nodeid.partition("::")
    if path.startswith("book/"):
        return f"page {Path(path).stem}"
    named = re.search(r"\[([\w-]+)", test)
    if path.startswith("tests/drift/") and named and named[1] in PAGES:
        return f"page {named[1]}"
    return path


PAGES = {page.stem for page in BOOK.rglob("*.md")}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out tests by :func:`together`, in the order of :func:`side_by_side`."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False

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
    """What tests and pages took, which planted faults were caught, which let pass and why."""
    _folders_summary(terminalreporter)
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


def _folders_summary(terminalreporter: Any) -> None:
    """Where the time goes, all workers together: what one waits for another counts as well."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if not isinstance(report, pytest.TestReport):
                continue
            folder = "/".join(Path(report.nodeid.partition("::")[0]).parts[:2])
            seconds[folder] += report.duration
            tests[folder] += report.when == "call"
    if sum(seconds.values()) < 60:
        return
    terminalreporter.section("seconds by folder")
    for folder, took in sorted(seconds.items(), key=lambda each: -each[1])[:15]:
        terminalreporter.write_line(f"{took:7.0f} s  {tests[folder]:5d} tests  {folder}")


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
