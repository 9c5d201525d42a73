"""Measure how fast things are, as ratios: contestants take turns and meet the same machine.

A machine gets faster and slower while one measures, by a third and more. Absolute times drift with
it; the ratio of two times taken right after each other hardly does.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from .device import Stopwatch


@dataclass(frozen=True)
class Timings:
    """Seconds of each contestant, round by round.

    >>> timings = Timings({"slow": (2.0, 4.4, 2.2), "fast": (1.0, 2.0, 1.0)})
    >>> timings.median("slow"), timings.ratio("slow", "fast")
    (2.2, 2.2)
    >>> timings.ratios("slow", "fast")
    (2.0, 2.2, 2.2)
    """

    seconds: Mapping[str, tuple[float, ...]]

    def median(self, name: str) -> float:
        """The median of a contestant's seconds."""
        return statistics.median(self._of(name))

    def ratios(self, name: str, to: str) -> tuple[float, ...]:
        """In each round, the seconds of one contestant over those of another."""
        return tuple(a / b for a, b in zip(self._of(name), self._of(to), strict=True))

    def ratio(self, name: str, to: str) -> float:
        """The median of :meth:`ratios`: how many times longer ``name`` takes than ``to``."""
        return statistics.median(self.ratios(name, to))

    def _of(self, name: str) -> tuple[float, ...]:
        if name not in self.seconds:
            raise ValueError(
                f"no contestant is named {name!r}; there are {', '.join(self.seconds)}"
            )
        return self.seconds[name]


def interleave(
    contestants: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    warm_up: int = 1,
    device: torch.device | None = None,
) -> Timings:
    """Time functions in turn, round after round; another one begins in each round.

    Args:
        contestants: what is timed, by name.
        rounds: how often each is timed.
        warm_up: rounds before these that do not count: caches fill, memory is fetched.
        device: where they compute; its work is waited for.

    Raises:
        ValueError: if there is nothing to time, or no round.

    >>> timings = interleave({"a": lambda: sum(range(100)), "b": lambda: None}, rounds=3)
    >>> len(timings.seconds["a"]), min(timings.seconds["b"]) > 0
    (3, True)
    """
    if not contestants:
        raise ValueError("there is nothing to time: contestants is empty")
    if rounds < 1 or warm_up < 0:
        raise ValueError(
            f"rounds must be at least 1 and warm_up at least 0, not {rounds}, {warm_up}"
        )
    names = list(contestants)
    watch = Stopwatch(device or torch.device("cpu"))
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            with watch:
                contestants[name]()
            if number >= 0:
                taken[name].append(watch.seconds)
    return Timings({name: tuple(seconds) for name, seconds in taken.items()})


def matrix_product_rate(
    dtype: torch.dtype = torch.float32,
    *,
    size: int = 1024,
    device: torch.device | None = None,
    seconds: float = 0.5,
) -> float:
    """The most floating-point operations per second that a matrix product reaches here.

    A product of two ``size`` by ``size`` matrices takes ``2 * size**3`` of them. It is what the
    libraries are best at, so no network computes faster: it is the machine's measured limit.

    Args:
        dtype: type of the numbers.
        size: rows and columns; 1,024 fill a processor, a GPU wants 8,192.
        device: where to measure.
        seconds: how long to try; the fastest product counts.

    Raises:
        ValueError: if the size or the time is not positive.

    >>> matrix_product_rate(size=64, seconds=0.01) > 1e6
    True
    """
    if size < 1 or seconds <= 0:
        raise ValueError(f"size and seconds must be positive, not {size}, {seconds}")
    device = device or torch.device("cpu")
    left = torch.rand(size, size, device=device).to(dtype)
    right = torch.rand(size, size, device=device).to(dtype)
    out = left @ right
    watch, best, started = Stopwatch(device), float("inf"), time.perf_counter()
    while time.perf_counter() - started < seconds or best == float("inf"):
        with watch:
            torch.mm(left, right, out=out)
        best = min(best, watch.seconds)
    return float(2 * size**3 / best)
