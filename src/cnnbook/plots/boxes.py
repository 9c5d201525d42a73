"""Pictures with boxes around what is in them."""

from collections.abc import Sequence
from typing import Any

from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from .arrays import Array, as_image, as_numbers, checked_titles
from .pictures import colour_range, frame
from .style import COLOURS, GREY, WIDTH, BookFigure, image_grid, in_book_style

INSIDE = 2.5  # points between the side of a box and a name in it
FOUND, TRUE = COLOURS[5], COLOURS[4]


@in_book_style
def show_boxes(
    images: Any,
    boxes: Sequence[Any],
    names: Sequence[Sequence[Any]] | None = None,
    titles: Sequence[str] | None = None,
    *,
    true: Sequence[Any] | None = None,
    columns: int | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """Images with boxes and their names; true boxes are dashed.

    Args:
        images: images (H, W), (1, H, W), (3, H, W) or (H, W, 3).
        boxes: for each image (k, 4): left, top, right, bottom in pixels. A pixel in column 3 lies
            between 3 and 4.
        names: for each image k names, written at the boxes.
        titles: one title for each image.
        true: for each image boxes (k, 4) to compare with.
        columns: images in a row; by default up to 4.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no images, or the numbers of images, boxes, names and titles do
            not fit.

    >>> ax, = show_boxes([[[0, 1], [2, 3]]], [[[0, 0, 2, 1]]], [["top"]]).axes
    >>> ax.collections[0].get_segments()[0].tolist()
    [[-0.5, -0.5], [1.5, -0.5], [1.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]]
    """
    arrays = [as_image(image) for image in images]
    titles = checked_titles(titles, len(arrays))
    for what, given in (("boxes", boxes), ("names", names), ("true boxes", true)):
        if given is not None and len(given) != len(arrays):
            raise ValueError(f"{len(arrays)} images need {what} for each, not for {len(given)}")
    columns = columns or min(len(arrays), 4)
    tallest = max(array.shape[0] / array.shape[1] for array in arrays)
    figure, axes = image_grid(len(arrays), columns, tallest, width)
    for number, (ax, array, title) in enumerate(zip(axes, arrays, titles, strict=True)):
        low, high = colour_range(array, False)
        ax.imshow(array, cmap=GREY, vmin=low, vmax=high)
        if true is not None:
            _draw(ax, _checked(true[number]), TRUE, linestyles="dashed")
        own = _checked(boxes[number])
        _draw(ax, own, FOUND)
        if names is not None:
            _write(ax, own, names[number])
        frame(ax, title)
    return figure


def _checked(boxes: Any) -> Array:
    array = as_numbers(boxes).astype(float)
    if array.size == 0:
        return array.reshape(0, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"boxes have the shape (k, 4), not {array.shape}")
    return array


def _draw(ax: Any, boxes: Array, colour: str, **look: Any) -> None:
    """All boxes of an axes as one artist; pixel 0 lies between -0.5 and 0.5 on the axes."""
    corners = [[0, 1], [2, 1], [2, 3], [0, 3], [0, 1]]
    if len(boxes):
        lines = LineCollection(list(boxes[:, corners] - 0.5), colors=colour, linewidths=1.6, **look)
        ax.add_collection(lines, autolim=False)


def _write(ax: Any, boxes: Array, names: Sequence[Any]) -> None:
    """A name at the upper left corner of each box, above it where there is room, else inside."""
    if len(names) != len(boxes):
        raise ValueError(f"{len(boxes)} boxes need {len(boxes)} names, not {len(names)}")
    rim = [withStroke(linewidth=2, foreground="black")]
    height = ax.images[0].get_array().shape[0]
    # In the order of the names: boxes come in that of their scores, which no reader sees.
    for number in sorted(range(len(boxes)), key=lambda number: str(names[number])):
        left, top = boxes[number][:2]
        above = top > 0.12 * height
        ax.annotate(
            str(names[number]),
            (left - 0.5, top - 0.5),
            (0, 0) if above else (INSIDE, 0),
            textcoords="offset points",
            color=FOUND,
            fontsize=9,
            fontweight="bold",
            va="bottom" if above else "top",
            path_effects=rim,
            clip_on=True,
        )
