"""Tell how running pages fare: one line that changes on a terminal, plain lines in a log."""

import shutil
import sys
import time
from collections.abc import Mapping
from typing import Protocol, TextIO

from .store import ExecutedPage


class Progress(Protocol):
    """What a scheduler tells."""

    def begin(self, expected: Mapping[str, float], kernels: int) -> None:
        """Pages will run: the processor seconds that each is expected to take."""

    def started(self, place: str, cells: int) -> None:
        """A page begins to run."""

    def cell(self, place: str, index: int) -> None:
        """A cell of it begins to run."""

    def done(self, place: str, executed: ExecutedPage) -> None:
        """A page has run, or has been run by another process meanwhile."""

    def tick(self) -> None:
        """A second has passed."""

    def end(self) -> None:
        """Nothing runs any more."""


class Quiet:
    """Says nothing."""

    def begin(self, expected: Mapping[str, float], kernels: int) -> None: ...
    def started(self, place: str, cells: int) -> None: ...
    def cell(self, place: str, index: int) -> None: ...
    def done(self, place: str, executed: ExecutedPage) -> None: ...
    def tick(self) -> None: ...
    def end(self) -> None: ...


class Told:
    """Tells it on a stream, by default the standard output.

    Args:
        stream: where to.
        terminal: whether one line may be written over; by default whether it is a terminal.
    """

    def __init__(self, stream: TextIO | None = None, terminal: bool | None = None) -> None:
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty() if terminal is None else terminal
        self._expected: dict[str, float] = {}
        self._running: dict[str, list[int]] = {}
        self._since: dict[str, float] = {}
        self._done = self._all = 0
        self._kernels = 1
        self._peak: dict[str, int] = {}
        self._spent = 0.0

    def begin(self, expected: Mapping[str, float], kernels: int) -> None:
        """Pages will run."""
        self._expected, self._all = dict(expected), len(expected)
        self._kernels = min(kernels, self._all)
        side = "one at a time" if self._kernels == 1 else f"{self._kernels} side by side"
        count = f"{self._all} page{'s' if self._all > 1 else ''}"
        self._line(f"running {count}, {side} ...")

    def started(self, place: str, cells: int) -> None:
        """A page begins to run."""
        self._running[place], self._since[place] = [0, cells], time.monotonic()
        if not self._terminal:
            self._line(f"running {place} ({cells} cells) ...")

    def cell(self, place: str, index: int) -> None:
        """A cell of it begins to run."""
        self._running[place][0] = index + 1
        self.tick()

    def done(self, place: str, executed: ExecutedPage) -> None:
        """A page has run, or another process has run it."""
        self._running.pop(place, None)
        self._expected.pop(place, None)
        self._done += 1
        run = executed.run
        self._spent += run.processor_seconds if executed.fresh else 0
        self._peak[place] = run.peak_memory
        how = "ran" if run.error is None else "broke off"
        if executed.fresh:
            self._line(
                f"{how} {place} in {run.seconds:.1f} s ({run.processor_seconds:.1f} processor "
                f"seconds, {run.peak_memory / 2**30:.1f} GB)"
            )
        else:
            self._line(f"another process ran {place}")
        self.tick()

    def tick(self) -> None:
        """A second has passed."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{self.state()[:width]}")
            self._stream.flush()

    def end(self) -> None:
        """Nothing runs any more."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
        most = sorted(self._peak.values(), reverse=True)[: self._kernels]
        if most:
            self._line(
                f"pages took {self._spent:.0f} processor seconds; one needed {most[0] / 2**30:.1f} "
                f"GB at most, those side by side never more than {sum(most) / 2**30:.1f} GB"
            )

    def state(self) -> str:
        """The line that is shown on a terminal."""
        running = ", ".join(
            f"{place.removesuffix('.md')} {cell}/{cells}"
            for place, (cell, cells) in self._running.items()
        )
        return f"{self._done} of {self._all} pages · {self._time_left()} · {running}"

    def _time_left(self) -> str:
        """By what each page took the last time, and what those that run have taken already."""
        now = time.monotonic()
        left = [
            max(seconds - (now - self._since.get(place, now)), 0.0)
            for place, seconds in self._expected.items()
        ]
        seconds = max(sum(left) / self._kernels, max(left, default=0.0))
        return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"

    def _line(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}\n" if self._terminal else f"{text}\n")
        self._stream.flush()
