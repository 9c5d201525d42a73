"""A part of an image beside its numbers, and which pixels a unit is connected to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from .arrays import Array, as_matrix, checked_titles
from .pictures import colour_range, draw_cells, frame
from .style import COLOURS, DASHES, GREY, HIGHLIGHT, WIDTH, BookFigure, in_book_style


@in_book_style
def show_crop(
    image: Any,
    rows: tuple[int, int],
    columns: tuple[int, int],
    *,
    titles: Sequence[str] | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """A grey image with a frame around a part of it, and that part beside it with its numbers.

    Args:
        image: pixels (H, W).
        rows: first row of the part, and the row after its last.
        columns: first column of the part, and the column after its last.
        titles: of the image and of the part; by default they name the rows and columns.
        width: width of the figure in inches.

    Raises:
        ValueError: if the image is no matrix, or the part is empty or not inside it.

    >>> figure = show_crop([[0, 1, 2], [3, 4, 5]], (0, 2), (1, 3))
    >>> [text.get_text() for text in figure.axes[1].texts]
    ['1', '2', '4', '5']
    """
    array = as_matrix(image)
    for name, (start, stop), size in zip(
        ("rows", "columns"), (rows, columns), array.shape, strict=True
    ):
        if not 0 <= start < stop <= size:
            raise ValueError(f"{name} {start} to {stop} are no part of an image with {size} {name}")
    (top, bottom), (left, right) = rows, columns
    titles = checked_titles(
        titles or ["the image", f"rows {top} to {bottom - 1}, columns {left} to {right - 1}"],
        2,
    )
    # Numbers need room: the part is drawn larger than the image.
    figure = BookFigure(figsize=(width, 0.58 * width), layout="constrained")
    whole, part = figure.subplots(1, 2, width_ratios=[0.4, 0.6])
    low, high = colour_range(array, signed=False)
    whole.imshow(array, cmap=GREY, vmin=low, vmax=high)
    corner = left - 0.5, top - 0.5
    whole.add_patch(
        Rectangle(corner, right - left, bottom - top, fill=False, edgecolor=HIGHLIGHT, linewidth=2)
    )
    draw_cells(part, array[top:bottom, left:right], signed=False, limits=(low, high))
    for text in part.texts:
        text.set_fontsize(max(9, min(13, 90 / (right - left))))
    for ax, title in zip((whole, part), titles, strict=True):
        frame(ax, title)
    return figure


@in_book_style
def show_connections(
    weights: Sequence[Any], titles: Sequence[str] | None = None, *, width: float = WIDTH
) -> BookFigure:
    """Layers in one dimension: inputs below, units above, a line for each connection.

    A matrix says which weight each connection
    has: 0 where there is none, and the number of the weight, from 1, elsewhere. Up to
    seven weights have a look each, so that one sees which connections share one; more are drawn
    in grey.

    Args:
        weights: for each layer, whole numbers (units, inputs).
        titles: one title for each layer.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no layers, a matrix holds anything but whole numbers from 0, or
            the numbers of layers and titles differ.

    >>> figure = show_connections([[[1, 2, 0], [0, 1, 2]]], ["two weights, shared"])
    >>> [lines.get_label() for lines in figure.axes[0].collections[:2]]
    ['weight 1', 'weight 2']
    """
    arrays = [as_matrix(matrix) for matrix in weights]
    names = checked_titles(titles, len(arrays))
    for array in arrays:
        if not (np.equal(np.mod(array, 1), 0).all() and (array >= 0).all()):
            raise ValueError("weights are told apart by whole numbers from 1; 0 is no connection")
    figure = BookFigure(figsize=(width, width / len(arrays) * 0.85), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(arrays)))
    for ax, array, name in zip(axes, arrays, names, strict=True):
        _draw_layer(ax, array.astype(int))
        frame(ax, name)
        for spine in ax.spines.values():
            spine.set_visible(False)
    return figure


def _draw_layer(ax: Any, array: Array) -> None:
    """Two rows of dots and the lines between them, one artist for each weight."""
    units, inputs = array.shape
    above = np.arange(units) + (inputs - units) / 2
    numbers = np.unique(array[array > 0])
    groups: list[tuple[str, Array, dict[str, Any]]] = [
        (
            f"weight {number}",
            array == number,
            {"colors": COLOURS[place], "linestyles": [DASHES[place]], "linewidths": 1.8},
        )
        for place, number in enumerate(numbers[: len(COLOURS)])
    ]
    if len(numbers) > len(COLOURS):
        look = {"colors": "0.45", "linewidths": 0.7}
        groups = [(f"{len(numbers)} weights", array > 0, look)]
    for label, here, look in groups:
        strokes = [((pixel, 0), (above[unit], 1)) for unit, pixel in np.argwhere(here)]
        ax.add_collection(LineCollection(strokes, label=label, zorder=1, **look))
    dot = {"s": 70, "zorder": 2, "edgecolors": "black"}
    ax.scatter(np.arange(inputs), np.zeros(inputs), c="white", label="pixels", **dot)
    ax.scatter(above, np.ones(units), c="black", label="units", **dot)
    ax.set(xlim=(-0.6, inputs - 0.4), ylim=(-0.15, 1.15))
