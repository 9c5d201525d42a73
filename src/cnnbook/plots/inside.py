"""What is found inside a network: many small pictures in one, and points with a class each."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import matplotlib
import numpy as np
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patheffects import withStroke

from .arrays import Array, as_matrix, as_numbers, checked_titles
from .pictures import frame
from .style import COLOURS, GREY, SIGNED, WIDTH, BookFigure, in_book_style

GROUND = "0.8"
LETTER = 0.2  # inches, of a name of a class
MARGIN = 0.12  # inches on each side of a mosaic
# Seven that are told apart by all readers, and three more; the classes are named in the picture.
CLASS_COLOURS = (*COLOURS[:6], "#7f7f7f", "#882255", "#999933", "#000000")


@in_book_style
def show_mosaics(
    mosaics: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    columns: int | Sequence[int] = 4,
    row_labels: Sequence[str] | None = None,
    equalise: bool = False,
    signed: bool | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """Mosaics side by side, each of small pictures of one size, on one range of colours.

    Values are drawn as in :func:`show_images`: from 0, black, to the largest, white; in blue, white
    and red where some are negative.

    Args:
        mosaics: for each the pictures (N, h, w), filled in row by row.
        titles: one title for each mosaic.
        columns: pictures in a row; one number for all, or one for each.
        row_labels: what stands left of each row of the first mosaic.
        equalise: divide each picture by its largest absolute value, so that each uses all colours.
        signed: whether to use the signed colours; by default for mosaics with negative values.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no mosaics, one holds no pictures of one size, or the numbers of
            mosaics, titles, columns or labels do not fit.

    >>> ax, = show_mosaics([[[[1, 2]], [[3, 4]], [[5, 6]]]], ["three"], columns=2).axes
    >>> ax.images[0].get_array().shape
    (3, 5)
    """
    arrays = [_pictures(mosaic) for mosaic in mosaics]
    names = checked_titles(titles, len(arrays))
    counts = [columns] * len(arrays) if isinstance(columns, int) else list(columns)
    if len(counts) != len(arrays) or min(counts) < 1:
        raise ValueError(f"{len(arrays)} mosaics need a number of columns each, not {counts}")
    if equalise:
        largest = [np.abs(array).max(axis=(1, 2), keepdims=True) for array in arrays]
        arrays = [
            array / np.where(size > 0, size, 1) for array, size in zip(arrays, largest, strict=True)
        ]
    laid = [_laid_out(array, number) for array, number in zip(arrays, counts, strict=True)]
    shapes = [array.shape[1] / array.shape[0] for array in laid]
    height = (width - 2 * MARGIN * len(laid)) / sum(shapes) + 0.35
    # Farther apart than the pictures of one mosaic are.
    layout = ConstrainedLayoutEngine(w_pad=MARGIN)
    figure = BookFigure(figsize=(width, height), layout=layout)
    axes = np.atleast_1d(figure.subplots(1, len(laid), width_ratios=shapes)).tolist()
    for ax, array, name in zip(axes, laid, names, strict=True):
        is_signed = bool((array < 0).any()) if signed is None else signed
        limit = float(np.abs(array).max()) or 1.0
        colours = matplotlib.colormaps[SIGNED if is_signed else GREY].with_extremes(bad=GROUND)
        ax.imshow(array, cmap=colours, vmin=-limit if is_signed else 0.0, vmax=limit)
        frame(ax, name)
        for spine in ax.spines.values():
            spine.set_visible(False)
    if row_labels is not None:
        high = arrays[0].shape[1] + 1
        rows = ceil(len(arrays[0]) / counts[0])
        if len(row_labels) != rows:
            raise ValueError(f"{rows} rows need {rows} labels, not {len(row_labels)}")
        axes[0].set_yticks([row * high + (high - 2) / 2 for row in range(rows)], row_labels)
        axes[0].tick_params(length=0)
    return figure


@in_book_style
def show_points(
    points: Sequence[Any],
    labels: Any,
    class_names: Sequence[str],
    titles: Sequence[str] | None = None,
    *,
    width: float = WIDTH,
) -> BookFigure:
    """Points in the plane, coloured by class, each class named where the middle of its points is.

    Names that would lie over each other move apart.

    Args:
        points: for each picture the points (N, 2).
        labels: the class of each point (N,), the same for all pictures.
        class_names: up to 10 names.
        titles: one title for each picture.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no pictures, shapes do not fit, or there are more than 10 classes.

    >>> figure = show_points([[[0, 0], [1, 1], [1, 3]]], [0, 1, 1], ["a", "b"])
    >>> [text.get_position() for text in figure.axes[0].texts]
    [(0.0, 0.0), (1.0, 2.0)]
    """
    classes = as_numbers(labels)
    names = checked_titles(titles, len(points))
    if not 0 < len(class_names) <= len(CLASS_COLOURS):
        raise ValueError(f"from 1 to {len(CLASS_COLOURS)} classes have colours of their own")
    colours = np.array(CLASS_COLOURS)[classes]
    shape = 0.95 / len(points)
    figure = BookFigure(figsize=(width, width * shape + 0.3), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(points))).tolist()
    for ax, values, name in zip(axes, points, names, strict=True):
        places = as_matrix(values)
        if places.shape != (len(classes), 2):
            raise ValueError(f"{len(classes)} points in the plane were due, not {places.shape}")
        ax.scatter(places[:, 0], places[:, 1], s=6, c=colours, alpha=0.6, linewidths=0)
        present = np.unique(classes)
        middles = np.stack([np.median(places[classes == one], axis=0) for one in present])
        size = np.ptp(places, axis=0)
        room = LETTER / np.array([width / len(points), width * shape])
        for number, (x, y) in zip(present, _apart(middles, room * size).tolist(), strict=True):
            look = {"fontsize": 14, "fontweight": "bold", "color": CLASS_COLOURS[number]}
            rim = [withStroke(linewidth=3, foreground="white")]
            ax.text(x, y, class_names[number], ha="center", va="center", path_effects=rim, **look)
        frame(ax, name)
    return figure


def _apart(middles: Array, room: Array) -> Array:
    """Places (N, 2), moved as little as it takes to be ``room`` (2,) from each other, or nearly."""
    units = middles / np.where(room > 0, room, 1)
    for _ in range(50):
        between = units[:, None] - units[None]
        distance = np.hypot(*np.moveaxis(between, 2, 0))
        np.fill_diagonal(distance, np.inf)
        if distance.min() >= 1:
            break
        # Those in one place part along the diagonal, the first to the lower left.
        order = np.sign(np.arange(len(units))[:, None] - np.arange(len(units)))[..., None]
        unit = np.where(distance[..., None] > 0, between, order * np.full(2, 0.5**0.5))
        unit = unit / np.where(distance > 0, distance, 1)[..., None]
        units = units + (unit * (np.clip(1 - distance, 0, None) / 2)[..., None]).sum(axis=1)
    return np.where(room > 0, units * room, middles)


def _pictures(mosaic: Any) -> Array:
    """The pictures of a mosaic as floats (N, h, w)."""
    array = as_numbers(mosaic)
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"a mosaic is made of pictures (N, h, w), not {array.shape}")
    return array.astype(float)


def _laid_out(array: Array, columns: int) -> Any:
    """One picture of all, with a line between them; what is no picture is masked."""
    count, height, width = array.shape
    columns = min(columns, count)
    rows = ceil(count / columns)
    whole = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1))
    masked = np.ones(whole.shape, dtype=bool)
    for number, picture in enumerate(array):
        top, left = (number // columns) * (height + 1), (number % columns) * (width + 1)
        place = slice(top, top + height), slice(left, left + width)
        whole[place], masked[place] = picture, False
    return np.ma.masked_array(whole, masked)
