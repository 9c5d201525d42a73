"""Pooling: windows that stand side by side, and what is left of each."""

from collections.abc import Mapping
from typing import Any

from matplotlib.patches import Rectangle

from .arrays import as_matrix
from .pictures import draw_cells, frame
from .style import COLOURS, WIDTH, BookFigure, in_book_style, side_by_side

INSET = 0.06  # frames of neighbouring windows must not lie on each other


@in_book_style
def show_pooling(
    image: Any,
    results: Mapping[str, Any],
    kernel_size: int,
    *,
    stride: int | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """An image with its pooling windows framed, and the pooled images, framed alike.

    The frame of a window has the colour of the frame around the cell that was made from it. After
    five windows the colours repeat.

    Args:
        image: (H, W).
        results: pooled images (h, w) by name, all of the shape that the windows give.
        kernel_size: side of a window.
        stride: pixels from one window to the next; by default the windows stand side by side.
        width: width of the figure in inches.

    Raises:
        ValueError: if the windows do not fit, or a result has another shape than they give.

    >>> figure = show_pooling([[1, 2], [3, 4]], {"max": [[4]]}, kernel_size=2)
    >>> [ax.get_title() for ax in figure.axes]
    ['4 numbers', 'max']
    """
    array, step = as_matrix(image), stride or kernel_size
    if kernel_size < 1 or step < 1 or kernel_size > min(array.shape):
        raise ValueError(
            f"windows of {kernel_size} pixels, {step} apart, do not fit into {array.shape}"
        )
    rows, columns = ((size - kernel_size) // step + 1 for size in array.shape)
    pooled = {name: as_matrix(result) for name, result in results.items()}
    for name, result in pooled.items():
        if result.shape != (rows, columns):
            raise ValueError(
                f"{name!r} has the shape {result.shape}, the windows give {(rows, columns)}"
            )
    shapes = [array.shape, *(result.shape for result in pooled.values())]
    figure, axes = side_by_side(shapes, width)
    for ax, matrix, title in zip(
        axes, [array, *pooled.values()], [f"{array.size} numbers", *pooled], strict=True
    ):
        draw_cells(ax, matrix)
        frame(ax, title)
        is_image = ax is axes[0]
        for number in range(rows * columns):
            row, column = divmod(number, columns)
            place = (row * step, column * step) if is_image else (row, column)
            _box(ax, place, kernel_size if is_image else 1, COLOURS[1:6][number % 5])
    return figure


def _box(ax: Any, place: tuple[int, int], side: int, colour: str) -> None:
    corner = place[1] - 0.5 + INSET, place[0] - 0.5 + INSET
    length = side - 2 * INSET
    ax.add_patch(Rectangle(corner, length, length, fill=False, edgecolor=colour, linewidth=3))
