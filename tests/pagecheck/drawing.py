"""Small figures to change, and the ways to draw them."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
from matplotlib.axes import Axes

Draw = Callable[[Axes], Any]
RANDOM = np.random.default_rng(0)
CURVE = RANDOM.normal(size=30)
CLOUD = RANDOM.normal(size=(40, 2))
PICTURE = RANDOM.random((8, 8))
COLOURS = RANDOM.random((8, 8, 3))
CLASSES = np.repeat(["#ff0000", "#00ff00"], 20)
DAYS = np.array(["2020-01-01", "2020-02-01", "2020-03-01"], "datetime64[D]")
GRID = np.meshgrid(np.arange(4.0), np.arange(3.0))
NAMES = ["cat", "dog", "cow"]


def calls(*names: tuple[Any, ...]) -> Draw:
    """Draw by some methods of axes, each with its arguments, the last perhaps by keyword."""

    def draw(ax: Axes) -> None:
        for name, *arguments in names:
            keywords = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
            getattr(ax, name)(*arguments, **keywords)

    return draw


def plotted(name: str, *arguments: Any, **keywords: Any) -> Draw:
    """Draw a curve, then call a method of the axes or of a part of theirs."""

    def draw(ax: Axes) -> None:
        ax.plot(CURVE)
        attrgetter(name)(ax)(*arguments, **keywords)

    return draw


def lines(*looks: dict[str, Any], legend: Any = None) -> Draw:
    def draw(ax: Axes) -> None:
        drawn = [ax.plot(CURVE[:5] + place, **look)[0] for place, look in enumerate(looks)]
        if legend is not None:
            ax.legend(*legend(drawn))

    return draw


def with_bar(label: str | None, **options: Any) -> Draw:
    def draw(ax: Axes) -> None:
        image = ax.imshow(PICTURE)
        if label is not None:
            ax.figure.colorbar(image, label=label, **options)

    return draw


def bars(heights: list[float], **options: Any) -> Draw:
    return calls(("bar", [0, 1, 2], heights, options))


def swapped(array: Any, first: int = 3, second: int = 20) -> Any:
    copy = np.array(array)
    copy[[first, second]] = copy[[second, first]]
    return copy
