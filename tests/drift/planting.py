"""How faults are planted in figures.

Each fault changes a figure that has been made, and says whether it found something to change. A
change of data is one that a reader could see: by a fifth of the range at least.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.drift.figures_to_change import Random

Fault = Callable[[Any, Random], bool]
SEEN = 0.2


def fault(group: dict[str, Fault]) -> Callable[[Fault], Fault]:
    """Enter a fault in a group by its name."""

    def enter(function: Fault) -> Fault:
        group[function.__name__.replace("_", " ")] = function
        return function

    return enter


def in_some_axes(change: Callable[[Any, Random], bool]) -> Fault:
    """Try a change in the axes of a figure, in random order, until one has what it needs."""

    def planted(figure: Any, random: Random) -> bool:
        axes = [ax for ax in figure.axes if not hasattr(ax, "_colorbar")]
        return any(change(axes[index], random) for index in random.permutation(len(axes)))

    planted.__name__ = change.__name__
    return planted


def one_of(things: Sequence[Any], random: Random) -> Any:
    return things[int(random.integers(len(things)))] if len(things) else None


def exchanged(values: Any, random: Random) -> Any:
    """Two values that differ visibly, exchanged; None where there are none."""
    array = np.array(values, dtype=float)
    flat = array.reshape(-1)
    for _ in range(30):
        first, second = random.integers(flat.size, size=2) if flat.size else (0, 0)
        if flat.size and abs(flat[first] - flat[second]) > SEEN * np.ptp(flat) > 0:
            flat[[first, second]] = flat[[second, first]]
            return array
    return None


def other_word(text: str) -> str:
    return text[:-1] + ("x" if not text.endswith("x") else "y")
