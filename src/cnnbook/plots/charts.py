"""Curves, bars and confusion matrices."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import as_matrix, as_numbers
from .pictures import draw_cells
from .style import COLOURS, DASHES, WIDTH, BookFigure, in_book_style, one_axes


@in_book_style
def show_curves(
    curves: Mapping[str, Iterable[float]],
    xlabel: str,
    ylabel: str,
    *,
    title: str | None = None,
    x: Sequence[float] | None = None,
    log: bool = False,
    width: float = WIDTH,
) -> BookFigure:
    """Lines over a common axis, such as losses over epochs.

    Args:
        curves: values by name; the names are the legend.
        xlabel: what the horizontal axis counts.
        ylabel: what the values are, with their unit.
        title: by default the two labels.
        x: places on the horizontal axis; by default 1, 2, 3, ...
        log: whether the vertical axis is logarithmic.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no curves, or ``x`` does not fit one of them.

    >>> figure = show_curves({"loss": [0.2, 0.1]}, "epoch", "cross-entropy")
    >>> figure.axes[0].lines[0].get_xdata().tolist()
    [1, 2]
    """
    if not curves:
        raise ValueError("there are no curves to show")
    figure, ax = one_axes(width, 0.5)
    for number, (name, values) in enumerate(curves.items()):
        y = as_numbers(list(values))
        places = np.arange(1, len(y) + 1) if x is None else as_numbers(x)
        if len(places) != len(y):
            raise ValueError(f"the curve {name!r} has {len(y)} values, but x has {len(places)}")
        marker = "o" if len(y) <= 30 else None
        look = {"color": COLOURS[number % 7], "linestyle": DASHES[number % 7]}
        ax.plot(places, y, label=name, marker=marker, markersize=4, **look)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title or f"{ylabel} by {xlabel}")
    ax.set_yscale("log" if log else "linear")
    if x is None:
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return figure


@in_book_style
def show_confusion(
    matrix: Any, class_names: Sequence[str], *, title: str = "", width: float = WIDTH
) -> BookFigure:
    """A confusion matrix: rows are true classes, columns predicted ones, cells hold counts.

    The colours range over the mistakes only; the diagonal would drown them.

    Args:
        matrix: counts (N, N).
        class_names: N names.
        title: by default the numbers of images and of mistakes.
        width: width of the figure in inches.

    Raises:
        ValueError: if the matrix is not square or the names do not fit.

    >>> show_confusion([[9, 1], [0, 5]], ["cat", "dog"]).axes[0].get_title()
    '15 images, 1 predicted wrongly'
    """
    array = as_matrix(matrix)
    if array.shape[0] != array.shape[1] or len(class_names) != len(array):
        raise ValueError(
            f"a confusion matrix of {array.shape} needs to be square and have as many names, "
            f"not {len(class_names)}"
        )
    mistakes = array - np.diag(np.diag(array))
    figure, ax = one_axes(width, 0.8)
    draw_cells(ax, array, counts_up_to=max(float(mistakes.max()), 1.0))
    ax.set_xticks(range(len(array)), class_names, rotation=0 if fit_upright(class_names) else 45)
    ax.set_yticks(range(len(array)), class_names)
    ax.tick_params(length=0)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.set_title(title or f"{array.sum():,} images, {mistakes.sum():,} predicted wrongly")
    return figure


@in_book_style
def show_bars(
    values: Mapping[str, float],
    ylabel: str,
    *,
    title: str | None = None,
    xlabel: str = "",
    limits: tuple[float, float] | None = None,
    digits: int = 3,
    width: float = WIDTH,
) -> BookFigure:
    """Bars with their values written on them.

    Args:
        values: heights by name.
        ylabel: what the heights are, with their unit.
        title: by default the label.
        xlabel: what the names are.
        limits: ends of the vertical axis; by default it begins at 0.
        digits: significant digits of the values written on the bars.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no values.

    >>> show_bars({"0": 0.994, "1": 0.997}, "accuracy").axes[0].texts[1].get_text()
    '0.997'
    """
    if not values:
        raise ValueError("there are no bars to show")
    names, heights = list(values), as_numbers(list(values.values()))
    figure, ax = one_axes(width, 0.45)
    bars = ax.bar(names, heights, color=COLOURS[0])
    labels = [f"{height:#.{digits}g}".rstrip(".") for height in heights]
    ax.bar_label(bars, labels, fontsize=9, padding=2)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title or ylabel, ylim=limits)
    if not fit_upright(names):
        ax.tick_params(axis="x", rotation=30)
    return figure


def fit_upright(names: Sequence[str]) -> bool:
    """Whether names are short enough to be written side by side."""
    return max(map(len, map(str, names))) <= 60 / len(names)
