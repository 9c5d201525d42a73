"""Windows laid over an image, and the pixels that a unit sees."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from .arrays import Array, as_image, as_matrix, checked_titles, written
from .pictures import colour_range, frame
from .style import (
    COLOURS,
    COUNTS,
    DASHES,
    GREY,
    HIGHLIGHT,
    SIGNED,
    WIDTH,
    BookFigure,
    image_grid,
    in_book_style,
    side_by_side,
)

Pair = int | tuple[int, int]
Frame = tuple[range, range]
OUTSIDE, INSIDE = "0.86", "white"


@in_book_style
def show_windows(
    image: Any,
    kernel_size: Pair,
    places: Sequence[tuple[int, int]],
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    width: float = WIDTH,
) -> BookFigure:
    """Where the window lies for some places of the output, each in a colour and a dash of its own.

    On the left the image with its numbers, the padding around it in grey with zeros; pixels that
    no window reads are crossed out. On the right the cells of the output. A dilated kernel reads
    the dotted pixels only.

    Args:
        image: the image (H, W), not padded.
        kernel_size: rows and columns of the window; one number for both.
        places: rows and columns in the output; up to 7.
        stride: pixels from one window to the next.
        padding: rings of zeros around the image.
        dilation: pixels from one weight to the next.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no places or more than 7, the window does not fit, or a place is
            not in the output.

    >>> figure = show_windows([[1, 2, 3, 4]], (1, 2), [(0, 0), (0, 1)], stride=2)
    >>> [ax.get_title() for ax in figure.axes]
    ['image 1x4', 'output 1x2']
    """
    array = as_matrix(image)
    kernel, step, ring, gap = (_pair(value) for value in (kernel_size, stride, padding, dilation))
    padded = np.pad(array, [(ring[0],) * 2, (ring[1],) * 2])
    span = [gap[axis] * (kernel[axis] - 1) + 1 for axis in (0, 1)]
    free = [padded.shape[axis] - span[axis] for axis in (0, 1)]
    if min(free) < 0:
        raise ValueError(
            f"a window of {span[0]}x{span[1]} does not fit into {padded.shape[0]}x"
            f"{padded.shape[1]} pixels, padding included; enlarge the image or the padding"
        )
    output = [free[axis] // step[axis] + 1 for axis in (0, 1)]
    _check_places(places, output)
    figure, (left, right) = side_by_side([padded.shape, tuple(output)], width)
    read = np.zeros(padded.shape, dtype=int)
    for row, column in np.ndindex(*output):
        read[
            row * step[0] : row * step[0] + span[0] : gap[0],
            column * step[1] : column * step[1] + span[1] : gap[1],
        ] += 1
    _draw_padded(left, padded, ring, read)
    _grid(left, *padded.shape)
    right.imshow(np.zeros(output), cmap=ListedColormap([INSIDE]))
    for number, (row, column) in enumerate(places):
        colour, dash = COLOURS[number], DASHES[number]
        y, x = row * step[0], column * step[1]
        look: dict[str, Any] = {
            "fill": False,
            "edgecolor": colour,
            "linestyle": dash,
            "linewidth": 2.6,
        }
        # Frames of windows that share an edge are drawn one inside the other.
        inset = 0.04 + 0.07 * (number % 3)
        left.add_patch(
            Rectangle(
                (x - 0.5 + inset, y - 0.5 + inset), span[1] - 2 * inset, span[0] - 2 * inset, **look
            )
        )
        right.add_patch(Rectangle((column - 0.42, row - 0.42), 0.84, 0.84, **look))
        if max(gap) > 1:
            rows = [y + gap[0] * i for i in range(kernel[0]) for _ in range(kernel[1])]
            columns = [x + gap[1] * j for _ in range(kernel[0]) for j in range(kernel[1])]
            left.scatter(columns, rows, s=240, facecolors="none", edgecolors=colour, linewidths=2)
    _grid(right, *output)
    title = f"image {array.shape[0]}x{array.shape[1]}"
    if max(ring):
        title += f", padding {ring[0]}" if ring[0] == ring[1] else f", padding {ring}"
    frame(left, title)
    frame(right, f"output {output[0]}x{output[1]}")
    return figure


@in_book_style
def show_fields(
    fields: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    frames: Sequence[Frame | None] | None = None,
    columns: int | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """What a unit sees: white where nothing counts, the darker the more it counts.

    Each picture is scaled to its own largest value.

    Args:
        fields: for each picture the pixels that are seen (booleans) or how much each counts
            (numbers of at least 0), (H, W).
        titles: one title for each.
        frames: rows and columns to frame in each, as ranges; such as a receptive field.
        columns: pictures in a row; by default up to 4.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no fields, one is no matrix or has negative values, or the numbers
            of fields, titles and frames differ.

    >>> show_fields([[[0, 1], [2, 1]]], ["counts"]).axes[0].images[0].get_clim()
    (0.0, 2.0)
    """
    arrays = [as_matrix(field) for field in fields]
    titles = checked_titles(titles, len(arrays))
    framed = list(frames) if frames is not None else [None] * len(arrays)
    if len(framed) != len(arrays):
        raise ValueError(f"{len(arrays)} fields need {len(arrays)} frames, not {len(framed)}")
    columns = columns or min(len(arrays), 4)
    tallest = max(array.shape[0] / array.shape[1] for array in arrays)
    figure, axes = image_grid(len(arrays), columns, tallest, width)
    for ax, array, title, borders in zip(axes, arrays, titles, framed, strict=True):
        values = array.astype(float)
        if values.min() < 0:
            raise ValueError(
                f"a field has values of at least 0, not {written(values.min())}; "
                "take squares or absolute values"
            )
        ax.imshow(values, cmap=COUNTS, vmin=0.0, vmax=float(values.max()) or 1.0)
        if max(values.shape) <= 32:
            _grid(ax, *values.shape)
        if borders is not None:
            _add_frame(ax, borders, HIGHLIGHT, "-")
        frame(ax, title)
    return figure


@in_book_style
def show_frames(
    image: Any, frames: Mapping[str, Frame], title: str = "", *, width: float = WIDTH
) -> BookFigure:
    """Frames on one image, such as the receptive fields of one unit of each layer.

    Frames may leave the image, into the padding; the picture is enlarged to show them.

    Args:
        image: an image (H, W), (1, H, W), (3, H, W) or (H, W, 3).
        frames: rows and columns as ranges, by what stands in the legend; up to 6.
        title: title of the picture.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no frames or more than 6, or the image has no shape of one.

    >>> figure = show_frames([[0, 1], [2, 3]], {"all": (range(2), range(2))}, "four pixels")
    >>> figure.axes[0].patches[0].get_width()
    2
    """
    array = as_image(image)
    if not 0 < len(frames) < len(COLOURS):
        raise ValueError(
            f"from 1 to {len(COLOURS) - 1} frames can be told apart, not {len(frames)}"
        )
    height = min(width * 0.6 * array.shape[0] / array.shape[1], width)
    figure = BookFigure(figsize=(width, height), layout="constrained")
    ax = figure.subplots()
    signed = bool((array < 0).any())
    low, high = colour_range(array, signed)
    ax.imshow(array, cmap=SIGNED if signed else GREY, vmin=low, vmax=high)
    for number, (name, borders) in enumerate(frames.items()):
        _add_frame(ax, borders, COLOURS[number], DASHES[number])
        ax.patches[-1].set_label(name)
    for axis, set_limits in ((1, ax.set_xlim), (0, ax.set_ylim)):
        first = min([0, *(borders[axis].start for borders in frames.values())])
        last = max([array.shape[axis], *(borders[axis].stop for borders in frames.values())])
        margin = 0.5 + 0.02 * (last - first)
        ends = first - margin, last - 1 + margin
        set_limits(ends if axis else ends[::-1])
    frame(ax, title)
    ax.set_facecolor(OUTSIDE)
    figure.legend(loc="outside right center", frameon=False, handlelength=2.5)
    return figure


def _draw_padded(ax: Any, padded: Array, ring: tuple[int, int], read: Array) -> None:
    """The numbers of a padded image, its padding in grey, what no window reads crossed out."""
    outside = np.ones(padded.shape, dtype=bool)
    outside[ring[0] : padded.shape[0] - ring[0], ring[1] : padded.shape[1] - ring[1]] = False
    colours = ListedColormap([INSIDE])
    colours.set_bad(OUTSIDE)
    ax.imshow(np.ma.masked_array(padded, outside), cmap=colours)
    for (row, column), value in np.ndenumerate(padded):
        colour = "0.35" if outside[row, column] else "black"
        ax.text(column, row, written(value), ha="center", va="center", color=colour, fontsize=9)
    unread = np.argwhere(read == 0)
    if len(unread):
        ax.scatter(unread[:, 1], unread[:, 0], s=160, marker="x", color="0.45", linewidths=1.2)


def _grid(ax: Any, rows: int, columns: int) -> None:
    """Thin lines between cells."""
    ax.set_xticks(np.arange(columns - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(rows - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="0.75", linewidth=0.5)
    ax.tick_params(which="minor", length=0)


def _add_frame(ax: Any, borders: Frame, colour: str, dash: Any) -> None:
    rows, columns = borders
    corner = columns.start - 0.5, rows.start - 0.5
    box = Rectangle(corner, len(columns), len(rows), fill=False, edgecolor=colour, linestyle=dash)
    # A white rim keeps the frame visible on black and on its own colour.
    box.set(linewidth=2.2, path_effects=[withStroke(linewidth=4, foreground="white")])
    ax.add_patch(box)


def _pair(value: Pair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def _check_places(places: Sequence[tuple[int, int]], output: Sequence[int]) -> None:
    if not 0 < len(places) <= len(COLOURS):
        raise ValueError(f"from 1 to {len(COLOURS)} places can be told apart, not {len(places)}")
    for row, column in places:
        if not (0 <= row < output[0] and 0 <= column < output[1]):
            raise ValueError(f"place {(row, column)} is not in the output {output[0]}x{output[1]}")
