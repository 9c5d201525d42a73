"""Run pages side by side: the longest first, as many as there are cores and memory for."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from .book import Asked, Book
from .kernel import execute_page, kernel_environment
from .leftovers import remove_old_scratch
from .loops import finish
from .nursery import MANY, Nursery, nurseries
from .progress import Progress, Quiet
from .store import ExecutedPage, this_session

MEMORY_GUESS = 3 << 30
"""What a page is taken to need when it has never run, in bytes."""
_MEMORY_SHARE = 0.9
_SECONDS_GUESS = (0.5, 4.0)
"""Processor seconds of a cell on a page without and with data, when it has never run."""
_LOCK_POLLED_EVERY = 0.2


def run_pages(
    book: Book, pages: Sequence[Asked], progress: Progress | None = None
) -> dict[str, ExecutedPage]:
    """The runs of pages, kept ones where there are such, by their keys.

    Each page runs in a kernel of its own, on one thread. Ctrl-C ends the kernels.

    Args:
        book: the book.
        pages: what is asked for.
        progress: is told what happens.

    Raises:
        OSError: if a run cannot be kept; those that run are ended.
    """
    book.store.tidy()
    remove_old_scratch()
    found = {asked.key: kept for asked in pages if (kept := book.store.kept(asked.key))}
    waiting = [asked for asked in pages if asked.key not in found]
    if waiting:
        try:
            found |= finish(_Runs(book, progress or Quiet()).all(waiting))
        finally:
            if len(waiting) > MANY:  # who asks for pages one by one, asks for more
                nurseries.close()
    return found


def _environment(asked: Asked) -> Mapping[str, str]:
    """What a page's conditions want its kernel to know."""
    return getattr(asked.under, "environment", None) or {}


def expected_seconds(book: Book, asked: Asked) -> float:
    """The processor seconds that a page will take: those of its last run, else what it says.

    For a page that says nothing it is a guess.
    """
    if (cost := book.store.cost(asked.place)) is not None:
        return cost[0]
    if (said := asked.page.settings.get("takes")) is not None:
        return float(said)
    return len(asked.page.cells) * _SECONDS_GUESS[bool(asked.page.data)]


class _Runs:
    """The runs that a call makes, within the limits of cores and memory."""

    def __init__(self, book: Book, progress: Progress) -> None:
        self._book, self._progress = book, progress
        self._kernels = max(1, book.kernels() or _cores())
        self._memory = _MEMORY_SHARE * available_memory()
        self._taken: list[int] = []
        self._nursery: Nursery | None = None
        self._room = asyncio.Condition()

    async def all(self, pages: Sequence[Asked]) -> dict[str, ExecutedPage]:
        expected = {asked.key: expected_seconds(self._book, asked) for asked in pages}
        variables = kernel_environment(_environment(pages[0]), "")
        self._nursery = nurseries.of(self._book.preload(), variables, len(pages))
        self._progress.begin({asked.place: expected[asked.key] for asked in pages}, self._kernels)
        ordered = sorted(pages, key=lambda asked: (-expected[asked.key], asked.place))
        ticking = asyncio.create_task(self._tick())
        try:
            # The first failure (a disk that is full) ends the others and their kernels.
            async with asyncio.TaskGroup() as group:
                tasks = []
                for asked in ordered:
                    memory = self._memory_of(asked)
                    await self._take(memory)
                    tasks.append(group.create_task(self._one(asked, memory)))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            ticking.cancel()
            self._progress.end()
        return {executed.key: executed for executed in (task.result() for task in tasks)}

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._progress.tick()

    async def _one(self, asked: Asked, memory: int) -> ExecutedPage:
        store = self._book.store
        try:
            async with _held(store.lock(asked.key)):
                if (kept := store.kept(asked.key)) is not None:  # made while this one waited
                    self._progress.done(asked.place, kept)
                    return kept
                self._progress.started(asked.place, len(asked.page.cells))
                run = await execute_page(
                    asked.page,
                    environment=_environment(asked),
                    on_cell=lambda index: self._progress.cell(asked.place, index),
                    nursery=self._nursery,
                )
                date = time.strftime("%Y-%m-%d", time.gmtime())
                about = dict(asked.under.about)
                executed = ExecutedPage(asked.key, run, date, True, about, this_session())
                store.keep(executed, asked.place)
            self._progress.done(asked.place, executed)
            return executed
        finally:
            async with self._room:
                self._taken.remove(memory)
                self._room.notify_all()

    def _memory_of(self, asked: Asked) -> int:
        cost = self._book.store.cost(asked.place)
        return MEMORY_GUESS if cost is None else cost[1]

    async def _take(self, memory: int) -> None:
        """Wait until there is a core and memory for one more page; one page always runs."""
        async with self._room:
            await self._room.wait_for(
                lambda: (
                    not self._taken
                    or (
                        len(self._taken) < self._kernels
                        and sum(self._taken) + memory <= self._memory
                    )
                )
            )
            self._taken.append(memory)


@contextlib.asynccontextmanager
async def _held(lock: Any) -> AsyncIterator[None]:
    """Hold a lock without keeping the other pages from running while it is waited for."""
    from filelock import Timeout

    while True:
        try:
            lock.acquire(blocking=False)
            break
        except Timeout:
            await asyncio.sleep(_LOCK_POLLED_EVERY)
    try:
        yield
    finally:
        lock.release()


def available_memory(
    limits: Iterable[tuple[str, str]] = (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ),
) -> int:
    """Memory that can be had, in bytes: the machine's, or less where a container is limited."""
    free = int(psutil.virtual_memory().available)
    for limit, used in limits:
        with contextlib.suppress(OSError, ValueError):  # "max" is no number: there is no limit
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
    return max(free, 0)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
