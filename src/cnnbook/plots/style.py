"""The look of the book's figures: the figure that displays itself, its style, and its layouts."""

from collections.abc import Callable, Sequence
from functools import wraps
from io import BytesIO
from math import ceil
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.figure import Figure

WIDTH = 7.2  # inches
GREY, SIGNED, COUNTS = "gray", "RdBu_r", "Blues"
HIGHLIGHT = "#d55e00"
# Okabe and Ito's colours, those that stand out on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), "black"
    ),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "image.interpolation": "nearest",
    "svg.fonttype": "path",
}

P = ParamSpec("P")


class BookFigure(Figure):
    """A matplotlib figure that displays itself, without pyplot's register of open figures."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=144, bbox_inches="tight")
        return buffer.getvalue()


def in_book_style(function: Callable[P, BookFigure]) -> Callable[P, BookFigure]:
    """Draw in the book's style, whatever style the reader's session has."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> BookFigure:
        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return styled


def image_grid(
    count: int, columns: int, shape: float, width: float
) -> tuple[BookFigure, list[Any]]:
    """A figure with a place for each image; ``shape`` is the largest height by width."""
    rows = ceil(count / columns)
    height = rows * (width / columns * shape + 0.3)
    figure = BookFigure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten().tolist()
    for ax in axes[count:]:
        ax.remove()
    return figure, axes[:count]


def side_by_side(shapes: Sequence[tuple[int, ...]], width: float) -> tuple[BookFigure, list[Any]]:
    """A figure for matrices whose cells shall be equally large."""
    if not shapes:
        raise ValueError("there is nothing to show")
    gaps = 0.35 * (len(shapes) - 1)
    cell = min((width - gaps) / sum(shape[1] for shape in shapes), 0.5)
    height = cell * max(shape[0] for shape in shapes) + 0.4
    total = cell * sum(shape[1] for shape in shapes) + gaps
    figure = BookFigure(figsize=(max(total, 0.5 * width), height), layout="constrained")
    axes = figure.subplots(1, len(shapes), width_ratios=[shape[1] for shape in shapes])
    return figure, np.atleast_1d(axes).tolist()


def one_axes(width: float, shape: float) -> tuple[BookFigure, Any]:
    """A figure with one axes; ``shape`` is its height by its width."""
    figure = BookFigure(figsize=(width, width * shape), layout="constrained")
    return figure, figure.subplots()
