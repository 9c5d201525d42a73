"""How long a page may take: counted in what it does, not in what a busy machine leaves it.

A limit in wall seconds fails an honest page on a busy machine. What is counted here is the
processor time of the page's kernel and of its children, and, for a page that waits for something
that never comes, the time in which none of them does anything.
"""

import time
import weakref
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import psutil

from .page import Page

SAMPLED_EVERY = 1.0
"""Seconds between two looks at a page's processes."""

_WORKS = (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
"""States of a process that would go on if the machine let it."""

_IDLE_SHARE = 0.02
"""A process that takes less than this share of a processor waits; an idle kernel takes 0.3 %."""


@dataclass(frozen=True)
class Limits:
    """What a cell may take.

    Args:
        processor_seconds: seconds of processor time, of the kernel and its children together.
        waiting_seconds: seconds without any processor time.

    >>> Limits().processor_seconds
    3600.0
    """

    processor_seconds: float = 3600.0
    waiting_seconds: float = 300.0

    def of(self, page: Page) -> "Limits":
        """The same with the page's own ``timeout``, which is in processor seconds."""
        own = page.settings.get("timeout")
        return self if own is None else replace(self, processor_seconds=float(own))


class Watch:
    """What the processes of a page have used since they began, and in the cell that runs.

    Args:
        pid: the kernel's process.
    """

    _live: ClassVar["weakref.WeakSet[Watch]"] = weakref.WeakSet()

    def __init__(self, pid: int) -> None:
        self.processor_seconds = 0.0
        self.peak_memory = 0
        self._kernel = psutil.Process(pid)
        self._since = time.monotonic()
        self._waited = self._step = self._at_cell = 0.0
        Watch._live.add(self)

    def begin_cell(self) -> None:
        """Count from the last look what a cell takes."""
        self._at_cell, self._waited = self.processor_seconds, 0.0

    def close(self) -> None:
        """The page has ended: it no longer counts as one that works."""
        Watch._live.discard(self)

    def sample(self) -> None:
        """Look at the page's processes."""
        seconds, memory, runnable = 0.0, 0, False
        for process in self._processes():
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
                    runnable |= process.status() in _WORKS
            except psutil.Error:
                continue  # it has ended meanwhile
            # Children that have ended count with whoever waited for them.
            seconds += times.user + times.system + times.children_user + times.children_system
        now = time.monotonic()
        passed, self._since = now - self._since, now
        self._step = max(seconds - self.processor_seconds, 0.0)
        self.processor_seconds = max(seconds, self.processor_seconds)
        self.peak_memory = max(memory, self.peak_memory)
        waits = not runnable and self._step <= _IDLE_SHARE * passed
        self._waited = self._waited + min(passed, self._others_worked(passed)) if waits else 0.0

    def exceeded(self, limits: Limits) -> str | None:
        """Which limit the running cell has exceeded, with the remedy; None when none."""
        if self.processor_seconds - self._at_cell > limits.processor_seconds:
            return (
                f"the cell used more than its limit of {limits.processor_seconds:g} processor "
                "seconds; 'timeout' in the page's settings sets another"
            )
        if self._waited > limits.waiting_seconds:
            return (
                f"the cell waited for {limits.waiting_seconds:g} s and did nothing; "
                "what it waits for (a lock, a network, an input) does not come"
            )
        return None

    def _others_worked(self, passed: float) -> float:
        """The time by which a waiting page's patience shrinks.

        A page may wait for a training that another page makes. It is then as patient as the other
        is busy: in processor seconds, which a busy machine does not lengthen.
        """
        steps = [watch._step for watch in Watch._live if watch is not self]
        busiest = max(steps, default=0.0)
        return busiest if busiest > _IDLE_SHARE * passed else passed

    def _processes(self) -> list[Any]:
        try:
            return [self._kernel, *self._kernel.children(recursive=True)]
        except psutil.Error:
            return []
