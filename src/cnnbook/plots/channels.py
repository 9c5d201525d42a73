"""Sums over channels, and measurements over several seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator, StrMethodFormatter

from .arrays import Array, as_numbers, written
from .pictures import draw_cells, frame
from .style import COLOURS, DASHES, HIGHLIGHT, WIDTH, BookFigure, in_book_style, one_axes


@in_book_style
def show_channel_sum(
    image: Any, kernel: Any, position: tuple[int, int], *, width: float = WIDTH
) -> BookFigure:
    """One step of a convolution over several channels: a row for each channel, then their sum.

    In a row stand the channel with its window, the kernel's part for this channel, and what the
    two give alone. At the right stands the output, the sum of these.

    Args:
        image: (C, H, W), padded already if it shall be.
        kernel: (C, h, w).
        position: row and column of the output's cell, which are those of the window's corner.
        width: width of the figure in inches.

    Raises:
        ValueError: if the shapes do not fit together, or the position is not in the output.

    >>> figure = show_channel_sum([[[1, 2]], [[3, 4]]], [[[1]], [[-1]]], (0, 1))
    >>> [ax.get_title() for ax in figure.axes][-3:]
    ['kernel, part 1', 'gives 4 × -1 = -4', 'output, 2 - 4 = -2']
    """
    image, kernel = _channels(image, "image"), _channels(kernel, "kernel")
    if len(image) != len(kernel):
        raise ValueError(
            f"an image of {len(image)} channels needs a kernel of as many, not {len(kernel)}"
        )
    if kernel.shape[1] > image.shape[1] or kernel.shape[2] > image.shape[2]:
        raise ValueError(f"a kernel of {kernel.shape} does not fit into an image of {image.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape[1:], axis=(1, 2))
    products = windows * kernel[:, None, None]
    parts = products.sum(axis=(3, 4))
    row, column = position
    if not (0 <= row < parts.shape[1] and 0 <= column < parts.shape[2]):
        raise ValueError(f"position {position} is not in the output, which is {parts.shape[1:]}")

    shapes = [image.shape[1:], kernel.shape[1:], parts.shape[1:], parts.shape[1:]]
    cells = sum(shape[1] for shape in shapes)
    cell = min((width - 1.2) / cells, 0.36)
    height = len(image) * (cell * image.shape[1] + 0.35)
    figure = BookFigure(figsize=(cell * cells + 1.2, height), layout="constrained")
    grid = figure.add_gridspec(len(image), 4, width_ratios=[shape[1] for shape in shapes])
    high, wide = kernel.shape[1:]
    for channel in range(len(image)):
        left, middle, right = (figure.add_subplot(grid[channel, place]) for place in range(3))
        draw_cells(left, image[channel])
        frame(left, f"channel {channel}")
        draw_cells(middle, kernel[channel], signed=True)
        frame(middle, f"kernel, part {channel}")
        draw_cells(right, parts[channel], signed=True)
        frame(right, _products(windows[channel, row, column], kernel[channel]))
        _mark(left, position, wide, high)
        _mark(right, position, 1, 1)
    last = figure.add_subplot(grid[:, 3])
    draw_cells(last, parts.sum(axis=0), signed=True)
    frame(last, f"output, {_sum([written(part) for part in parts[:, row, column]])}")
    _mark(last, position, 1, 1)
    return figure


@in_book_style
def show_spread(
    runs: Mapping[str, Sequence[Sequence[float]]],
    x: Sequence[float],
    xlabel: str,
    ylabel: str,
    *,
    title: str | None = None,
    log_x: bool = False,
    limits: tuple[float, float] | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """What several runs gave at each place: their mean as a line, each run as a dot.

    Args:
        runs: by name, for each place in ``x`` the values of the runs made there.
        x: the places on the horizontal axis.
        xlabel: what the horizontal axis is.
        ylabel: what the values are, with their unit.
        title: by default the two labels.
        log_x: whether the horizontal axis is logarithmic, with a tick at each place.
        limits: ends of the vertical axis.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no runs, or the places do not fit.

    >>> figure = show_spread({"a": [[1, 3], [4, 6]]}, [10, 20], "size", "score")
    >>> figure.axes[0].lines[0].get_ydata().tolist()
    [2.0, 5.0]
    """
    if not runs:
        raise ValueError("there are no runs to show")
    figure, ax = one_axes(width, 0.5)
    for number, (name, values) in enumerate(runs.items()):
        if len(values) != len(x) or not all(len(list(place)) for place in values):
            raise ValueError(f"{name!r} needs values at each of the {len(x)} places")
        scores = [as_numbers(list(place)).astype(float) for place in values]
        colour, dash = COLOURS[number % 7], DASHES[number % 7]
        ax.plot(x, [score.mean() for score in scores], label=name, color=colour, linestyle=dash)
        places = np.repeat(as_numbers(list(x)), [len(score) for score in scores])
        ax.scatter(places, np.concatenate(scores), s=18, color=colour, alpha=0.6, label="_runs")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title or f"{ylabel} by {xlabel}", ylim=limits)
    if log_x:
        ax.set_xscale("log")
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.set_xticks(list(x))
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return figure


def _channels(values: Any, name: str) -> Array:
    array = as_numbers(values)
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"the {name} has to have the shape (C, H, W), not {array.shape}")
    return array


def _mark(ax: Any, position: tuple[int, int], wide: int, high: int) -> None:
    corner = position[1] - 0.5, position[0] - 0.5
    box = Rectangle(corner, wide, high, fill=False, edgecolor=HIGHLIGHT, linewidth=3)
    ax.add_patch(box)


def _products(window: Array, kernel: Array) -> str:
    """The multiply-and-add of one window in short: in full for a single weight."""
    total = written((window * kernel).sum())
    if kernel.size == 1:
        return f"gives {written(window.item())} × {written(kernel.item())} = {total}"
    return f"gives {total}"


def _sum(terms: Sequence[str]) -> str:
    """``["2", "-4"]`` as "2 - 4 = -2"."""
    text = terms[0]
    for term in terms[1:]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return f"{text} = {written(sum(float(term) for term in terms))}"
