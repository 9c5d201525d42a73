"""Pages run side by side within cores and memory, the longest first, each once."""

import asyncio
import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagecheck import scheduler
from pagecheck.book import Asked, Book
from pagecheck.kernel import PageRun
from pagecheck.page import parse_page
from pagecheck.progress import Told
from pagecheck.results import CellError, CellResult
from pagecheck.store import ExecutedPage, PageStore

GB = 1 << 30


class Kernels:
    """Stands in for kernels: notes which pages run, in what order and how many at once."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.running: list[str] = []
        self.most = 0
        self.together: list[set[str]] = []
        self.failing: Exception | None = None

    async def __call__(self, page: Any, *, on_cell: Any, **_: Any) -> PageRun:
        self.order.append(page.path.name)
        self.running.append(page.path.name)
        self.most = max(self.most, len(self.running))
        self.together.append(set(self.running))
        on_cell(0)
        await asyncio.sleep(0.02)
        self.running.remove(page.path.name)
        if self.failing is not None:
            raise self.failing
        return PageRun((CellResult([]),), 1.0, 1.0, GB)


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> Kernels:
    found = Kernels()
    monkeypatch.setattr(scheduler, "execute_page", found)
    monkeypatch.setattr(scheduler, "available_memory", lambda: 100 * GB)
    return found


def book_in(folder: Path, at_once: int = 2) -> Book:
    conditions = SimpleNamespace(fingerprint="one", about={}, substituted={})
    return Book(folder, PageStore(folder / "kept"), lambda page: conditions, lambda: at_once)


def asked(book: Book, *names: str) -> list[Asked]:
    return [
        book.asked(parse_page("```{code-cell} python\n1\n```\n", book.source / f"{name}.md"))
        for name in names
    ]


def took(book: Book, name: str, seconds: float, memory: int) -> None:
    run = PageRun((CellResult([]),), seconds, seconds, memory)
    book.store.keep(ExecutedPage(f"old-{name}", run, "", False), f"{name}.md")


def test_the_longest_run_first_and_never_more_than_allowed(
    kernels: Kernels, tmp_path: Path
) -> None:
    book = book_in(tmp_path)
    for seconds, name in enumerate("abcde"):
        took(book, name, 10.0 * seconds, GB)
    runs = scheduler.run_pages(book, asked(book, *"abcde"))
    assert kernels.order == ["e.md", "d.md", "c.md", "b.md", "a.md"]
    assert kernels.most == 2
    assert len(runs) == 5
    assert all(run.fresh for run in runs.values())


def test_a_page_that_has_never_run_is_believed(kernels: Kernels, tmp_path: Path) -> None:
    book = book_in(tmp_path, at_once=1)
    cell = "```{code-cell} python\n1\n```\n"
    texts = {
        name: f"---\npagecheck: {{takes: {seconds}}}\n---\n{cell}"
        for name, seconds in (("short", 3), ("long", 300), ("known", 9000))
    }
    pages = [
        book.asked(parse_page(text, book.source / f"{name}.md")) for name, text in texts.items()
    ]
    took(book, "known", 30.0, GB)
    scheduler.run_pages(book, pages)
    assert kernels.order == ["long.md", "known.md", "short.md"]


def test_a_run_that_is_kept_is_not_made_again(kernels: Kernels, tmp_path: Path) -> None:
    book = book_in(tmp_path)
    scheduler.run_pages(book, asked(book, "a"))
    again = scheduler.run_pages(book, asked(book, "a", "b"))
    assert kernels.order == ["a.md", "b.md"]
    assert sorted(run.fresh for run in again.values()) == [False, True]


def test_pages_wait_for_memory_and_one_always_runs(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "available_memory", lambda: 10 * GB)
    book = book_in(tmp_path, at_once=4)
    for name, memory in (("huge", 50 * GB), ("big", 6 * GB), ("small", 2 * GB), ("tiny", GB)):
        took(book, name, memory / GB, memory)
    scheduler.run_pages(book, asked(book, "huge", "big", "small", "tiny"))
    assert {"huge.md"} in kernels.together
    assert {"big.md", "small.md"} in kernels.together
    assert all(group == {"huge.md"} for group in kernels.together if "huge.md" in group)


def test_a_page_that_two_ask_for_is_run_once_and_the_other_waits(
    kernels: Kernels, tmp_path: Path
) -> None:
    found: list[bool] = []

    def ask() -> None:
        book = book_in(tmp_path)
        found.extend(run.fresh for run in scheduler.run_pages(book, asked(book, "a")).values())

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert kernels.order == ["a.md"]
    assert sorted(found) == [False, False, True]


def test_a_run_that_cannot_be_kept_ends_the_others_with_its_own_error(
    kernels: Kernels, tmp_path: Path
) -> None:
    kernels.failing = OSError("the disk is full")
    book = book_in(tmp_path)
    with pytest.raises(OSError, match="the disk is full"):
        scheduler.run_pages(book, asked(book, "a", "b", "c"))
    kernels.failing = None
    assert len(scheduler.run_pages(book, asked(book, "a", "b", "c"))) == 3, "no lock stays behind"


def test_memory_that_a_container_may_have_is_what_counts(tmp_path: Path) -> None:
    limit, used = tmp_path / "max", tmp_path / "current"
    limit.write_text("3000\n")
    used.write_text("1000\n")
    assert scheduler.available_memory([(str(limit), str(used))]) == 2000
    limit.write_text("max\n")
    assert scheduler.available_memory([(str(limit), str(used))]) > 2000


def executed(error: CellError | None = None, fresh: bool = True) -> ExecutedPage:
    return ExecutedPage("key", PageRun((CellResult([], error),), 2.0, 1.5, 3 * GB), "", fresh)


def test_a_log_gets_plain_lines() -> None:
    stream = io.StringIO()
    told = Told(stream)
    told.begin({"a.md": 5.0, "b.md": 5.0, "c.md": 5.0}, 2)
    told.started("a.md", 7)
    told.cell("a.md", 0)
    told.tick()
    told.done("a.md", executed())
    told.started("b.md", 1)
    told.done("b.md", executed(CellError("ValueError", "")))
    told.done("c.md", executed(fresh=False))
    told.end()
    assert stream.getvalue().splitlines() == [
        "running 3 pages, 2 side by side ...",
        "running a.md (7 cells) ...",
        "ran a.md in 2.0 s (1.5 processor seconds, 3.0 GB)",
        "running b.md (1 cells) ...",
        "broke off b.md in 2.0 s (1.5 processor seconds, 3.0 GB)",
        "another process ran c.md",
        "pages took 3 processor seconds; one needed 3.0 GB at most, "
        "those side by side never more than 6.0 GB",
    ]


def test_a_terminal_gets_one_line_that_says_how_far_it_is() -> None:
    stream = io.StringIO()
    told = Told(stream, terminal=True)
    told.begin({"a.md": 600.0, "b.md": 600.0}, 2)
    told.started("a.md", 7)
    told.cell("a.md", 2)
    assert told.state() == "0 of 2 pages · 10 min left · a 3/7"
    told.done("a.md", executed())
    told.started("b.md", 4)
    told.cell("b.md", 0)
    assert told.state() == "1 of 2 pages · 10 min left · b 1/4"
    told.end()
    assert stream.getvalue().count("\n") == 3, "one each for begin, page and end"
